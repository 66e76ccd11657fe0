"""What goes wrong is said: the right exit status, what, where and what to do next, and never a traceback."""

import io
import json
import os
import shlex
import shutil
import sys
from urllib.error import URLError

import pytest

from colacli.cli.main import run
from colacli.data import download
from factories.error_cases import CASES


@pytest.fixture(scope="module")
def places(places, tmp_path_factory):
    """The same with a copy of the store, since even what fails may leave something in its cache."""
    return {**places, "home": shutil.copytree(places["home"], tmp_path_factory.mktemp("copied") / "home")}


@pytest.fixture
def fails(places, monkeypatch, capfd, tmp_path, store_home):
    """Runs a case in a working folder of its own, with no network; gives status, output and errors."""

    def no_network(*_, **__):
        raise URLError("no network in tests")

    monkeypatch.setenv("COLACLI_HOME", str(places["home"]))
    monkeypatch.setattr(download, "urlopen", no_network)
    monkeypatch.chdir(tmp_path)

    def call(case, *more):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(case.stdin), encoding="utf-8"))
        capfd.readouterr()
        status = run([*(word.format(**places) for word in shlex.split(case.argv)), *more])
        return status, *capfd.readouterr()

    return call


def said(case, places):
    """The words a case must say."""
    return [word.format(**places) for word in case.words]


every_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.called)


@every_case
def test_an_error_is_told_to_a_person(fails, places, case):
    """The status is the contract's, standard error says what, where and what next, standard output says nothing."""
    status, out, err = fails(case)

    assert (status, out) == (case.status, "")
    assert "Error: " in err
    assert "Traceback" not in err
    assert "should not happen" not in err
    assert [word for word in said(case, places) if word not in err] == []


@every_case
def test_an_error_is_a_document(fails, places, case):
    """With --json standard output holds one document: schema, code, message and hint."""
    status, out, err = fails(case, "--json")
    document = json.loads(out)
    text = f"{document['message']} {document['hint']}"

    assert (status, document["schema"], document["code"]) == (case.status, "colacli.error/1", case.code)
    assert out.count("\n") == 1
    assert "Traceback" not in err
    assert [word for word in said(case, places) if word not in text] == []


@every_case
def test_nothing_is_left_by_an_error(fails, places, case):
    """No run comes or goes, no name does, and no work is left over."""

    def listed():
        return [sorted(path.name for path in (places["home"] / part).iterdir()) for part in ("runs", "refs", "work")]

    before = listed()
    fails(case)

    assert listed() == before
    assert before[2] == []


def test_a_terminal_is_not_waited_for(store_home, monkeypatch, capsys):
    """`judge` without a sentence does not wait for someone to type one."""
    keyboard, terminal = os.openpty()
    with os.fdopen(keyboard, "rb"), os.fdopen(terminal) as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        status = run(["judge", "student"])

    assert status == 2
    assert "no sentence" in capsys.readouterr().err


@pytest.mark.parametrize("depth", [[], ["--deep"]], ids=["sizes", "hashes"])
def test_verify_finds_damage(places, monkeypatch, capsys, depth):
    """A damaged run is a fault with its file's name, and the status is 4."""
    monkeypatch.setenv("COLACLI_HOME", str(places["home"]))

    assert run(["runs", "verify", *depth, "--json"]) == 4

    document = json.loads(capsys.readouterr().out)
    assert document["schema"] == "colacli.runs.verify/1"
    assert any("model.safetensors" in fault["what"] for fault in document["faults"])


def test_a_control_character_in_a_message_is_shown_escaped(capsys, store_home):
    """What a person gave is repeated without its escape codes."""
    assert run(["runs", "show", "\x1b[31mred"]) == 3
    assert "\\x1b[31mred" in (err := capsys.readouterr().err)
    assert "\x1b" not in err
