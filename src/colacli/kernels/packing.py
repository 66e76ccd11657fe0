"""Packed batches: the concatenated tokens of a batch, which attention alone needs in a padded layout.

Letters, here and in the models: B sentences, N tokens in all, d width of the states, H heads, R rows of W positions for
attention. A batch of CoLA padded to its longest sentence is two thirds padding, so all other layers get (N, d).
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import torch
from torch import Tensor
from torch.nn.utils.rnn import PackedSequence

from colacli.kernels.layout import PaddedLayout
from colacli.kernels.sending import send


class Packed(Protocol):
    """The inputs of GPT-2: concatenated tokens."""

    @property
    def ids(self) -> Tensor:
        """(N,) int64."""

    @property
    def positions(self) -> Tensor:
        """(N,) each token's position in its sentence."""

    @property
    def last(self) -> Tensor:
        """(B,) index of each sentence's last token in N."""

    @property
    def layout(self) -> PaddedLayout:
        """For attention."""


@dataclass(frozen=True)
class Prepared:
    """The same as plain tensors, on the host or on the device where it is computed with."""

    ids: Tensor
    positions: Tensor
    last: Tensor
    layout: PaddedLayout

    @classmethod
    def of(cls, numbers: Sequence[Tensor], width: int, before: int = 0) -> Prepared:
        """From its `numbers_of`, with the width of a row and the number of cached tokens."""
        ids, positions, last, in_rows, of_rows, *until = numbers
        return cls(ids, positions, last, PaddedLayout(in_rows, of_rows, until[0] if until else None, width, before))


def numbers_of(tokens: Packed) -> list[Tensor]:
    """All integers of packed tokens."""
    layout = tokens.layout
    until = [] if layout.until is None else [layout.until]
    return [tokens.ids, tokens.positions, tokens.last, layout.positions, layout.tokens, *until]


def prepare(tokens: Packed, device: torch.device) -> Packed:
    """Packed tokens on a device, in one transfer; the same where they are there already."""
    if tokens.ids.device.type == device.type:
        return tokens
    return Prepared.of(send(numbers_of(tokens), device), tokens.layout.width, tokens.layout.before)


@dataclass(frozen=True)
class Reading:
    """A batch in the order of a recurrent network, on the device where it is computed with."""

    ids: PackedSequence
    """(N,) token ids: all first tokens, all second ones, and so on, the longest sentence first in each step."""
    lengths: Tensor
    """(B,)."""
    layout: PaddedLayout | None
    """From (N, d) in this order to (B, T, d), a row for each sentence; None where it was not asked for."""
    others: tuple[Tensor, ...] = ()
    """Each (N,), in this order: what else was asked for of the tokens."""
    is_padded: bool = False
    """Whether all sentences have T tokens, with padding after those that they have: N is T B then."""

    @classmethod
    def of_padded(cls, ids: Tensor, lengths: Tensor) -> Reading:
        """Of padded ids (T, B) and lengths (B,), both on a device."""
        steps, count = ids.shape
        numbers = torch.arange(steps * count, device=ids.device)
        positions = numbers.view(count, steps).t().flatten()
        tokens = numbers.view(steps, count).t().flatten()
        layout = PaddedLayout(positions, tokens, None, steps, is_ascending=False)
        sentences = PackedSequence(ids.flatten(), torch.full((steps,), count))
        return cls(sentences, lengths, layout, is_padded=True)


