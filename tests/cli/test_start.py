"""Help is whole and instant: every command and option explained and documented, and no torch before it is needed."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from colacli.cli.commands import COMMANDS
from colacli.cli.main import app, run
from colacli.store.refs import resolve_one
from colacli.store.store import Store
from factories.runs import answering, commit_run, make_spec

DOCS = Path(__file__).parents[2] / "docs"
_CHECK = """
import sys
from colacli import devices
from colacli.cli.main import run
devices.GPU_DRIVERS = ()  # where there is one, torch says what it can do
status = run(sys.argv[1:])
found = {"torch", "transformers", "pandas", "sklearn", "markdown_it", "pydantic"} & set(sys.modules)
if sys.argv[1:3] == ["runs", "push"]:
    found -= {"pydantic"}  # its argument has a parser
sys.exit(f"imported: {found}" if found else status)
"""
_COUNT = """
import sys
from colacli import devices
from colacli.cli.main import run
devices.GPU_DRIVERS = ()
status = run(sys.argv[1:])
print(sum(name.startswith("colacli.") for name in sys.modules), file=sys.stderr)
sys.exit(status)
"""


def commands(command, words=()):
    """Every command with its words, groups before what is in them."""
    yield words, command
    for name, inner in getattr(command, "commands", {}).items():
        yield from commands(inner, (*words, name))


TREE = dict(commands(typer.main.get_command(app)))
every_command = pytest.mark.parametrize("words", TREE, ids=lambda words: " ".join(("colacli", *words)))


def child(*argv, home, **environment):
    """A Python process with nothing of this user's."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("COLACLI_")}
    return subprocess.run(
        [sys.executable, *argv],
        env={**kept, "COLACLI_HOME": str(home), "HF_HOME": str(home / "hub"), **environment},
        cwd=home,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=200,
        check=False,
    )


@every_command
def test_every_command_has_help(words, capsys):
    """`--help` prints how it is used and ends well."""
    assert run([*words, "--help"]) == 0

    captured = capsys.readouterr()
    assert f"Usage: {' '.join(('colacli', *words))} " in captured.out
    assert captured.err == ""
    assert TREE[words].help.strip()


def test_the_list_of_commands_says_what_they_say():
    """The app's help takes names and first paragraphs from a table, and imports no command for it."""
    listed = {name: " ".join(command.help.split("\n\n")[0].split()) for name, command in TREE[()].commands.items()}

    assert listed == COMMANDS


@every_command
def test_every_option_has_help(words):
    """No option and no argument goes unexplained."""
    unexplained = [parameter.name for parameter in TREE[words].params if not getattr(parameter, "help", None)]

    assert unexplained == []


@every_command
def test_every_command_and_option_is_documented(words):
    """docs/cli.md has a section for the command with each of its options in it."""
    page = (DOCS / "cli.md").read_text(encoding="utf-8")
    title = f"\n## {' '.join(('colacli', *words))}\n"
    section = page.partition(title)[2].partition("\n## ")[0]
    flags = [flag for one in TREE[words].params for flag in (*one.opts, *one.secondary_opts) if flag.startswith("--")]
    missing = [flag for flag in flags if not re.search(rf"(?<![\w-]){flag}(?![\w-])", section)]

    assert section
    assert missing == []


@every_command
def test_every_command_takes_json(words):
    """So do all that do something; groups only lead to them."""
    flags = {flag for parameter in TREE[words].params for flag in parameter.opts}

    assert "--json" in flags or hasattr(TREE[words], "commands")


def test_the_generated_page_is_what_the_commands_say(tmp_path):
    """docs/cli.md is what its generator would write."""
    done = child(DOCS / "generate_cli.py", "--check", home=tmp_path)

    assert (done.returncode, done.stderr) == (0, "")


def test_help_is_what_typer_makes_of_it(tmp_path):
    """The renderer comes without Markdown and tracebacks, and its help is the same; others get both as ever."""
    render = "from colacli.cli.main import run; run(['finetune', '--help']); "
    whole = child("-c", "import rich.markdown, rich.traceback; " + render, home=tmp_path)
    after = "from rich.markdown import Markdown; from rich.traceback import Traceback; Markdown('x').parsed; Traceback"
    done = child("-c", render + after, home=tmp_path)

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == whole.stdout


