"""A training that is stopped leaves nothing half-written, whatever stops it."""

import json
import os
import signal
import subprocess
import sys
from contextlib import contextmanager

import pytest

from colacli.cli.main import run

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX's")


@contextmanager
def training(home, argv):
    """A training in a process of its own, past its first epoch."""
    # A child inherits that SIGINT is ignored, as it is where the tests run in a shell's background.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        process = subprocess.Popen(
            [sys.executable, "-m", "colacli", *argv],
            env={**os.environ, "COLACLI_HOME": str(home), "OMP_WAIT_POLICY": "passive", "PYTHONUNBUFFERED": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            start_new_session=True,
        )
    finally:
        signal.signal(signal.SIGINT, before)
    with process:
        try:
            for line in process.stderr:
                if line.startswith("epoch 1"):
                    break
            else:
                pytest.fail(f"no epoch was ever over: status {process.wait()}")
            yield process
        finally:
            process.kill()


def command(base, corpus, epochs, *more):
    """A student that learns sentence by sentence."""
    where = ["--base", str(base), "--data", str(corpus), "--device", "cpu"]
    return ["train-student", *where, "--hidden", "4", "--batch-size", "1", "--epochs", str(epochs), *more]


def held(folder):
    """Names of what a folder holds; nothing where it isn't there."""
    return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []


def test_ctrl_c_leaves_nothing(tiny_base, tiny_corpus, store_home):
    """SIGINT while it trains: status 130, a clear word, no traceback, and neither run, name nor work."""
    with training(store_home, command(tiny_base, tiny_corpus, 100_000, "--name", "never", "--json")) as process:
        work = held(store_home / "work")
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)

    document = json.loads(out)
    assert len(work) == 1
    assert process.returncode == 130
    assert (document["schema"], document["code"]) == ("colacli.error/1", "interrupted")
    assert "interrupted" in document["message"]
    assert "Traceback" not in err
    assert {part: held(store_home / part) for part in ("runs", "work", "refs")} == {"runs": [], "work": [], "refs": []}


def test_a_killed_training_is_simply_made_again(tiny_base, tiny_corpus, store_home, capsys):
    """SIGKILL leaves no run and no name; the same command then makes the run, and the store is sound."""
    argv = command(tiny_base, tiny_corpus, 30, "--name", "made")
    with training(store_home, argv) as process:
        process.kill()
        process.communicate(timeout=30)
    assert process.returncode == -signal.SIGKILL
    assert (held(store_home / "runs"), held(store_home / "refs")) == ([], [])

    assert run([*argv, "--json"]) == 0

    document = json.loads(capsys.readouterr().out)
    assert (document["cached"], document["name"]) == (False, "made")
    assert held(store_home / "runs") == [document["key"]]
    assert run(["runs", "verify", "--deep"]) == 0


def test_an_interruption_is_told_to_a_person(store_home, monkeypatch, capsys):
    """Without --json the word stands on standard error."""

    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("colacli.workflows.runs.listing", interrupted)

    assert run(["runs", "list"]) == 130
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("Error: interrupted")
