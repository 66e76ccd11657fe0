"""Many processes want one run: one result stands, all of them have it, and what one of them left another takes up."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from colacli.store.store import Store
from colacli.workflows.verify import faults_in
from factories.counting import Counting, count

TESTS = Path(__file__).parents[1]


def racing(root, pause=0.0, start=None):
    """A process that makes the counting run."""
    return subprocess.Popen(
        [sys.executable, str(TESTS / "factories" / "counting.py"), str(root), str(start or 0), str(pause)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(TESTS), os.environ.get("PYTHONPATH", "")])},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def results(processes):
    """What each printed; none may fail."""
    found = []
    for process in processes:
        out, err = process.communicate(timeout=240)
        assert process.returncode == 0, err
        found.append(json.loads(out))
    return found


@pytest.mark.parametrize("count_of", [2, pytest.param(8, marks=pytest.mark.slow)])
@pytest.mark.parametrize("pause", [0.0, 0.05])
def test_one_run_stands(tmp_path, count_of, pause):
    """Whether they wait for one another or finish at the same moment, all name the same sound run."""
    start = time.time() + 1 + 0.3 * count_of
    found = results([racing(tmp_path / "store", pause, start) for _ in range(count_of)])
    store = Store(tmp_path / "store")

    assert {one["key"] for one in found} == set(store.run_keys())
    assert faults_in(store, None, deep=True) == (1, [])
    assert list((store.root / "work").iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX's")
def test_a_dead_process_s_run_is_taken_up_at_once(tmp_path):
    """Its lease is known to be void on the same host; the other goes on from its last checkpoint."""
    store = Store(tmp_path / "store")
    process = racing(store.root, pause=0.3)
    while not (store.attempts() and store.attempts()[0].checkpoints.progress()):
        assert process.poll() is None
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    work = Counting()
    made = count(store, work)

    assert (made.cached, list((store.root / "work").iterdir())) == (False, [])
    assert work.started_at[0] >= 1


@pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX's")
def test_a_waiting_process_takes_over_when_the_first_dies(tmp_path):
    """It has waited, and then makes the run itself."""
    store = Store(tmp_path / "store")
    first = racing(store.root, pause=0.3)
    while not store.attempts():
        assert first.poll() is None
        time.sleep(0.02)
    second = racing(store.root)
    time.sleep(0.5)
    first.send_signal(signal.SIGKILL)
    first.communicate()
    (found,) = results([second])

    assert not found["cached"]
    assert faults_in(store, None, deep=True) == (1, [])
