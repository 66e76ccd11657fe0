"""Whether some process still works in a folder of `work/`."""

from __future__ import annotations

import os
import socket
import time
from typing import TYPE_CHECKING

from colacli.store.reading import read_json

if TYPE_CHECKING:
    from pathlib import Path

LEASE = "lease.json"
STALE = 300.0
"""Seconds without a sign of life after which nobody works there any more."""


def is_live(folder: Path) -> bool:
    """Whether some process still works in a folder; in doubt it does."""
    try:
        age = time.time() - (folder / LEASE).stat().st_mtime
        holder = read_json(folder / LEASE)
    except FileNotFoundError:
        return False
    except (OSError, ValueError):
        return True
    return age <= STALE and not _is_dead(holder)


def _is_dead(holder: dict[str, str | int]) -> bool:
    """Whether a lease's process is known not to be running."""
    if os.name != "posix" or holder.get("place") != socket.gethostname():
        return False
    try:
        os.kill(int(holder["pid"]), 0)  # sends nothing
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False
