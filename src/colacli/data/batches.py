"""Packed batches: the tokens of a batch stand end to end, and only attention sees a grid.

Letters, here and in the models: B sentences, N tokens of all together, d the width of a
state, H heads, and a grid of R rows of W places for attention. A batch of CoLA padded to its
longest sentence is two thirds padding, so every layer that treats tokens alone gets (N, d).
"""

from __future__ import annotations

import itertools
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

A row for each sentence takes 2.1 times as long, rows of 40 or 48 places are no faster, and 128 take half as long again.
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
    def fit(cls, lengths: Sequence[int]) -> Rows:
        """Sentences of these lengths in their order, each in the row of the one before if it fits there whole."""
        width = max(_ROW, *lengths)
        firsts, end = [], 0
        for length in lengths:
            if end % width + length > width:
                end += -end % width
            firsts.append(end)
            end += length
        count = -(-end // width)
        slots = torch.cat([torch.arange(first, first + own) for first, own in zip(firsts, lengths, strict=True)])
        owners = torch.repeat_interleave(torch.arange(len(lengths)), torch.tensor(lengths))
        owner = torch.full((count * width,), -1).index_copy(0, slots, owners).view(count, 1, width)
        sees = (owner == owner.transpose(1, 2)).tril()  # an empty place sees empty ones: no softmax over nothing
        penalty = torch.zeros(count, 1, width, width).masked_fill_(~sees[:, None], -math.inf)
        return cls(slots, _sources(slots, count * width), penalty)

    @classmethod
    def full(cls, count: int, width: int, before: int = 0) -> Rows:
        """A row for each of some sentences that are equally long, and that see the tokens read before them."""
        places = torch.arange(count * width)
        causal = torch.full((width, before + width), -math.inf).triu(before + 1)
        return cls(places, places, causal.expand(count, 1, width, before + width))

    @classmethod
    def seeing(cls, slots: Tensor, seen: Tensor, count: int, width: int) -> Rows:
        """Tokens at these slots of `count` rows; `seen` are the elements of the penalty, flat, that are 0."""
        penalty = torch.full((count, 1, width, width), -math.inf)
        penalty.view(-1)[seen] = 0.0
        penalty.diagonal(dim1=2, dim2=3).zero_()  # an empty place sees itself: no softmax over nothing
        return cls(slots, _sources(slots, count * width), penalty)

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


def _sources(slots: Tensor, places: int) -> Tensor:
    """The token at each place; the first at an empty one."""
    return torch.zeros(places, dtype=torch.int64).index_copy(0, slots, torch.arange(len(slots)))


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
    """Tokens already read of every sentence: the position of its first token here."""

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
        return Rows.fit(self.lengths.tolist())

    @cached_property
    def own_rows(self) -> Rows:
        """The same where what was read before is remembered: a row for each sentence, all equally long."""
        return Rows.full(len(self.lengths), len(self.ids) // len(self.lengths), self.start)

    def to(self, device: torch.device | str) -> Batch:
        """The same batch on a device."""
        return Batch(self.ids.to(device), self.lengths.to(device), self.start)

    def shared(self) -> Prefixes:
        """The same sentences, what neighbours begin with in common read once."""
        return Prefixes.of(_sentences(self.ids, self.lengths), self.ids.device)


@dataclass(frozen=True)
class Prefixes:
    """The distinct prefixes of sentences, those of a row's neighbours that begin alike read once.

    In a causal model equal prefixes have equal states, so no number changes, only how often it is computed. Dropout
    is drawn for each sentence, so in training no two states are equal.
    """

    ids: Tensor
    """(N,) int64, the last token of each."""
    positions: Tensor
    """(N,) its position."""
    last: Tensor
    """(B,) where each whole sentence stands in N."""
    rows: Rows

    @classmethod
    def of(cls, sentences: Sequence[Sequence[int]], device: torch.device) -> Prefixes:
        """Of sentences' token ids, in an order that has those that begin alike together."""
        width = max(_ROW, *map(len, sentences))
        ids, positions, slots, last = [], [], [], []
        seen: list[int] = []  # of the grid of penalties, the elements that are 0
        path: list[int] = []  # the places, in their row, of the prefixes of the sentence before
        before: Sequence[int] = ()
        row = end = 0
        for sentence in sentences:
            common = _common(before, sentence)
            if end + len(sentence) - common > width:
                common, row, end = 0, row + 1, 0
            del path[common:]
            for position in range(common, len(sentence)):
                path.append(end)
                ids.append(sentence[position])
                positions.append(position)
                slots.append(row * width + end)
                seen += [slots[-1] * width + place for place in path]
                end += 1
            last.append(len(ids) - end + path[-1])
            before = sentence
        rows = Rows.seeing(torch.tensor(slots), torch.tensor(seen), row + 1, width)
        made = (torch.tensor(values, device=device) for values in (ids, positions, last))
        return cls(*made, rows)  # type: ignore[call-arg, arg-type] # three tensors


def _sentences(ids: Tensor, lengths: Tensor) -> list[list[int]]:
    """Sentences that stand end to end, as lists of ids."""
    flat, ends = ids.tolist(), lengths.cumsum(0).tolist()
    return [flat[start:end] for start, end in itertools.pairwise([0, *ends])]


def _common(one: Sequence[int], other: Sequence[int]) -> int:
    """How many tokens two sentences begin with in common."""
    for place, (a, b) in enumerate(zip(one, other, strict=False)):
        if a != b:
            return place
    return min(len(one), len(other))


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


def by_beginning(tokens: Tokens, batch_size: int) -> Iterator[Tensor]:
    """Every row once, sentences that begin alike together, so that they can share it."""
    sentences = _sentences(tokens.ids, tokens.lengths)
    return iter(torch.split(torch.tensor(sorted(range(len(sentences)), key=sentences.__getitem__)), batch_size))
