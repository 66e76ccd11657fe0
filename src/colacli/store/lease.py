"""Who works in a folder of `work/`. A lease only saves work: nothing that is stored depends on one."""

from __future__ import annotations

import os
import socket
import sys
import threading
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from colacli.store.canonical import canonical
from colacli.store.files import write_atomically
from colacli.store.reading import read_json

if TYPE_CHECKING:
    from collections.abc import Iterator

LEASE = "lease.json"
BEAT = 30.0
"""Seconds between two signs of life: the lease's time of change."""
STALE = 300.0
"""Seconds without one after which nobody works there any more."""


@contextmanager
def hold(folder: Path) -> Iterator[None]:
    """Be known to work in a folder until the block ends."""
    sign(folder)
    over = threading.Event()
    pulse = threading.Thread(target=_beat, args=(folder / LEASE, over), daemon=True)
    pulse.start()
    try:
        yield
    finally:
        over.set()
        pulse.join()
        (folder / LEASE).unlink(missing_ok=True)


def sign(folder: Path) -> None:
    """Write this process' lease."""
    write_atomically(folder / LEASE, canonical({"place": _place(), "pid": os.getpid()}))


def is_live(folder: Path) -> bool:
    """Whether some process still works in a folder; in doubt it does.

    It doesn't where its process is known to be dead, or where the last sign of life is too old.
    """
    lease = folder / LEASE
    try:
        age = time.time() - lease.stat().st_mtime
        holder = read_json(lease)
    except FileNotFoundError:
        return False
    except (OSError, ValueError):
        return True
    return age <= STALE and not _is_dead(holder)


class HeartbeatMonitor:
    """Looks at leases again and again, and trusts this process' own clock: other hosts' may be wrong by hours."""

    def __init__(self) -> None:
        self._seen: dict[Path, tuple[int, float]] = {}

    def is_live(self, folder: Path) -> bool:
        """Whether a folder's lease holds, and has given a sign of life while it was looked at."""
        if not is_live(folder):
            return False
        beat, now = _beat_of(folder), time.monotonic()
        if self._seen.get(folder, (None, 0.0))[0] != beat:
            self._seen[folder] = (beat, now)
        return now - self._seen[folder][1] <= STALE


def _beat(lease: Path, over: threading.Event) -> None:
    while not over.wait(BEAT):
        with suppress(OSError):  # the folder was taken over, or the disk is away: the work itself will learn it
            os.utime(lease)


def _beat_of(folder: Path) -> int:
    with suppress(OSError):
        return (folder / LEASE).stat().st_mtime_ns
    return 0


def _place() -> str:
    """Where process numbers mean what they mean here: a host, and on Linux a namespace of it."""
    with suppress(OSError):
        return f"{socket.gethostname()} {os.readlink('/proc/self/ns/pid')}"  # noqa: PTH115 - no file is there
    return socket.gethostname()


def _is_dead(holder: Any) -> bool:
    """Whether a lease's process is known not to be running."""
    if sys.platform == "win32" or not isinstance(holder, dict) or holder.get("place") != _place():
        return False
    pid = holder.get("pid")
    if not isinstance(pid, int) or pid <= 0:
        return False
    try:
        os.kill(pid, 0)  # sends nothing
    except (ProcessLookupError, OverflowError):
        return True
    except OSError:
        return False
    return False
