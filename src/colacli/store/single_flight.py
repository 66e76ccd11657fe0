"""Of several processes that want the same cached thing one makes it, and the others wait for it."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from colacli.errors import ColacliError
from colacli.store.files import rename_folder, scratch_folder
from colacli.store.folders import Folders
from colacli.store.lease import HeartbeatMonitor, heartbeat, write_lease

_INTERVAL = 0.2
"""Seconds between two looks at whether the other process still works."""


@contextmanager
def single_flight(store: Folders, key: str, on_wait: Callable[[], None]) -> Iterator[None]:
    """A block that no other process is in, by the key of what is made in it; it looks into the cache first.

    Like every lease it only saves work: whoever is taken for dead wrongly makes the same again. In a store that can't
    be written to nobody waits.

    Args:
        store: whose cache is filled.
        key: of what is made.
        on_wait: called once, when another process is waited for.
    """
    with ExitStack() as stack:
        with suppress(OSError, ColacliError):  # the latter of a dead process' folder that is another user's
            store.prepare()
            folder = store.work / f"{key}.making"
            _take(store, folder, on_wait)
            stack.callback(_give_up, store, folder)
            stack.enter_context(heartbeat(folder))
        yield


def _take(store: Folders, folder: Path, on_wait: Callable[[], None]) -> None:
    """Make a folder that is there once, with a lease in it; wait while another process' is there and valid."""
    monitor, is_waiting = HeartbeatMonitor(), False
    with scratch_folder(folder.with_suffix(f".{uuid.uuid4().hex}")) as own:
        write_lease(own)
        while not rename_folder(own, folder):
            seen = _identity(folder)
            if monitor.is_live(folder):
                if not is_waiting:
                    is_waiting = True
                    on_wait()
                time.sleep(_INTERVAL)
            elif seen and seen == _identity(folder):  # else its process has left by itself; another may be there now
                store.remove(folder)


def _give_up(store: Folders, folder: Path) -> None:
    """Rename the folder away with its lease: one without would be removed by who waits, or replaced if it is empty."""
    with suppress(OSError, ColacliError):  # it becomes stale
        store.remove(folder)


def _identity(folder: Path) -> tuple[int, int] | None:
    """What tells a folder from another of this name; None where there is none."""
    with suppress(OSError):
        status = folder.stat()
        return status.st_ino, status.st_mtime_ns
    return None
