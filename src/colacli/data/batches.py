"""Packed batches: the tokens of a batch stand end to end, and only attention sees a grid.

Letters, here and in the models: B sentences, N tokens of all together, d the width of a
state, H heads, and a grid of R rows of W places for attention. A batch of CoLA padded to its
longest sentence is two thirds padding, so every layer that treats tokens alone gets (N, d).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor
from torch.nn.utils.rnn import PackedSequence

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_ROW = 64
"""Places in a row, unless a sentence is longer: six or seven sentences of CoLA, one product that fills the processor.

Of 40 to 128 the fastest with 48, and 2.1 times as fast as a row for each sentence (two cores, GPT-2's width).
"""


@dataclass(frozen=True)
class Rows:
    """Sentences side by side in short rows: what attention computes on, and who sees whom."""

    slots: Tensor
    """(N,) the place of each token on the grid (R x W)."""
    sources: Tensor
    """(R x W,) the token at each place; at an empty place any."""
    penalty: Tensor
    """(R, 1, W, before + W) added to scores: 0 where the query sees the key, -inf where not."""

    @classmethod
    def fit(cls, lengths: Sequence[int], before: int = 0) -> Rows:
        """Sentences in their order, each in the row where the one before it ended if it fits there whole.

        Args:
            lengths: tokens of each sentence.
            before: tokens read earlier, which all see; of one sentence only.
        """
        width = min(max(_ROW, *lengths), sum(lengths)) if len(lengths) > 1 else lengths[0]
        firsts, end = [], 0
        for length in lengths:
            if end % width + length > width:
                end += -end % width
            firsts.append(end)
            end += length
        count = -(-end // width)
        places = [torch.arange(first, first + length) for first, length in zip(firsts, lengths, strict=True)]
        slots = torch.cat(places)
        owners = torch.repeat_interleave(torch.arange(len(lengths)), torch.tensor(lengths))
        return cls._of(slots, owners, count, width, before)

    @classmethod
    def _of(cls, slots: Tensor, owners: Tensor, count: int, width: int, before: int) -> Rows:
        sources = torch.zeros(count * width, dtype=torch.int64).index_copy(0, slots, torch.arange(len(slots)))
        owner = torch.full((count * width,), -1).index_copy(0, slots, owners).view(count, 1, width)
        sees = (owner == owner.transpose(1, 2)).tril()  # an empty place sees empty ones: no softmax over nothing
        penalty = torch.zeros(count, 1, width, before + width)
        penalty[:, 0, :, before:].masked_fill_(~sees, -math.inf)
        return cls(slots, sources, penalty)

    @property
    def is_full(self) -> bool:
        """Whether no place is empty, so that (N, d) is the grid already."""
        return len(self.slots) == len(self.sources)

    def to(self, device: torch.device, dtype: torch.dtype) -> Rows:
        """The same on a device, for states of a type."""
        return Rows(self.slots.to(device), self.sources.to(device), self.penalty.to(device, dtype))

    def spread(self, states: Tensor) -> Tensor:
        """(N, d) -> (R, W, d); what stands at empty places means nothing."""
        grid = states if self.is_full else _move(states, self.sources, self.slots)
        return grid.view(len(self.penalty), -1, states.shape[1])

    def pack(self, grid: Tensor) -> Tensor:
        """(R, W, d) -> (N, d), the empty places dropped."""
        states = grid.reshape(-1, grid.shape[-1])
        return states if self.is_full else _move(states, self.slots, self.sources)


class _Moved(torch.autograd.Function):
    """Rows of a matrix at other places. A gather both ways: index_select's own backward would scatter and add.

    An empty place gets the gradient of any token. It goes nowhere: such a place sees only empty places, and is not
    among those that are gathered back.
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor, there: Tensor, back: Tensor) -> Tensor:
        ctx.back = back
        return x.index_select(0, there)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None, None]:
        return gradient.index_select(0, ctx.back), None, None


def _move(x: Tensor, there: Tensor, back: Tensor) -> Tensor:
    return _Moved.apply(x, there, back)  # type: ignore[no-any-return, no-untyped-call]


@dataclass(frozen=True)
class Batch:
    """B sentences' tokens end to end."""

    ids: Tensor
    """(N,) int64."""
    lengths: Tensor
    """(B,) int64, each at least 1."""
    start: int = 0
    """Tokens already read of the only sentence: the position of its first token here."""

    @cached_property
    def last(self) -> Tensor:
        """(B,) where each sentence's last token stands in N."""
        return self.lengths.cumsum(0) - 1

    @cached_property
    def positions(self) -> Tensor:
        """(N,) each token's position in its sentence."""
        firsts = self.lengths.cumsum(0) - self.lengths  # (B,)
        places = torch.arange(len(self.ids), device=self.ids.device) - firsts.repeat_interleave(self.lengths)
        return places + self.start

    @cached_property
    def reading(self) -> PackedSequence:
        """How a recurrent network reads it: where in N each token stands, all sentences' first tokens first.

        The longest sentence leads, so that no step has padding.
        """
        order = self.lengths.argsort(descending=True, stable=True)
        ranks = order.argsort()
        reading = (self.positions * len(order) + ranks.repeat_interleave(self.lengths)).argsort()
        counts = self.positions.bincount().cpu()  # torch wants them there
        return PackedSequence(reading, counts, order, ranks)

    @cached_property
    def rows(self) -> Rows:
        """How attention sees it, on the CPU."""
        lengths = [len(self.ids)] if len(self.lengths) == 1 else self.lengths.tolist()
        return Rows.fit(lengths, self.start)

    def to(self, device: torch.device | str) -> Batch:
        """The same batch on a device."""
        return Batch(self.ids.to(device), self.lengths.to(device), self.start)


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
