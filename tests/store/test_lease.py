"""A lease says whether somebody works in a folder: by its process, by its age, by this process' own clock."""

import json
import os
import subprocess
import sys
import time

import pytest

from colacli.store import lease
from colacli.store.lease import LEASE, STALE, HeartbeatMonitor, hold, is_live, write_lease


def written(folder, **changes):
    """A lease of this process, with changes."""
    write_lease(folder)
    path = folder / LEASE
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def dead_process():
    """The number of a process that has ended."""
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    return child.pid


def aged(folder, seconds):
    """Make the last sign of life so old; a negative age is in the future."""
    then = time.time() - seconds
    os.utime(folder / LEASE, (then, then))


def test_a_folder_is_held_while_the_block_runs(tmp_path):
    """Nobody works there before and after."""
    before = is_live(tmp_path)
    with hold(tmp_path):
        during = is_live(tmp_path)

    assert (before, during, is_live(tmp_path)) == (False, True, False)
    assert list(tmp_path.iterdir()) == []


def test_it_gives_signs_of_life(tmp_path, monkeypatch):
    """The lease's time of change moves on while it is held."""
    monkeypatch.setattr(lease, "INTERVAL", 0.01)
    with hold(tmp_path):
        aged(tmp_path, 2 * STALE)
        for _ in range(500):
            if is_live(tmp_path):
                break
            time.sleep(0.01)
        alive = is_live(tmp_path)

    assert alive


@pytest.mark.skipif(sys.platform == "win32", reason="there only the age tells")
def test_a_dead_process_holds_nothing(tmp_path):
    """It is known at once on the same host."""
    written(tmp_path, pid=dead_process())

    assert not is_live(tmp_path)


def test_another_host_s_process_may_live(tmp_path):
    """Its number says nothing here, so only its age counts."""
    written(tmp_path, pid=dead_process(), place="elsewhere")
    young = is_live(tmp_path)
    aged(tmp_path, STALE + 60)

    assert (young, is_live(tmp_path)) == (True, False)


@pytest.mark.parametrize("content", ["", "[]", "{", '{"pid": "x"}', '{"pid": -1}'])
def test_in_doubt_somebody_works(tmp_path, content):
    """A lease that can't be understood is respected until it is old."""
    (tmp_path / LEASE).write_text(content)
    young = is_live(tmp_path)
    aged(tmp_path, STALE + 60)

    assert (young, is_live(tmp_path)) == (True, False)


def test_a_lease_from_the_future_is_watched(tmp_path, monkeypatch):
    """Where clocks disagree, a lease that gives no sign of life while it is watched holds no longer."""
    written(tmp_path, place="elsewhere")
    aged(tmp_path, -100 * STALE)
    watch = HeartbeatMonitor()
    first = watch.is_live(tmp_path)
    later = time.monotonic() + STALE + 1
    monkeypatch.setattr(time, "monotonic", lambda: later)
    silent = watch.is_live(tmp_path)
    aged(tmp_path, -99 * STALE)

    assert (is_live(tmp_path), first, silent, watch.is_live(tmp_path)) == (True, True, False, True)


def test_a_folder_that_went_away_ends_quietly(tmp_path):
    """Whoever lost its folder to another process still leaves the block."""
    folder = tmp_path / "work"
    folder.mkdir()
    with hold(folder):
        folder.rename(tmp_path / "taken")

    assert not folder.exists()
