"""Of several processes that want the same cached thing one makes it, and the others wait for it."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from colacli.errors import ColacliError
from colacli.store.files import remove_folder, rename_folder, scratch_folder
from colacli.store.folders import Folders
from colacli.store.lease import HeartbeatMonitor, hold, write_lease

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
            stack.callback(remove_folder, folder)
            stack.enter_context(hold(folder))
        yield


def _take(store: Folders, folder: Path, on_wait: Callable[[], None]) -> None:
    """Make a folder that is there once, with a lease in it; wait while another process' is there and valid."""
    monitor, is_waiting = HeartbeatMonitor(), False
    with scratch_folder(folder.with_suffix(f".{uuid.uuid4().hex}")) as own:
        write_lease(own)
        while not rename_folder(own, folder):
            if not monitor.is_live(folder):
                store.remove(folder)
                continue
            if not is_waiting:
                is_waiting = True
                on_wait()
            time.sleep(_INTERVAL)
