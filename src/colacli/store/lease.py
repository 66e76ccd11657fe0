"""Whether some process still works in a folder of `work/`."""

from __future__ import annotations

import os
import socket
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from colacli.store.reading import read_json

if TYPE_CHECKING:
    from pathlib import Path

LEASE = "lease.json"
_SILENCE = 3600.0  # seconds without a sign of life


def is_live(folder: Path) -> bool:
    """Whether a process still works in a folder; in doubt it does."""
    with suppress(OSError, ValueError, TypeError, AttributeError):
        holder = read_json(folder / LEASE)
        if os.name == "posix" and holder.get("host") == socket.gethostname():
            return _lives(int(holder["pid"]))
    beat = folder / LEASE
    with suppress(OSError):
        return time.time() - (beat if beat.exists() else folder).stat().st_mtime < _SILENCE
    return folder.exists()


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True
