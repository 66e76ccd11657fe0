"""Completion in real shells: what a Tab makes of a line, typed into bash, zsh and fish in a terminal of tmux's."""

import shutil
import sys

import pytest
import typer

from colacli import __version__
from colacli.cli.completion import script
from colacli.cli.completion_install import completion_finding, install, installed_path
from colacli.cli.main import app, run
from colacli.cli.shells import SHELLS, with_shell
from colacli.errors import UsageError
from colacli.store.store import Store
from factories.runs import commit_run, make_spec
from factories.terminal import Terminal

ROOT = typer.main.get_command(app)
QUIET = "function fish_prompt; printf '> '; end; set fish_autosuggestion_enabled 0"


@pytest.fixture(scope="module")
def places(tmp_path_factory):
    """A home, and a store with names that are fine, one that is not, and corpora."""
    folder = tmp_path_factory.mktemp("completion")
    store = Store(folder / "store")
    keys = [commit_run(store, make_spec(seed), name=name).key for seed, name in enumerate(("teacher", "student-a"))]
    for name in ("$(touch harmed)", "teach er", "teach;touch harmed", "teach'\"`touch harmed`"):
        (store.refs / name).write_text(keys[0])
    for name in ("classroom", "class$(touch harmed)"):
        (store.data / name).mkdir(parents=True)
    (folder / "home" / "bin").mkdir(parents=True)
    (folder / "home" / "bin" / "colacli").touch(
        0o755
    )  # fish looks for completions of commands that it finds; never run
    (folder / "home" / "exported.tar").touch()
    return folder / "home", store.root, keys


@pytest.fixture(scope="module", params=SHELLS)
def terminal(request, places):
    """A shell with its completion, installed as the command says."""
    missing = [program for program in ("tmux", request.param) if shutil.which(program) is None]
    if missing or sys.platform == "win32":
        pytest.skip(f"needs {' and '.join(missing)}")
    home, store, _ = places
    with pytest.MonkeyPatch.context() as patch:
        for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "BASH_COMPLETION_USER_DIR"):
            patch.delenv(name, raising=False)
        patch.setenv("HOME", str(home))
        assert run(["--install-completion", request.param]) == 0
        path = installed_path(request.param)
    shell = Terminal(request.param, home, store)
    lines = {"bash": f"source {path}", "fish": QUIET}
    shell.wait_for(r"^\S*> ?|^.*@")
    shell.clear(lines.get(request.param, f"fpath=({path.parent} $fpath); autoload -Uz compinit; compinit -u") + "; ")
    yield shell
    shell.close()


LINES = {
    "colacli train-s": "colacli train-student",
    "colacli runs resu": "colacli runs resume",
    "colacli baseline ngr": "colacli baseline ngrams",
    "colacli distil --teacher-c": "colacli distil --teacher-control",
    "colacli distil --cell g": "colacli distil --cell gru",
    "colacli distil --cell=ls": "colacli distil --cell=lstm",
    "colacli finetune --variant gpt2-mi": "colacli finetune --variant gpt2-mini",
    "colacli finetune --targets c_attn,mlp": "colacli finetune --targets c_attn,mlp.c_proj",
    "colacli distil --epochs 3 --teacher teach": "colacli distil --epochs 3 --teacher teacher",
    "colacli compare teacher stud": "colacli compare teacher student-a",
    "colacli runs name teacher stud": "colacli runs name teacher student-a",
    "colacli eval student-a^": "colacli eval student-a^teacher",
    "colacli eval late": "colacli eval latest",
    "colacli finetune --data classr": "colacli finetune --data classroom",
    "colacli pairs teacher --data bl": "colacli pairs teacher --data blimp",
    "colacli data fetch ita": "colacli data fetch itacola",
    "colacli runs import expo": "colacli runs import exported.tar",
    "colacli export teacher --to one --output=expo": "colacli export teacher --to one --output=exported.tar",
    "colacli runs name stud": "colacli runs name stud",
    "colacli judge -- teach": "colacli judge -- teacher",
}
"""What is typed, and what a Tab makes of it."""


@pytest.mark.parametrize("typed", LINES)
def test_a_tab_completes(terminal, typed):
    """Commands, options, their values, names, corpora and files; a new name is completed to nothing."""
    assert terminal.complete(typed).replace("\\^", "^").rstrip() == LINES[typed]


