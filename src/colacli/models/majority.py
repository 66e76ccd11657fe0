"""The baseline that does not read its sentences: the log-odds of the labels of train."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import torch
from msgspec import Meta
from torch import Tensor

from colacli.errors import IntegrityError
from colacli.store.canonical import canonical
from colacli.store.reading import decode, read_bounded

MAJORITY = "majority.json"


@dataclass(frozen=True)
class Majority:
    """One number for every sentence; stored as `majority.json`."""

    log_odds: Annotated[float, Meta(ge=-100, le=100)]
    """Of acceptable against not acceptable."""

    @classmethod
    def of(cls, labels: Sequence[int]) -> Majority:
        """The labels' log-odds, each count larger by one, so that they are finite where a label is missing."""
        positives = sum(labels)
        return cls(math.log((positives + 1) / (len(labels) - positives + 1)))

    def log_odds_of(self, texts: Sequence[str]) -> Tensor:
        """(texts,) in fp64."""
        return torch.full((len(texts),), self.log_odds, dtype=torch.float64)

    def save(self, folder: Path) -> None:
        """Write `majority.json`."""
        (folder / MAJORITY).write_bytes(canonical(self))


def load_majority(config: Path) -> Majority:
    """The baseline from its file.

    Raises:
        IntegrityError: it is damaged.
    """
    try:
        return decode(read_bounded(config), Majority)
    except (OSError, ValueError) as error:
        raise IntegrityError(f"{config} is damaged: {error}", "make the run again with --force") from error
