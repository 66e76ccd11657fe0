"""With --debug an error comes through as it was raised; without it nobody sees a traceback."""

import os
import subprocess
import sys

import pytest

from colacli.cli.main import run
from colacli.errors import ColacliError


def test_debug_shows_a_traceback(places, monkeypatch):
    """With --debug the error comes through as it was raised."""
    monkeypatch.setenv("COLACLI_HOME", str(places["home"]))

    with pytest.raises(ColacliError, match="nobody"):
        run(["eval", "nobody", "--debug"])


@pytest.mark.parametrize("debug", [False, True])
def test_only_debug_shows_a_traceback(places, debug):
    """In a process of its own, a failure is a message, and a traceback where that was asked for."""
    done = subprocess.run(
        [sys.executable, "-m", "colacli", "runs", "show", "nobody", *(["--debug"] if debug else [])],
        env={**os.environ, "COLACLI_HOME": str(places["home"])},
        cwd=places["home"],
        capture_output=True,
        encoding="utf-8",
        timeout=200,
        check=False,
    )

    assert done.returncode != 0
    assert ("Traceback" in done.stderr) == debug
    assert "nobody" in done.stderr


def test_debug_shows_what_nobody_foresaw(monkeypatch, capsys, store_home):
    """An error that no code foresaw is one line and a way to report it; --debug raises it."""

    def broken(*_):
        raise ZeroDivisionError("by nothing")

    monkeypatch.setattr("colacli.workflows.runs.listing", broken)

    assert run(["runs", "list"]) == 1
    assert "ZeroDivisionError: by nothing" in (err := capsys.readouterr().err)
    assert "--debug" in err
    with pytest.raises(ZeroDivisionError):
        run(["runs", "list", "--debug"])
