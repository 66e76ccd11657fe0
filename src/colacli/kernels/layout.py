"""The padded layout in which attention sees a packed batch.

Letters: N tokens, d the width of a state, R rows of W positions, K keys.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

ROW_WIDTH = 64
"""Positions in a row, unless a sentence is longer: six or seven sentences of CoLA.

A row for each sentence takes 2.1 times as long, rows of 40 or 48 positions are no faster, and 128 take half as long
again.
"""


@dataclass(frozen=True)
class PaddedLayout:
    """Sentences side by side in short rows: what attention computes on, and which token sees which."""

    positions: Tensor
    """(N,) where each token stands in the R * W positions of all rows."""
    tokens: Tensor
    """(R * W,) the token at each position; at an empty one any."""
    mask: Tensor
    """(R, 1, W, K) added to scores: 0 where the query sees the key, -inf where not."""

    @classmethod
    def of_trees(cls, positions: Tensor, ends: Tensor, width: int) -> PaddedLayout:
        """Tokens of which each sees itself and those it follows: a sentence, or several that begin alike.

        Where such a tree of tokens stands in preorder, what follows a token stands in one stretch after it, so a key
        is seen by the queries from its own position up to the end of that stretch.

        Args:
            positions: (N,) ascending.
            ends: (N,) the end of what follows each token, among the positions.
            width: W.
        """
        count = -(-(int(positions[-1]) + 1) // width) * width
        every = torch.arange(count)
        until = (every + 1).index_copy(0, positions, ends).view(-1, 1, width)  # an empty position sees itself alone
        keys = every.view(-1, 1, width)
        queries = keys.transpose(1, 2)
        hidden = (keys > queries) | (queries >= until)  # (R, W, W)
        mask = torch.zeros(hidden.shape).masked_fill_(hidden, -math.inf)
        tokens = torch.zeros(count, dtype=torch.int64).index_copy(0, positions, torch.arange(len(positions)))
        return cls(positions, tokens, mask[:, None])

    @classmethod
    def of_sentences(cls, lengths: Sequence[int]) -> PaddedLayout:
        """Sentences of these lengths in their order, each in the row of the one before if it fits there."""
        width = max(ROW_WIDTH, *lengths)
        firsts, end = [], 0
        for length in lengths:
            if end % width + length > width:
                end += -end % width
            firsts.append(end)
            end += length
        first, count = torch.tensor(firsts), torch.tensor(lengths)
        within = torch.arange(int(count.sum())) - (count.cumsum(0) - count).repeat_interleave(count)
        return cls.of_trees(first.repeat_interleave(count) + within, (first + count).repeat_interleave(count), width)

    @classmethod
    def of_rows(cls, count: int, width: int, before: int) -> PaddedLayout:
        """A row for each of some sentences that are equally long, and that see the tokens read before them."""
        every = torch.arange(count * width)
        causal = torch.full((width, before + width), -math.inf).triu(before + 1)
        return cls(every, every, causal.expand(count, 1, width, before + width))

    @property
    def is_full(self) -> bool:
        """Whether no position is empty, so that (N, d) is (R, W, d) already."""
        return len(self.positions) == len(self.tokens)

    def to(self, device: torch.device, dtype: torch.dtype) -> PaddedLayout:
        """The same on a device, for states of a type."""
        return PaddedLayout(self.positions.to(device), self.tokens.to(device), self.mask.to(device, dtype))

    def pad(self, states: Tensor) -> Tensor:
        """(N, d) -> (R, W, d); what stands at empty positions means nothing."""
        padded = states if self.is_full else _gather(states, self.tokens, self.positions)
        return padded.view(len(self.mask), -1, states.shape[1])

    def pack(self, padded: Tensor) -> Tensor:
        """(R, W, d) -> (N, d), the empty positions dropped."""
        states = padded.reshape(-1, padded.shape[-1])
        return states if self.is_full else _gather(states, self.positions, self.tokens)


def _gather(x: Tensor, index: Tensor, inverse: Tensor) -> Tensor:
    return _Gather.apply(x, index, inverse)  # type: ignore[no-any-return, no-untyped-call]


class _Gather(torch.autograd.Function):
    """Rows of a matrix in another order. A gather both ways: index_select's own backward would scatter and add.

    An empty position gets the gradient of any token. It goes nowhere: such a position sees only itself, and is not
    among those that are gathered back.
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor, index: Tensor, inverse: Tensor) -> Tensor:
        ctx.inverse = inverse
        return x.index_select(0, index)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None, None]:
        return gradient.index_select(0, ctx.inverse), None, None
