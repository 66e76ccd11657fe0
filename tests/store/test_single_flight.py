"""One process makes a cached thing, and the others wait; nothing that is stored depends on it."""

import subprocess
import sys
import threading

import pytest

from colacli.errors import ColacliError
from colacli.store import single_flight as single_flight_module
from colacli.store.single_flight import single_flight
from colacli.store.store import Store

KEY = "a" * 64
_DIES = """\
import os, signal, sys
from pathlib import Path
from colacli.store.single_flight import single_flight
from colacli.store.store import Store

with single_flight(Store(Path(sys.argv[1])), "a" * 64, lambda: None):
    os.kill(os.getpid(), signal.SIGKILL)
"""


def never():
    """For who must not wait."""
    pytest.fail("nobody is there to be waited for")


def test_the_second_waits_until_the_first_is_done(tmp_path):
    """It is told so once, and enters the block when the first has left it."""
    seen, inside, leave = [], threading.Event(), threading.Event()

    def first():
        with single_flight(Store(tmp_path), KEY, never):
            inside.set()
            assert leave.wait(30)
            seen.append("first done")

    def wait():
        seen.append("waiting")
        leave.set()

    thread = threading.Thread(target=first)
    thread.start()
    assert inside.wait(30)
    with single_flight(Store(tmp_path), KEY, wait):
        seen.append("second")
    thread.join()

    assert seen == ["waiting", "first done", "second"]
    assert list(Store(tmp_path).work.iterdir()) == []


def test_others_are_not_waited_for(tmp_path):
    """What has another key is made at the same time."""
    store = Store(tmp_path)
    with single_flight(store, KEY, never), single_flight(store, "b" * 64, never):
        pass


def test_who_fails_lets_the_next_one_in(tmp_path):
    """An error, or Ctrl-C, leaves nothing behind."""
    store = Store(tmp_path)
    with pytest.raises(KeyboardInterrupt), single_flight(store, KEY, never):
        raise KeyboardInterrupt
    with single_flight(store, KEY, never):
        pass

    assert list(store.work.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="there a dead process is known by the lease's age alone")
def test_a_killed_process_is_not_waited_for(tmp_path):
    """Its folder is taken over at once."""
    done = subprocess.run([sys.executable, "-c", _DIES, tmp_path], check=False)
    left = [path.name for path in Store(tmp_path).work.iterdir()]
    with single_flight(Store(tmp_path), KEY, never):
        pass

    assert (done.returncode, left) == (-9, [f"{KEY}.making"])
    assert list(Store(tmp_path).work.iterdir()) == []


def test_who_stops_waiting_leaves_nothing(tmp_path):
    """Ctrl-C while another works: the other goes on."""

    def interrupt():
        raise KeyboardInterrupt

    store = Store(tmp_path)
    with single_flight(store, KEY, never):
        with pytest.raises(KeyboardInterrupt), single_flight(store, KEY, interrupt):
            pytest.fail("the other is inside")
        left = [path.name for path in store.work.iterdir()]

    assert left == [f"{KEY}.making"]


def test_of_many_one_at_a_time_is_inside(tmp_path, monkeypatch):
    """Also when one comes just as another leaves, and takes the place that it gives up."""
    monkeypatch.setattr(single_flight_module, "_INTERVAL", 0)
    inside, most, errors = [], [], []

    def work():
        try:
            for _ in range(40):
                with single_flight(Store(tmp_path), KEY, lambda: None):
                    inside.append(True)
                    most.append(len(inside))
                    inside.pop()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (errors, len(most), max(most)) == ([], 160, 1)
    assert list(Store(tmp_path).work.iterdir()) == []


def test_without_a_folder_to_write_to_nobody_waits(tmp_path):
    """The block runs, as what can't be cached is computed all the same."""
    (tmp_path / "file").write_bytes(b"")
    ran = []
    with single_flight(Store(tmp_path / "file" / "store"), KEY, never):
        ran.append(True)

    assert ran == [True]


def test_a_dead_process_of_another_user_is_not_waited_for(tmp_path, monkeypatch):
    """Its folder can't be removed, so the block runs beside it."""

    def refused(folder):
        raise ColacliError(f"{folder} can't be removed")

    store, ran = Store(tmp_path), []
    store.prepare()
    left = store.work / f"{KEY}.making"
    left.mkdir()
    (left / "file").write_bytes(b"")
    monkeypatch.setattr(store, "remove", refused)
    with single_flight(store, KEY, never):
        ran.append(True)

    assert ran == [True]
    assert list(store.work.iterdir()) == [left]
