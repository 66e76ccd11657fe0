"""A training that is stopped leaves nothing half-written, whatever stops it."""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from colacli.cli.main import run
from factories.interruptions import interruptible

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX's")


@contextmanager
def training(home, argv):
    """A training in a process of its own, past its first epoch."""
    with interruptible():
        process = subprocess.Popen(
            [sys.executable, "-m", "colacli", *argv],
            env={**os.environ, "COLACLI_HOME": str(home), "OMP_WAIT_POLICY": "passive", "PYTHONUNBUFFERED": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            start_new_session=True,
        )
    with process:
        try:
            for line in process.stderr:
                if "epoch 1" in line:
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


def test_ctrl_c_leaves_a_checkpoint(tiny_base, tiny_corpus, store_home, capsys):
    """SIGINT while it trains: status 130, a clear word, no traceback; no run, no name, and what it takes to go on."""
    with training(store_home, command(tiny_base, tiny_corpus, 100_000, "--name", "never", "--json")) as process:
        work = held(store_home / "work")
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=200)

    document = json.loads(out)
    assert len(work) == 1
    assert process.returncode == 130
    assert (document["schema"], document["code"]) == ("colacli.error/1", "interrupted")
    assert "interrupted" in document["message"]
    assert "Traceback" not in err
    assert "resumes" in document["hint"]
    assert (held(store_home / "runs"), held(store_home / "refs"), held(store_home / "work")) == ([], [], work)

    assert run(["runs", "list", "--json"]) == 0
    (left,) = json.loads(capsys.readouterr().out)["unfinished"]
    assert (left["state"], left["command"], left["epochs"]) == ("interrupted", "train-student", 100_000)
    assert left["epoch"] >= 2


def processes_of(session):
    """Ids of the processes of a session that are not over, with this system's /proc."""
    states = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it has just ended
            states.append(path.read_text().rpartition(") ")[2].split())
    return [one for one in states if int(one[3]) == session and one[0] != "Z"]


@pytest.mark.parametrize(
    "stop", [*(pytest.param(one, marks=pytest.mark.slow) for one in (signal.SIGINT, signal.SIGTERM)), signal.SIGKILL]
)
@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc")
def test_what_trains_at_once_ends_at_once(tiny_base, tiny_corpus, store_home, stop):
    """Whatever stops the command stops its processes, and what each had started can be resumed."""
    argv = command(tiny_base, tiny_corpus, 100_000, "--name", "never", "--json", "--seeds", "2", "--jobs", "2")
    with training(store_home, argv) as process:
        assert len(processes_of(process.pid)) > 1
        process.send_signal(stop)
        out, err = process.communicate(timeout=200)

    assert process.returncode == (130 if stop == signal.SIGINT else -stop)
    assert "Traceback" not in err
    if stop == signal.SIGINT:
        assert json.loads(out)["code"] == "interrupted"
    ended = time.monotonic() + 100
    while processes_of(process.pid) and time.monotonic() < ended:
        time.sleep(0.1)
    assert processes_of(process.pid) == []
    assert (held(store_home / "runs"), held(store_home / "refs")) == ([], [])
    assert held(store_home / "work")


def test_a_killed_training_goes_on(tiny_base, tiny_corpus, store_home, tmp_path, monkeypatch, capsys):
    """SIGKILL leaves no run and no name; the same command then ends with the bytes of one that was never stopped."""
    argv = command(tiny_base, tiny_corpus, 10, "--name", "made", "--json")
    with training(store_home, argv) as process:
        process.kill()
        process.communicate(timeout=200)
    assert process.returncode == -signal.SIGKILL
    assert (held(store_home / "runs"), held(store_home / "refs"), len(held(store_home / "work"))) == ([], [], 1)

    assert run(argv) == 0
    captured = capsys.readouterr()
    resumed = json.loads(captured.out)
    assert "resumed after epoch" in captured.err
    assert (resumed["cached"], resumed["name"]) == (False, "made")
    assert (held(store_home / "runs"), held(store_home / "work")) == ([resumed["key"]], [])
    assert run(["runs", "verify", "--deep"]) == 0
    capsys.readouterr()

    monkeypatch.setenv("COLACLI_HOME", str(tmp_path / "elsewhere"))
    assert run(argv) == 0
    whole = json.loads(capsys.readouterr().out)
    assert resumed["metrics"] == whole["metrics"]
    for name in ("history.jsonl", "metrics.json", "model.safetensors", "predictions-in_domain_dev.tsv"):
        assert (Path(resumed["path"]) / name).read_bytes() == (Path(whole["path"]) / name).read_bytes(), name


def test_an_interruption_is_told_to_a_person(store_home, monkeypatch, capsys):
    """Without --json the word stands on standard error."""

    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("colacli.workflows.runs.listing", interrupted)

    assert run(["runs", "list"]) == 130
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("Error: interrupted")
