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
        """For attention, on the CPU."""


@dataclass(frozen=True)
class Batch:
    """The concatenated tokens of B sentences."""

    ids: Tensor
    """(N,) int64."""
    lengths: Tensor
    """(B,) int64, each at least 1."""

    @cached_property
    def last(self) -> Tensor:
        """(B,) index of each sentence's last token in N."""
        return self.lengths.cumsum(0) - 1

    @cached_property
    def positions(self) -> Tensor:
        """(N,) each token's position in its sentence."""
        firsts = self.lengths.cumsum(0) - self.lengths  # (B,)
        return torch.arange(len(self.ids), device=self.ids.device) - firsts.repeat_interleave(self.lengths)

    @cached_property
    def reading_order(self) -> PackedSequence:
        """Indices in N in the order of a recurrent network: all first tokens, all second ones, and so on.

        The longest sentence is first in each step, so that no step has padding.
        """
        order = self.lengths.argsort(descending=True, stable=True)
        ranks = order.argsort()
        indices = (self.positions * len(order) + ranks.repeat_interleave(self.lengths)).argsort()
        counts = self.positions.bincount().cpu()  # where torch needs them
        return PackedSequence(indices, counts, order, ranks)

    @cached_property
    def layout(self) -> PaddedLayout:
        """For attention, on the CPU."""
        return PaddedLayout.of_sentences(self.lengths.tolist())

    def to(self, device: torch.device | str) -> Batch:
        """The batch on a device."""
        return Batch(self.ids.to(device), self.lengths.to(device))


@dataclass(frozen=True)
class Continuation:
    """The next tokens of B sentences, equally many of each; their previous tokens are in a key-value cache."""

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
        return torch.arange(self.start, self.start + width, device=self.next_ids.device).repeat(count)

    @property
    def last(self) -> Tensor:
        """(B,) index of each sentence's last token in N."""
        count, width = self.next_ids.shape
        return torch.arange(1, count + 1, device=self.next_ids.device) * width - 1

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
        return Batch(self.ids[firsts.repeat_interleave(lengths) + within].long(), lengths)

    def select(self, rows: Sequence[int]) -> Tokens:
        """The sentences at `rows`."""
        batch = self.batch(torch.tensor(rows, dtype=torch.int64))
        return Tokens(batch.ids.int(), batch.lengths)

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
