"""`colacli init`: a file that teaches the settings, and changes nothing until something in it is uncommented."""

import json
import re
import tomllib

import pytest
import typer

from colacli.cli.main import app, run
from colacli.cli.settings import UNRESTRICTED
from colacli.cli.settings_checks import options_of
from colacli.cli.settings_template import template

ROOT = typer.main.get_command(app)
TRAINING = ["finetune", "--variant", "gpt2-mini", "--data", "sample", "--device", "cpu", "--dry-run", "--json"]


def uncommented(text):
    """The file with every setting set."""
    return re.sub(r"(?m)^#(?=[a-z])", "", text)


def test_uncommented_it_is_the_defaults():
    """Every option that has one stands there with its default, and is one that a folder may set."""
    tables = tomllib.loads(uncommented(template(ROOT)))
    expected = {}
    for words, option, parameter in options_of(ROOT, []):
        if option in UNRESTRICTED - {"json", "debug", "defaults"} and parameter.default is not None:
            expected[(*words, option)] = parameter.default
    found = {
        (*words, option): table[option]
        for words, option, _ in options_of(ROOT, [])
        if option
        in (table := tables.get(words[0], {}) if len(words) == 1 else tables.get(words[0], {}).get(words[1], {}))
    }

    assert found == expected


def test_as_written_it_sets_nothing():
    """Tables without a setting."""
    tables = tomllib.loads(template(ROOT))

    assert tables["finetune"] == {}
    assert all(value == {} or set(map(str, value.values())) == {"{}"} for value in tables.values())


def test_uncommented_it_is_accepted_and_changes_no_key(folder, ask, capsys):
    """A folder that nobody trusts may have it, and the runs' keys are as without it."""
    assert run(TRAINING) == 0
    before = json.loads(capsys.readouterr().out)["key"]
    status, document = ask("init")
    file = folder / "colacli.toml"
    file.write_text(uncommented(file.read_text(encoding="utf-8")), encoding="utf-8")
    assert run(TRAINING) == 0

    assert (status, document["path"]) == (0, str(file))
    assert json.loads(capsys.readouterr().out)["key"] == before
    assert ask("config")[1]["files"] == [{"path": str(file), "level": "folder", "trusted": False}]


def test_options_that_need_trust_are_named_only():
    """Each table says which of its options a folder may not set."""
    text = template(ROOT, ["finetune"])

    assert "# Only in a trusted folder: name, force.\n" in text
    assert not re.search(r"(?m)^#?(name|force) =", text)


def test_commands_can_be_chosen(folder, ask):
    """Only their tables are written; groups are named with a space or a dot."""
    assert ask("init", "distil", "runs gc")[1]["commands"] == ["distil", "runs.gc"]
    assert list(tomllib.loads((folder / "colacli.toml").read_text())) == ["distil", "runs"]


def test_an_unknown_command_is_an_error(folder, ask):
    """The nearest one is named, and no file is written."""
    status, document = ask("init", "distill")

    assert (status, document["code"]) == (2, "usage")
    assert document["hint"].startswith("did you mean 'distil'? known are finetune")
    assert not (folder / "colacli.toml").exists()


def test_a_file_that_is_there_stays(folder, ask):
    """Until --force is given."""
    (folder / "colacli.toml").write_text("[finetune]\nepochs = 3\n")
    status, document = ask("init")
    assert (status, "--force" in document["hint"]) == (2, True)
    assert (folder / "colacli.toml").read_text() == "[finetune]\nepochs = 3\n"

    assert ask("init", "--force")[0] == 0
    assert "#epochs = 5" in (folder / "colacli.toml").read_text()


@pytest.mark.parametrize(
    ("content", "hint"),
    [
        ("[finetune]\nepoch = 3\n", "did you mean 'epochs'? it has accumulate"),
        ("[train_student]\nepochs = 3\n", "did you mean 'train-student'? known here: finetune"),
        ("[runs.lst]\n", "did you mean 'list'? known here: list"),
        ("[remote]\nbox = 'file:///x'\n", "did you mean 'remotes'? known here: finetune"),
        ("[finetune]\nxyzzy = 3\n", "it has accumulate"),
    ],
)
@pytest.mark.parametrize("by_flag", [False, True])
def test_the_nearest_known_word_is_named(folder, ask, content, hint, by_flag):
    """In a folder's file and in that of --config; where none is near, all are."""
    name = "mine.toml" if by_flag else "colacli.toml"
    (folder / name).write_text(content)
    status, document = ask("runs", "list", *(["--config", name] if by_flag else []))

    assert (status, document["hint"].startswith(hint)) == (2, True)


def test_config_shows_defaults_on_request(folder, ask):
    """Every option of every command then has a source; what a file sets has the file."""
    (folder / "colacli.toml").write_text("[finetune]\nepochs = 3\n")
    settings = ask("config", "--defaults")[1]["settings"]
    sources = {(one["command"], one["option"]): (one["value"], one["source"]) for one in settings}

    assert set(sources) == {(".".join(words), option) for words, option, _ in options_of(ROOT, [])}
    assert sources["finetune", "epochs"] == ("3", "colacli.toml")
    assert sources["distil", "epochs"] == ("5", "default")
    assert sources["finetune", "alpha"] == ("the rank", "default")
    assert sources["distil", "teacher"] == ("required", "default")
