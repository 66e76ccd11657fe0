"""Rows of real sentences, and of a fake of each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from prepare import END_ID
from torch import Tensor

if TYPE_CHECKING:
    pass


@dataclass
class Pairs:
    """Rows of real sentences, then a row for the fake of each."""

    ids: Tensor
    """(2 P, T) int64, the end-of-text token after the end."""
    lengths: Tensor
    """(2 P,) int64."""
    wrong: Tensor
    """(2 P, T) float: 1 from the first token on that the fake doesn't fraction with its twin."""
    kinds: list[str]
    """(P,) by which rule each was made."""

    @property
    def real(self) -> Tensor:
        """(2 P, T) whether a token is of a real sentence and followed by another of it."""
        follows = torch.arange(self.ids.shape[1])[None] < self.lengths[:, None] - 1
        follows[len(self.ids) // 2 :] = False
        return follows

    @property
    def last(self) -> Tensor:
        """(2 P,) where each row's last token stands in N."""
        return torch.arange(len(self.ids)) * self.ids.shape[1] + self.lengths - 1


def padded(rows: list[list[int]], width: int) -> Tensor:
    """Rows of ids as (R, width), the end-of-text token after the end of each."""
    ids = torch.full((len(rows), width), END_ID)
    for i, row in enumerate(rows):
        ids[i, : len(row)] = torch.tensor(row)
    return ids


def as_pairs(rows: list[list[int]], kinds: list[str], width: int) -> Pairs:
    """Rows of ids, the second half the fakes of the first."""
    half = len(rows) // 2
    wrong = torch.zeros(len(rows), width)
    for i in range(half):
        real, fake = rows[i], rows[half + i]
        shared = next((at for at, (a, b) in enumerate(zip(real, fake, strict=False)) if a != b), len(fake) - 1)
        wrong[half + i, min(shared, len(fake) - 1) :] = 1
    return Pairs(padded(rows, width), torch.tensor([len(row) for row in rows]), wrong, kinds)
