"""The padded layout of a packed batch, for attention.

Letters: N tokens, d the width of a state, R rows of W positions, K keys.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import torch
from torch import Tensor

from colacli.kernels.attention import MASK_ALIGNMENT, needs_mask
from colacli.kernels.compiled.attention import SeenTokens, fits
from colacli.kernels.compiled.library import has_kernels
from colacli.kernels.row_attention import HeadRows

ROW_WIDTH = 64
"""Positions in a row, unless a sentence is longer: six or seven sentences of CoLA.

A row for each sentence takes 2.1 times as long, rows of 128 positions 1.5 times, and of 40 or 48 as long.
"""


@dataclass(frozen=True)
class PaddedLayout:
    """Sentences side by side in short rows, with the attention mask.

    A row holds trees of tokens in preorder, each of which attends to itself and its ancestors. A sentence is such a
    tree, and so are several with a common prefix. The descendants of a token are the positions after it up to an end,
    so a key is visible to the queries from its own position to that end.
    """

    positions: Tensor
    """(N,) index of each token among the R * W positions of all rows; the first, where several read it."""
    tokens: Tensor
    """(R * W,) index of the token that is read at each position; any at an empty position."""
    until: Tensor | None
    """(R * W,) end of each position's descendants, as a position; None where a row is one sentence."""
    width: int
    """W."""
    before: int = 0
    """Cached tokens of each sentence, where a row is one sentence: K = before + W."""
    dtype: torch.dtype = torch.float32
    """Of the mask."""
    is_ascending: bool = True
    """Whether each token's position is after those of the tokens before it."""

    @classmethod
    def of_sentences(cls, lengths: Sequence[int]) -> PaddedLayout:
        """Sentences of these lengths in order, each in the row of the previous one if it fits there."""
        width = max(ROW_WIDTH, *lengths)
        firsts, end = [], 0
        for length in lengths:
            if end % width + length > width:
                end += -end % width
            firsts.append(end)
            end += length
        first, count = torch.tensor(firsts), torch.tensor(lengths)
        within = torch.arange(int(count.sum())) - (count.cumsum(0) - count).repeat_interleave(count)
        positions = first.repeat_interleave(count) + within
        total = -(-end // width) * width
        # An empty position attends to itself alone.
        until = torch.arange(1, total + 1).index_copy(0, positions, (first + count).repeat_interleave(count))
        tokens = torch.zeros(total, dtype=torch.int64).index_copy(0, positions, torch.arange(len(positions)))
        return cls(positions, tokens, until, width)

    @classmethod
    def of_rows(cls, count: int, width: int, before: int) -> PaddedLayout:
        """A row for each of `count` sentences of equal length, which attend to `before` cached tokens."""
        every_position = torch.arange(count * width)
        return cls(every_position, every_position, None, width, before)

    @cached_property
    def mask(self) -> Tensor | None:
        """(R, 1, W, K) added to scores: 0 where the query attends to the key, else -inf; None where none is needed."""
        device, rows = self.tokens.device, len(self.tokens) // self.width
        if self.until is None:
            if not needs_mask(device, self.width, self.before):
                return None
            shape = self.width, self.before + self.width
            causal = torch.full(shape, -math.inf, dtype=self.dtype, device=device).triu(self.before + 1)
            return causal.expand(rows, 1, *shape)
        keys = torch.arange(len(self.tokens), device=device).view(-1, 1, self.width)
        queries = keys.transpose(1, 2)
        hidden = (keys > queries) | (queries >= self.until.view_as(keys))  # (R, W, W)
        row = self.width if device.type == "cpu" else -(-self.width // MASK_ALIGNMENT) * MASK_ALIGNMENT
        mask = torch.zeros((*hidden.shape[:2], row), dtype=self.dtype, device=device)[:, :, : self.width]
        return mask.masked_fill_(hidden, -math.inf)[:, None]

    @cached_property
    def _rows(self) -> dict[int, HeadRows | SeenTokens]:
        return {}

    def attention_rows(self, heads: int, head_width: int) -> HeadRows | SeenTokens | None:
        """What computes attention in rows of several sentences, in C if it can be; None where a row is one sentence."""
        if self.until is None:
            return None
        if heads not in self._rows:
            if self.tokens.device.type == "cpu" and has_kernels(self.dtype) and fits(head_width):
                layout = self.positions, self.tokens, self.until, self.width
                self._rows[heads] = SeenTokens.of(*layout, heads)
            else:
                assert self.mask is not None
                self._rows[heads] = HeadRows.of(self.positions, self.tokens, self.mask, heads)
        return self._rows[heads]

    @property
    def is_full(self) -> bool:
        """Whether (N, d) can be viewed as (R, W, d): no position is empty, and the order is the same."""
        return self.is_ascending and len(self.positions) == len(self.tokens)

    def with_mask_in(self, dtype: torch.dtype) -> PaddedLayout:
        """The same layout, with the mask in the type of the states."""
        return replace(self, dtype=dtype)

    def pad(self, states: Tensor) -> Tensor:
        """(N, d) -> (R, W, d), with arbitrary states at empty positions."""
        padded = states if self.is_full else gather(states, self.tokens, self.positions)
        return padded.view(-1, self.width, states.shape[1])

    def pack(self, padded: Tensor) -> Tensor:
        """(R, W, d) -> (N, d), without the empty positions."""
        states = padded.reshape(-1, padded.shape[-1])
        return states if self.is_full else gather(states, self.positions, self.tokens)


def gather(x: Tensor, index: Tensor, inverse: Tensor) -> Tensor:
    """Rows of x at `index`; what is at none of them is gathered back by `inverse` as if it were."""
    return _Gather.apply(x, index, inverse)  # type: ignore[no-any-return, no-untyped-call]


class _Gather(torch.autograd.Function):
    """Rows of a matrix in another order, by a gather in both directions: index_select's backward would scatter and add.

    An empty position gets the gradient of an arbitrary token, without effect: it attends only to itself, and is not
    gathered back.
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor, index: Tensor, inverse: Tensor) -> Tensor:
        ctx.inverse = inverse
        return x.index_select(0, index)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None, None]:
        return gradient.index_select(0, ctx.inverse), None, None