def test_help_is_printed_where_nothing_is_asked(tmp_path):
    """`python -m colacli` alone prints the help, and that is not a success."""
    done = child("-m", "colacli", home=tmp_path)

    assert done.returncode == 2
    assert "Usage: colacli" in done.stdout + done.stderr


def test_the_version_is_told(capsys):
    """`--version` prints the package's."""
    from colacli import __version__

    assert run(["--version"]) == 0
    assert capsys.readouterr().out == f"colacli {__version__}\n"


@pytest.fixture(scope="module")
def home(tiny_base, tiny_corpus, tmp_path_factory):
    """A store with two runs that were never trained, and those of `trainings`."""
    home = tmp_path_factory.mktemp("start")
    commit_run(Store(home), name="one")
    commit_run(Store(home), make_spec(1), name="two", predictions=answering([0, 1, 1, 1]))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLACLI_HOME", str(home))
        for name, command in trainings(tiny_base, tiny_corpus).items():
            assert run([*command[0].split(), *command[1:], "--name", name, "--json"]) == 0
    return home


def trainings(base, corpus):
    """Commands that make runs, by the names of these."""
    how = ["--data", str(corpus), "--epochs", "1", "--precision", "fp32", "--device", "cpu"]
    return {
        "teacher": ["finetune", "--base", str(base), *how, "--rank", "1"],
        "alone": ["train-student", "--base", str(base), *how, "--hidden", "4"],
        "distilled": ["distil", "--teacher", "teacher", *how, "--hidden", "4"],
        "majority": ["baseline majority", "--data", str(corpus)],
        "ngrams": ["baseline ngrams", "--data", str(corpus)],
        "lm": ["baseline lm", "--base", str(base), "--data", str(corpus), "--device", "cpu"],
    }


@pytest.mark.parametrize(
    "command",
    [
        "--help",
        "finetune --help",
        "runs list",
        "runs show one",
        "runs verify",
        "runs push memory:// one",
        "compare one two",
        "report teacher alone distilled -o ../report.md --force",
        "data list",
        "data show {corpus}",
        "doctor",
        "eval distilled",
        "finetune",
        "train-student",
        "distil",
        "distil --dry-run",
        "baseline majority",
        "baseline ngrams",
        "baseline lm",
        "baseline lm --dry-run",
    ],
)
def test_it_needs_no_torch(home, tiny_base, tiny_corpus, command):
    """What computes nothing starts without torch, transformers, pandas and pydantic; so does every hit."""
    hits = {training[0]: training[1:] for training in trainings(tiny_base, tiny_corpus).values()}
    verb = command.removesuffix(" --dry-run")
    argv = [*command.format(corpus=tiny_corpus).split(), *hits.get(verb, [])]
    done = child("-c", _CHECK, *argv, home=home)

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout


@pytest.mark.parametrize(
    ("command", "most"),
    [
        ("--help", 20),
        ("--version", 20),
        ("runs list", 70),
        ("compare one two", 135),
        ("eval distilled", 115),
        ("finetune", 105),
        ("experiment --help", 135),
    ],
)
def test_it_imports_what_it_needs(home, tiny_base, tiny_corpus, command, most):
    """A command imports few of the package's modules (it has over 300), and the app's help those of no command.

    Where more are needed, raise the number; a module that only others need belongs into the function that uses it.
    """
    hits = {training[0]: training[1:] for training in trainings(tiny_base, tiny_corpus).values()}
    done = child("-c", _COUNT, *command.split(), *hits.get(command, []), home=home)

    assert done.returncode == 0
    assert int(done.stderr) <= most


def test_an_adopted_adapter_needs_no_torch(home, tiny_base, tiny_corpus):
    """The second time it is a hit; here the adapter is a teacher of our own."""
    folder = home / "runs" / resolve_one(Store(home), "teacher").key
    argv = ["adopt", str(folder), "--base", str(tiny_base), "--data", str(tiny_corpus), "--device", "cpu"]
    first, again = child("-m", "colacli", *argv, home=home), child("-c", _CHECK, *argv, home=home)

    assert (first.returncode, again.returncode) == (0, 0)
    assert again.stdout.startswith("already in the store")
