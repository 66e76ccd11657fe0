"""What many commands are tried on: stores with runs in them, made once."""

import json
import shutil

import pytest

from colacli.cli.main import run
from colacli.store.store import Store
from factories.end_to_end import EndToEnd
from factories.output import training
from factories.runs import answering, commit_run, make_spec
from factories.surroundings import make_places


@pytest.fixture(scope="session")
def places(tiny_base, tiny_corpus, tmp_path_factory):
    """A store with runs whole and hurt, and everything that commands are given, by name; never write into it."""
    return make_places(tmp_path_factory.mktemp("errors"), tiny_base, tiny_corpus)


@pytest.fixture(scope="session")
def end_to_end(tiny_base, tiny_corpus, tmp_path_factory):
    """Every command's output; never write into its store."""
    commands = EndToEnd(tmp_path_factory.mktemp("end_to_end"), tiny_base, tiny_corpus)
    commands.run_all()
    return commands


@pytest.fixture(scope="session")
def trained(tiny_base, tiny_corpus, tmp_path_factory):
    """A store with two runs that were never trained, and a student that was; never write into it."""
    home = tmp_path_factory.mktemp("output") / "home"
    commit_run(Store(home), name="one")
    commit_run(Store(home), make_spec(1), name="two", predictions=answering([0, 1, 1, 1]))
    commit_run(Store(home), make_spec(2))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLACLI_HOME", str(home))
        assert run([*training(tiny_base, tiny_corpus), "--name", "student", "--json"]) == 0
    return home


@pytest.fixture(scope="module")
def home(trained, tmp_path_factory):
    """A copy of that store for each file of tests."""
    return shutil.copytree(trained, tmp_path_factory.mktemp("copied") / "home")


@pytest.fixture
def here(home, tmp_path, monkeypatch):
    """A working folder in this process, with the store of `home`."""
    monkeypatch.setenv("COLACLI_HOME", str(home))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def folder(tmp_path, store_home, monkeypatch):
    """An empty working folder, and an empty store."""
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def ask(capsys):
    """Run a command with --json: its status and its document."""

    def run_it(*words):
        status = run([*words, "--json"])
        return status, json.loads(capsys.readouterr().out)

    return run_it
