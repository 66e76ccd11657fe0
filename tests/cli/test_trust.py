"""A folder that somebody else made sets nothing that runs, sends or deletes, until its file is trusted as it is."""

import pytest
import typer

from colacli.cli import settings
from colacli.cli.main import app
from factories.runs import commit_run


@pytest.fixture
def here(tmp_path, store_home, monkeypatch):
    """A working folder that somebody else made."""
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    return tmp_path / "here"


COMMANDS = {
    "runs.gc": (["runs", "gc"], "yes = true"),
    "finetune": (["finetune", "--dry-run"], "force = true"),
    "demo": (["demo"], 'home = "/elsewhere"'),
    "eval": (["eval", "latest"], 'output = "/etc/passwd"'),
    "compare": (["compare", "a", "b"], 'save = "x.svg"'),
    "runs.verify": (["runs", "verify"], "quarantine = true"),
    "train-student": (["train-student", "--dry-run"], 'name = "teacher"'),
}


@pytest.mark.parametrize("command", COMMANDS)
def test_what_needs_trust_is_refused(here, ask, command):
    """The file, the key and the way out are named."""
    words, setting = COMMANDS[command]
    (here / "colacli.toml").write_text(f"[{command}]\n{setting}\n")
    status, document = ask(*words)

    assert (status, document["code"]) == (2, "usage")
    assert f"{here / 'colacli.toml'} sets {setting.split()[0]} in [{command}]" in document["message"]
    assert "colacli config trust" in document["hint"]


def test_the_store_is_not_emptied_by_a_folder(here, store, ask):
    """`runs gc` deletes nothing because of where it is said."""
    made = commit_run(store)
    (here / "colacli.toml").write_text("[runs.gc]\nyes = true\nolder-than = 0\n")

    assert ask("runs", "gc")[0] == 2
    assert made.path.is_dir()


def test_nothing_is_run_for_a_folder_s_remote(here, ask, tmp_path):
    """Not even where the folder is trusted, since no option is a command."""
    text = f'[remotes.x]\nurl = "ssh://host/x"\noptions = {{ proxy_command = "touch {tmp_path}/ran" }}\n'
    (here / "colacli.toml").write_text(text)
    status, document = ask("runs", "pull", "x", "abcd")
    assert (status, "x in [remotes]" in document["message"]) == (2, True)
    assert "colacli config trust" in document["hint"]

    ask("config", "trust")
    status, document = ask("runs", "pull", "x", "abcd")
    assert (status, "'proxy_command' is not an option of ssh://" in document["message"]) == (2, True)
    assert "x in [remotes] of colacli.toml" in document["message"]
    assert not (tmp_path / "ran").exists()


def test_other_commands_work_in_such_a_folder(here, ask):
    """A file is refused by the command that it would change, and by no other."""
    (here / "colacli.toml").write_text('[runs.gc]\nyes = true\n[remotes]\nbox = "memory://a"\n')

    assert ask("runs", "list")[0] == 0


@pytest.mark.parametrize("where", ["--config", "the user's own"])
def test_files_of_the_user_are_trusted(here, tmp_path, store, ask, where):
    """One that is named on the command line, and the one in the configuration folder."""
    made = commit_run(store)
    file = here / "mine.toml" if where == "--config" else tmp_path / "configuration" / "config.toml"
    file.parent.mkdir(exist_ok=True)
    file.write_text("[runs.gc]\nyes = true\nolder-than = 0\n")
    status, _ = ask("runs", "gc", *(["--config", str(file)] if where == "--config" else []))

    assert status == 0
    assert not made.path.is_dir()


def test_trust_ends_with_a_change(here, ask):
    """What was trusted is this content in this place."""
    file = here / "colacli.toml"
    file.write_text("[runs.gc]\nyes = true\n")
    assert ask("config", "trust") == (0, {"schema": "colacli.config.trust/1", "path": str(file)})
    assert ask("runs", "gc")[0] == 0

    file.write_text("[runs.gc]\nyes = true\nolder-than = 0\n")
    assert ask("runs", "gc")[0] == 2


def test_trust_is_of_one_place(here, tmp_path, ask, monkeypatch):
    """The same content elsewhere is not trusted."""
    other = tmp_path / "other"
    other.mkdir()
    for folder in (here, other):
        (folder / "colacli.toml").write_text("[runs.gc]\nyes = true\n")
    assert ask("config", "trust", str(other))[0] == 0
    assert ask("runs", "gc")[0] == 2

    monkeypatch.chdir(other)
    assert ask("runs", "gc")[0] == 0


def test_trust_can_be_taken_back(here, ask):
    """However often the file was trusted, in whatever form."""
    file = here / "colacli.toml"
    for text in ("[runs.gc]\nyes = false\n", "[runs.gc]\nyes = true\n"):
        file.write_text(text)
        ask("config", "trust")
    assert ask("runs", "gc")[0] == 0

    assert ask("config", "untrust") == (0, {"schema": "colacli.config.untrust/1", "path": str(file)})
    assert ask("runs", "gc")[0] == 2


def test_there_must_be_something_to_trust(here, ask):
    """A folder without a file is named."""
    status, document = ask("config", "trust")

    assert (status, document["code"]) == (2, "usage")
    assert str(here / "colacli.toml") in document["message"]


def test_a_user_without_a_home_has_no_file_in_the_working_folder(here, ask, monkeypatch):
    """A folder literally called ~ is nobody's configuration."""
    monkeypatch.delenv("COLACLI_CONFIG_DIR")
    monkeypatch.setattr("platformdirs.user_config_path", lambda *_, **__: here.relative_to(here) / "~")
    (here / "~").mkdir()
    (here / "~" / "config.toml").write_text("[runs.gc]\nyes = true\n")

    assert ask("config")[1]["files"] == []


NEED_TRUST = {
    *("force", "name", "home", "output", "save", "submission", "yes", "older-than", "quarantine"),
    *("per-sentence", "features", "to", "repo", "private", "on", "address", "through"),
    *("csv", "name-by-file"),
}


def test_every_option_is_sorted():
    """A new option needs trust until somebody has thought about it, and stands in one of the two lists."""
    root = typer.main.get_command(app)
    options = {option for _, option, _ in settings.options_of(root, [])}

    assert options - settings.UNRESTRICTED == NEED_TRUST
    assert settings.UNRESTRICTED - options == set()
