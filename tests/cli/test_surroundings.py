"""Odd surroundings: paths that are not UTF-8, no home, a store that can't be, a working folder that is gone."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from colacli.cli.main import run
from colacli.data.readers import read_corpus
from colacli.errors import UsageError
from colacli.events import ignore
from colacli.models.base import find_base
from colacli.store.store import Store, open_store
from factories.output import environment, training

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such names")

LATIN = os.fsdecode(b"caf\xe9")


@pytest.fixture
def refusal(capsys, store_home):
    """Runs a command that is refused: its exit status and its error document, which is strict JSON."""

    def ask(*words):
        status = run([*words, "--json"])
        text = capsys.readouterr().out
        text.encode("ascii")
        document = json.loads(text)
        json.dumps(document, ensure_ascii=False).encode()
        return status, document

    return ask


@pytest.mark.parametrize(
    ("words", "name"),
    [
        (["finetune", "--data", LATIN], "--data"),
        (["train-student", "--base", LATIN], "--base"),
        (["eval", LATIN], "argument"),
        (["judge", "latest", LATIN], "argument"),
        (["runs", "import", LATIN], "argument"),
        (["generate", "--prompt", LATIN], "--prompt"),
    ],
)
def test_what_is_not_utf8_is_refused_by_name(refusal, words, name):
    """Every option and argument, before anything is done with it."""
    status, document = refusal(*words)

    assert (status, document["code"]) == (2, "usage")
    assert name in document["message"].lower()
    assert "not UTF-8" in document["message"]


def test_the_store_s_folder_is_utf8(monkeypatch, tmp_path):
    """Libraries that read a student's tokenizer need it."""
    monkeypatch.setenv("COLACLI_HOME", str(tmp_path / LATIN))
    with pytest.raises(UsageError, match=r"COLACLI_HOME.* is not UTF-8"):
        open_store()


def test_a_relative_path_in_a_folder_that_is_not_utf8(monkeypatch, tmp_path, tiny_base, tiny_corpus):
    """It would be stored as the place of the corpus or the base."""
    folder = tmp_path / LATIN
    folder.mkdir()
    monkeypatch.chdir(folder)
    shutil.copytree(tiny_corpus, "corpus")
    shutil.copytree(tiny_base, "base")
    with pytest.raises(UsageError, match="--data corpus is not UTF-8"):
        read_corpus(Path("corpus"))
    with pytest.raises(UsageError, match="--base base is not UTF-8"):
        find_base(Store(tmp_path / "store"), None, Path("base"), ignore)


@pytest.mark.parametrize("home", [None, "~/store"])
def test_without_a_home_folder_the_variable_is_named(monkeypatch, home):
    """No HOME and nobody of this user's number: COLACLI_HOME is the way out."""
    import pwd

    def nobody(_number):
        raise KeyError

    monkeypatch.setattr(pwd, "getpwuid", nobody)
    for name in ("HOME", "XDG_DATA_HOME", "COLACLI_HOME"):
        monkeypatch.delenv(name, raising=False)
    if home:
        monkeypatch.setenv("COLACLI_HOME", home)
    with pytest.raises(UsageError, match="COLACLI_HOME"):
        open_store()


def test_a_store_that_is_a_file(refusal, monkeypatch, tmp_path):
    """The variable is named."""
    (tmp_path / "file").touch()
    monkeypatch.setenv("COLACLI_HOME", str(tmp_path / "file"))
    status, document = refusal("runs", "list")

    assert (status, document["code"]) == (2, "usage")
    assert "COLACLI_HOME" in document["message"]


def test_a_store_that_can_not_be_made(refusal, monkeypatch, tiny_base, tiny_corpus):
    """Where the system makes no folder the hint names the variable."""
    monkeypatch.setenv("COLACLI_HOME", "/proc/colacli")
    status, document = refusal(*training(tiny_base, tiny_corpus))

    assert status == 1
    assert "/proc/colacli" in document["message"]
    assert "COLACLI_HOME" in document["hint"]


@pytest.mark.parametrize("command", ["runs list", "train-student --variant gpt2-mini --data sample --epochs 1"])
def test_a_working_folder_that_is_gone(tmp_path, command):
    """It is said, before any library asks for it."""
    script = 'mkdir gone && cd gone && rmdir ../gone && exec "$@"'
    done = subprocess.run(
        ["/bin/sh", "-c", script, "sh", sys.executable, "-m", "colacli", *command.split()],
        env=environment(tmp_path / "store"),
        cwd=tmp_path,
        capture_output=True,
        timeout=200,
        check=False,
    )

    assert done.returncode == 2
    assert done.stderr.startswith(b"Error: the working folder is gone")


def test_a_working_folder_that_is_not_utf8_is_no_hindrance(monkeypatch, tmp_path, store_home, tiny_base, tiny_corpus):
    """Where no relative path is given a run is made, and its manifest is JSON text."""
    folder = tmp_path / LATIN
    folder.mkdir()
    monkeypatch.chdir(folder)
    assert run([*training(tiny_base, tiny_corpus), "--name", "made", "--json"]) == 0

    key = (store_home / "refs" / "made").read_text().strip()
    text = (store_home / "runs" / key / "manifest.json").read_text()
    assert json.dumps(json.loads(text), ensure_ascii=False).encode()
