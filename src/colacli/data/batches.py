"""Packed batches: the tokens of a batch stand end to end, and only attention sees a grid.

Letters, here and in the models: B sentences, T tokens of the longest, N tokens of all
together, d the width of a state, H heads. A batch of CoLA padded to its longest sentence
is two thirds padding, so every layer that treats tokens alone gets (N, d).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import torch
from torch import Tensor

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


@dataclass(frozen=True)
class Batch:
    """B sentences' tokens end to end."""

    ids: Tensor
    """(N,) int64."""
    lengths: Tensor
    """(B,) int64, each at least 1."""
    start: int = 0
    """Tokens already read of every sentence: the position of its first token here."""

    @cached_property
    def width(self) -> int:
        """T, the tokens of the longest sentence."""
        return int(self.lengths.max())

    @cached_property
    def is_grid(self) -> bool:
        """Whether all sentences are equally long, so that (N, d) is (B, T, d) already."""
        return len(self.ids) == len(self.lengths) * self.width

    @cached_property
    def last(self) -> Tensor:
        """(B,) where each sentence's last token stands in N."""
        return self.lengths.cumsum(0) - 1

    @cached_property
    def positions(self) -> Tensor:
        """(N,) each token's position in its sentence."""
        return self._places + self.start

    @cached_property
    def slots(self) -> Tensor:
        """(N,) where each token stands in a (B x T) grid."""
        rows = torch.repeat_interleave(torch.arange(len(self.lengths), device=self.ids.device), self.lengths)
        return rows * self.width + self._places

    @cached_property
    def _places(self) -> Tensor:
        firsts = self.lengths.cumsum(0) - self.lengths  # (B,)
        return torch.arange(len(self.ids), device=self.ids.device) - firsts.repeat_interleave(self.lengths)

    def to(self, device: torch.device | str) -> Batch:
        """The same batch on a device."""
        return Batch(self.ids.to(device), self.lengths.to(device), self.start)

    def spread(self, states: Tensor) -> Tensor:
        """(N, d) -> (B, T, d), zeros after each sentence's end."""
        shape = (len(self.lengths), self.width, states.shape[1])
        if self.is_grid:
            return states.view(shape)
        grid = states.new_zeros(shape[0] * shape[1], shape[2])
        return grid.index_copy(0, self.slots, states).view(shape)

    def pack(self, grid: Tensor) -> Tensor:
        """(B, T, d) -> (N, d), the padding dropped."""
        states = grid.reshape(-1, grid.shape[-1])
        return states if self.is_grid else states.index_select(0, self.slots)


@dataclass(frozen=True)
class Tokens:
    """A split's sentences as token ids, end to end."""

    ids: Tensor
    """(all tokens,) int32."""
    lengths: Tensor
    """(sentences,) int64."""

    def __len__(self) -> int:
        return len(self.lengths)

    @cached_property
    def _ends(self) -> Tensor:
        return self.lengths.cumsum(0)

    def batch(self, rows: Tensor) -> Batch:
        """The sentences at `rows` (B,), in that order."""
        lengths = self.lengths[rows]
        firsts = self._ends[rows] - lengths  # (B,) where each begins in `ids`
        within = torch.arange(int(lengths.sum())) - (lengths.cumsum(0) - lengths).repeat_interleave(lengths)
        return Batch(self.ids[firsts.repeat_interleave(lengths) + within].long(), lengths)

    def select(self, rows: Sequence[int]) -> Tokens:
        """A part of the sentences."""
        batch = self.batch(torch.tensor(rows, dtype=torch.int64))
        return Tokens(batch.ids.int(), batch.lengths)


def shuffled(count: int, batch_size: int, generator: torch.Generator) -> Iterator[Tensor]:
    """Every row once, in random order, in batches (B,)."""
    return iter(torch.split(torch.randperm(count, generator=generator), batch_size))


def by_length(tokens: Tokens, batch_size: int) -> Iterator[Tensor]:
    """Every row once, like lengths together, so that little of a grid is padding."""
    return iter(torch.split(tokens.lengths.argsort(stable=True), batch_size))
