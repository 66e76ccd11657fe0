"""The steps of a recurrent network through packed sentences.

Letters: N tokens of B sentences in the order of steps: all first tokens, all second ones, and so on, the longest
sentence first in each step, so that the sentences of a step are the first of the step before.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor


@dataclass(frozen=True)
class Steps:
    """The steps of a direction through N tokens."""

    counts: list[int]
    """Tokens of each step, not increasing."""
    is_reverse: bool

    @property
    def slices(self) -> list[slice]:
        """Each step's tokens in N, in the order of the direction."""
        ends = list(itertools.accumulate(self.counts))
        steps = [slice(end - count, end) for end, count in zip(ends, self.counts, strict=True)]
        return steps[::-1] if self.is_reverse else steps

    @cached_property
    def starts(self) -> Tensor:
        """(steps + 1,) int64, where each step begins in N, and N."""
        return torch.tensor([0, *itertools.accumulate(self.counts)])

    def split(self, x: Tensor) -> list[Tensor]:
        """Views of the rows of (N, k) of each step, in the order of the direction."""
        steps = [*torch.split(x, self.counts)]
        return steps[::-1] if self.is_reverse else steps

    def product_of_neighbours(self, later: Tensor, earlier: Tensor) -> Tensor:
        """The sum over pairs of consecutive tokens of the outer product of rows of (N, h) and (N, k)."""
        first, counts = self.counts[0], torch.tensor(self.counts)
        # In N the index of each token's left neighbour, but for the first tokens.
        left_neighbours = torch.arange(first, len(later)) - counts[:-1].repeat_interleave(counts[1:])
        if self.is_reverse:
            return later.index_select(0, left_neighbours).T @ earlier[first:]
        return later[first:].T @ earlier.index_select(0, left_neighbours)