@dataclass(frozen=True)
class Batch:
    """The concatenated tokens of B sentences, on the host."""

    ids: Tensor
    """(N,) int64."""
    lengths: Tensor
    """(B,) int64, each at least 1."""
    indices: Tensor | None = None
    """(N,) where each token was in the `Tokens` that the batch is from; None where it is from none."""

    @cached_property
    def last(self) -> Tensor:
        """(B,) index of each sentence's last token in N."""
        return self.lengths.cumsum(0) - 1

    @cached_property
    def positions(self) -> Tensor:
        """(N,) each token's position in its sentence."""
        firsts = self.lengths.cumsum(0) - self.lengths  # (B,)
        return torch.arange(len(self.ids)) - firsts.repeat_interleave(self.lengths)

    @cached_property
    def reading_order(self) -> PackedSequence:
        """Indices in N in the order of a recurrent network: all first tokens, all second ones, and so on.

        The longest sentence is first in each step, so that no step has padding.
        """
        order = self.lengths.argsort(descending=True, stable=True)
        ranks = order.argsort()
        indices = (self.positions * len(order) + ranks.repeat_interleave(self.lengths)).argsort()
        return PackedSequence(indices, self.positions.bincount(), order, ranks)

    @cached_property
    def layout(self) -> PaddedLayout:
        """For attention."""
        return PaddedLayout.of_sentences(self.lengths.tolist())

    def reading(self, device: torch.device, *, padded: bool, others: Sequence[Tensor] = ()) -> Reading:
        """What a recurrent network on a device reads, in one transfer; with a layout where `padded`.

        With it come other int64 of the tokens, each (N,) on the host.
        """
        order = self.reading_order
        sentences, ranks = order.sorted_indices, order.unsorted_indices
        assert sentences is not None
        assert ranks is not None
        rows = self._reading_rows() if padded else []
        of_tokens = [one[order.data] for one in (self.ids, *others)]
        sentences, ranks, lengths, ids, *rest = send([sentences, ranks, self.lengths, *of_tokens, *rows], device)
        there, rows = rest[: len(others)], rest[len(others) :]
        layout = PaddedLayout(rows[0], rows[1], None, len(order.batch_sizes), is_ascending=False) if padded else None
        return Reading(PackedSequence(ids, order.batch_sizes, sentences, ranks), lengths, layout, tuple(there))

    def _reading_rows(self) -> list[Tensor]:
        """Positions and tokens of the layout of `Reading`."""
        order = self.reading_order
        width = len(order.batch_sizes)
        sentences = torch.arange(len(self.lengths)).repeat_interleave(self.lengths)
        positions = (sentences * width + self.positions)[order.data]  # (N,)
        tokens = torch.zeros(len(self.lengths) * width, dtype=torch.int64)
        return [positions, tokens.index_copy(0, positions, torch.arange(len(positions)))]


@dataclass(frozen=True)
class Continuation:
    """The next tokens of B sentences, equally many of each, on the host; the previous ones are in a key-value cache."""

    next_ids: Tensor
    """(B, T) int64."""
    start: int
    """Number of previous tokens of each sentence."""

    @property
    def ids(self) -> Tensor:
        """(N,), N = B T."""
        return self.next_ids.flatten()

    @property
    def positions(self) -> Tensor:
        """(N,) each token's position in its sentence."""
        count, width = self.next_ids.shape
        return torch.arange(self.start, self.start + width).repeat(count)

    @property
    def last(self) -> Tensor:
        """(B,) index of each sentence's last token in N."""
        count, width = self.next_ids.shape
        return torch.arange(1, count + 1) * width - 1

    @property
    def layout(self) -> PaddedLayout:
        """A row for each sentence."""
        return PaddedLayout.of_rows(len(self.next_ids), self.next_ids.shape[1], self.start)


def split_sentences(ids: Tensor, lengths: Tensor) -> list[list[int]]:
    """Concatenated sentences, as lists of ids."""
    flat, ends = ids.tolist(), lengths.cumsum(0).tolist()
    return [flat[start:end] for start, end in itertools.pairwise([0, *ends])]


@dataclass(frozen=True)
class Tokens:
    """The concatenated token ids of sentences."""

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
        firsts = self._ends[rows] - lengths  # (B,) index of each sentence's first token in `ids`
        within = torch.arange(int(lengths.sum())) - (lengths.cumsum(0) - lengths).repeat_interleave(lengths)
        indices = firsts.repeat_interleave(lengths) + within
        return Batch(self.ids[indices].long(), lengths, indices)

    def select(self, rows: Sequence[int]) -> Tokens:
        """The sentences at `rows`."""
        batch = self.batch(torch.tensor(rows, dtype=torch.int64))
        return Tokens(batch.ids.int(), batch.lengths)

    def and_also(self, other: Tokens) -> Tokens:
        """These sentences, then those."""
        return Tokens(torch.cat([self.ids, other.ids]), torch.cat([self.lengths, other.lengths]))

    def after(self, token: int) -> Tokens:
        """The same sentences, each after this token."""
        lengths = self.lengths + 1
        ids = torch.full((len(self.ids) + len(lengths),), token, dtype=self.ids.dtype)
        is_old = torch.ones(len(ids), dtype=torch.bool)
        is_old[lengths.cumsum(0) - lengths] = False
        ids[is_old] = self.ids
        return Tokens(ids, lengths)

    def by_prefix(self, batch_size: int) -> Sequence[Tensor]:
        """The row of every sentence, in batches (B,); sentences with a common prefix are adjacent."""
        sentences = split_sentences(self.ids, self.lengths)
        return torch.split(torch.tensor(sorted(range(len(sentences)), key=sentences.__getitem__)), batch_size)