def test_a_tab_completes_keys(terminal, places):
    """Digits of a key become twelve of them, with `run:` before them and without."""
    key = places[2][0]

    assert terminal.complete(f"colacli eval {key[:6]}") == f"colacli eval {key[:12]} "
    assert terminal.complete(f"colacli eval run:{key[:6]}") == f"colacli eval run:{key[:12]} "


@pytest.mark.parametrize("shell", SHELLS)
def test_an_absent_store_is_no_failure(shell, places, tmp_path):
    """Without COLACLI_HOME and with nothing where the store would be, what needs no store is completed."""
    if shutil.which("tmux") is None or shutil.which(shell) is None:
        pytest.skip(f"needs tmux and {shell}")
    (tmp_path / "script").write_text(script(ROOT, shell))
    terminal = Terminal(shell, places[0], "")
    terminal.wait_for(r"^\S*> ?|^.*@")
    load = "autoload -Uz compinit; compinit -u; " if shell == "zsh" else f"{QUIET}; " if shell == "fish" else ""
    terminal.clear(f"{load}source {tmp_path / 'script'}; ")

    assert terminal.complete("colacli eval late").rstrip() == "colacli eval latest"
    assert terminal.complete("colacli eval run:abcd").rstrip() == "colacli eval run:abcd"
    assert terminal.complete("colacli data show samp").rstrip() == "colacli data show sample"
    terminal.close()


def test_odd_names_do_nothing(terminal, places):
    """What is no name is not offered, and nothing in a file's name is run."""
    assert terminal.complete("colacli eval teach") == "colacli eval teacher "
    terminal.complete("colacli eval ")
    terminal.complete("colacli finetune --data ")

    assert not list(places[0].glob("harmed*"))


@pytest.mark.parametrize("shell", SHELLS)
def test_a_script_names_every_command_and_option(shell):
    """And the version that wrote it, and how to write it again."""
    text = script(ROOT, shell)

    assert __version__ in text.splitlines()[shell == "zsh"]
    assert f"colacli --install-completion {shell}" in text
    assert all(word in text for word in ("train-student", "--kd-weight", "gpt2-medium", "'one rnn gru lstm'"))


def test_another_programs_script_is_not_replaced(tmp_path, monkeypatch, capsys):
    """A file that colacli did not write stays, and its path is told; its own is replaced."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    path = installed_path("fish")
    path.parent.mkdir(parents=True)
    path.write_text("complete -c colacli\n")

    assert run(["--install-completion", "fish"]) == 2
    assert str(path) in capsys.readouterr().err
    assert path.read_text() == "complete -c colacli\n"

    path.unlink()
    assert [run(["--install-completion", "fish"]) for _ in range(2)] == [0, 0]
    assert path.read_text() == script(ROOT, "fish")


def test_an_unknown_shell_is_named(monkeypatch):
    """Where the shell is none of those, the command says what to name."""
    import shellingham

    monkeypatch.setattr(shellingham, "detect_shell", lambda: ("tcsh", "/bin/tcsh"))

    with pytest.raises(UsageError, match="no completion for tcsh"):
        with_shell(["--install-completion"])


def test_a_shell_need_not_be_named(monkeypatch, capsys):
    """Without one it is the shell that the command was run from."""
    import shellingham

    monkeypatch.setattr(shellingham, "detect_shell", lambda: ("zsh", "/bin/zsh"))

    assert run(["--show-completion"]) == 0
    assert capsys.readouterr().out == script(ROOT, "zsh")


def test_doctor_knows_a_script_of_another_version(tmp_path, monkeypatch):
    """In no shell; up to date; and what to run once the commands have changed."""
    for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "BASH_COMPLETION_USER_DIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert completion_finding(ROOT).detail == "in no shell"

    paths = {shell: install(ROOT, shell) for shell in ("bash", "fish")}
    found = completion_finding(ROOT)
    assert (found.state, found.detail) == ("ok", "bash, fish")

    paths["fish"].write_text(paths["fish"].read_text() + "\n# older\n")
    found = completion_finding(ROOT)
    assert (found.state, found.hint) == ("missing", "`colacli --install-completion fish`")
    assert found.detail.startswith("fish: ")
