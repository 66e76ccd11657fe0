"""Packed batches: the tokens of a batch stand end to end, and only attention sees a padded layout.

Letters, here and in the models: B sentences, N tokens of all together, d the width of a state, H heads, and R rows of
W positions for attention. A batch of CoLA padded to its longest sentence is two thirds padding, so every layer that
treats tokens alone gets (N, d).
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
    """What GPT-2 reads: tokens end to end, whatever they are tokens of."""

    @property
    def ids(self) -> Tensor:
        """(N,) int64."""

    @property
    def positions(self) -> Tensor:
        """(N,) each token's position in its sentence."""

    @property
    def last(self) -> Tensor:
        """(B,) where each sentence's last token stands in N."""

    @property
    def layout(self) -> PaddedLayout:
        """How attention sees them, on the CPU."""


@dataclass(frozen=True)
class Batch:
    """B sentences' tokens end to end."""

    ids: Tensor
    """(N,) int64."""
    lengths: Tensor
    """(B,) int64, each at least 1."""

    @cached_property
    def last(self) -> Tensor:
        """(B,) where each sentence's last token stands in N."""
        return self.lengths.cumsum(0) - 1

    @cached_property
    def positions(self) -> Tensor:
        """(N,) each token's position in its sentence."""
        firsts = self.lengths.cumsum(0) - self.lengths  # (B,)
        return torch.arange(len(self.ids), device=self.ids.device) - firsts.repeat_interleave(self.lengths)

    @cached_property
    def reading_order(self) -> PackedSequence:
        """How a recurrent network reads it: where in N each token stands, all sentences' first tokens first.

        The longest sentence leads, so that no step has padding.
        """
        order = self.lengths.argsort(descending=True, stable=True)
        ranks = order.argsort()
        reading = (self.positions * len(order) + ranks.repeat_interleave(self.lengths)).argsort()
        counts = self.positions.bincount().cpu()  # torch wants them there
        return PackedSequence(reading, counts, order, ranks)

    @cached_property
    def layout(self) -> PaddedLayout:
        """How attention sees it, on the CPU."""
        return PaddedLayout.of_sentences(self.lengths.tolist())

    def to(self, device: torch.device | str) -> Batch:
        """The same batch on a device."""
        return Batch(self.ids.to(device), self.lengths.to(device))


@dataclass(frozen=True)
class Continuation:
    """The next tokens of B sentences, equally many of each, whose tokens so far are in a key-value cache."""

    next_ids: Tensor
    """(B, T) int64."""
    start: int
    """Tokens of each sentence that were read before."""

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
        """(B,) where each sentence's last token stands in N."""
        count, width = self.next_ids.shape
        return torch.arange(1, count + 1, device=self.next_ids.device) * width - 1

    @property
    def layout(self) -> PaddedLayout:
        """A row for each sentence."""
        return PaddedLayout.of_rows(len(self.next_ids), self.next_ids.shape[1], self.start)


def split_sentences(ids: Tensor, lengths: Tensor) -> list[list[int]]:
    """Sentences that stand end to end, as lists of ids."""
    flat, ends = ids.tolist(), lengths.cumsum(0).tolist()
    return [flat[start:end] for start, end in itertools.pairwise([0, *ends])]


@dataclass(frozen=True)
class Tokens:
    """Sentences as token ids, end to end."""

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

    def by_beginning(self, batch_size: int) -> Sequence[Tensor]:
        """Every sentence once, in batches (B,), those that begin alike together, so that they can share it."""
        sentences = split_sentences(self.ids, self.lengths)
        return torch.split(torch.tensor(sorted(range(len(sentences)), key=sentences.__getitem__)), batch_size)
