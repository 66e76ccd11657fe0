"""What every call takes, whatever it computes."""

from __future__ import annotations

from os import PathLike
from typing import TypedDict

from colacli.api.progress import Progress

Pathlike = str | PathLike[str]


class Call(TypedDict, total=False):
    """What every call that computes takes."""

    progress: Progress
    """Who is told how it goes: None for bars in a notebook or a terminal, True, False, or a function."""
