"""How the C library gives out memory to this process."""

from __future__ import annotations

import os
import sys

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
"""Of `mallopt(3)`."""
_MOST_FROM_HEAP = 2**30
"""Bytes of a block; larger ones come from the system and go back to it."""
_MOST_KEPT = 2**31 - 1
_SETTINGS = ("GLIBC_TUNABLES", "MALLOC_TRIM_THRESHOLD_", "MALLOC_MMAP_THRESHOLD_")


def keep_freed_memory() -> bool:
    """Let glibc keep what is freed for the next tensors; whether it will.

    Otherwise it gives the heap's end back to the system many times in a training, and the pages that come again are
    zeroed first: up to 100,000 a step of GPT-2, and some 2 % of the time of training and judging, in bad moments a
    quarter. It is for a process that is colacli's own: the memory comes back when it ends. A user's settings hold.
    """
    if not sys.platform.startswith("linux") or any(name in os.environ for name in _SETTINGS):
        return False
    import ctypes

    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # other C libraries have none
    # The second alone would make it worse: each of them ends the adapting of the other.
    return bool(mallopt and mallopt(_MMAP_THRESHOLD, _MOST_FROM_HEAP) and mallopt(_TRIM_THRESHOLD, _MOST_KEPT))
