"""Who works in a folder of `work/`. A lease only saves work: nothing that is stored depends on one."""

from __future__ import annotations

import os
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from msgspec import Meta

from colacli.store.canonical import canonical
from colacli.store.files import write_atomically
from colacli.store.reading import Text, decode, read_bounded

LEASE = "lease.json"
INTERVAL = 30.0
"""Seconds between two heartbeats: the lease's time of modification."""
STALE = 300.0
"""Seconds without a heartbeat after which nobody works there any more."""


@dataclass(frozen=True)
class _Lease:
    place: Text
    pid: Annotated[int, Meta(gt=0)]


@contextmanager
def hold(folder: Path) -> Iterator[None]:
    """Hold a folder's lease, with a heartbeat, until the block ends."""
    write_lease(folder)
    try:
        with heartbeat(folder):
            yield
    finally:
        (folder / LEASE).unlink(missing_ok=True)


@contextmanager
def heartbeat(folder: Path) -> Iterator[None]:
    """Send a heartbeat to a lease that is there, until the block ends."""
    stopped = threading.Event()
    thread = threading.Thread(target=_send_heartbeats, args=(folder / LEASE, stopped), daemon=True)
    thread.start()
    try:
        yield
    finally:
        stopped.set()
        thread.join()


def write_lease(folder: Path) -> None:
    """Say that this process works there."""
    write_atomically(folder / LEASE, canonical(_Lease(_place(), os.getpid())))


def is_live(folder: Path) -> bool:
    """Whether some process still works in a folder: its last heartbeat is recent, and it is not known to be dead."""
    path = folder / LEASE
    try:
        return time.time() - path.stat().st_mtime <= STALE and not _is_dead(decode(read_bounded(path), _Lease))
    except FileNotFoundError:
        return False
    except (OSError, ValueError):  # in doubt it does
        return True


class HeartbeatMonitor:
    """Reads leases repeatedly, and trusts this process' own clock: other hosts' may be wrong by hours."""

    def __init__(self) -> None:
        self._seen: dict[Path, tuple[int, float]] = {}

    def is_live(self, folder: Path) -> bool:
        """Whether a folder's lease is valid, and its heartbeat has not stopped for as long as it was watched."""
        if not is_live(folder):
            return False
        heartbeat, now = 0, time.monotonic()
        with suppress(OSError):
            heartbeat = (folder / LEASE).stat().st_mtime_ns
        if self._seen.get(folder, (None, 0.0))[0] != heartbeat:
            self._seen[folder] = (heartbeat, now)
        return now - self._seen[folder][1] <= STALE


def _send_heartbeats(lease: Path, stopped: threading.Event) -> None:
    while not stopped.wait(INTERVAL):
        with suppress(OSError):  # the folder was renamed, or the disk is away: the work itself will fail
            os.utime(lease)


def _place() -> str:
    """Where process numbers mean what they mean here: a host, and on Linux a namespace of it."""
    with suppress(OSError):
        return f"{socket.gethostname()} {os.readlink('/proc/self/ns/pid')}"  # noqa: PTH115 - no file is there
    return socket.gethostname()


def _is_dead(lease: _Lease) -> bool:
    """Whether a lease's process is known not to be running."""
    if sys.platform == "win32" or lease.place != _place():
        return False
    try:
        os.kill(lease.pid, 0)  # sends nothing
    except (ProcessLookupError, OverflowError):
        return True
    except OSError:
        return False
    return False
