"""Attention of short sentences, in which each token reads those that it sees, and no others.

Letters: N tokens, P pairs of a token and one that it sees, H heads, d width.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from colacli.kernels.compiled.library import library

MOST_HEAD_WIDTH = 128
_READ_AT_ONCE = 32


def fits(head_width: int) -> bool:
    """Whether there are kernels for heads of this width: GPT-2's have 64 states in each size."""
    return head_width <= MOST_HEAD_WIDTH and head_width % _READ_AT_ONCE == 0


@dataclass(frozen=True)
class SeenTokens:
    """Which tokens each token sees: itself and those before it in its sentence, a tenth of a row of 64 positions."""

    starts: Tensor
    """(N + 1,) int64, where each token's pairs begin."""
    seen: Tensor
    """(P,) int64, the token that is seen in each pair."""
    heads: int

    @classmethod
    def of(cls, positions: Tensor, tokens: Tensor, until: Tensor, width: int, heads: int) -> SeenTokens:
        """Of a layout's positions (N,) in rows of a width, tokens (R W,) and ends of descendants (R W,)."""
        first = positions.div(width, rounding_mode="floor") * width
        keys = first[:, None] + torch.arange(width)  # (N, W)
        sees = (keys <= positions[:, None]) & (positions[:, None] < until[keys])
        return cls(_starts(sees.sum(1)), tokens[keys[sees]], heads)

    @cached_property
    def seers(self) -> tuple[Tensor, Tensor, Tensor]:
        """(N + 1,) where the pairs in which each token is seen begin; (P,) the tokens that see it; (P,) the pairs."""
        count = len(self.starts) - 1
        pairs = self.seen.argsort(stable=True)
        by = torch.arange(count).repeat_interleave(self.starts.diff())
        return _starts(self.seen.bincount(minlength=count)), by[pairs], pairs

    def attend(self, qkv: Tensor, scale: float) -> Tensor:
        """Softmax(scale Q K^T) V of the tokens that each token sees, for each head, (N, 3 d) -> (N, d)."""
        return _SeenAttention.apply(qkv, self, scale)  # type: ignore[no-any-return, no-untyped-call]


def _starts(counts: Tensor) -> Tensor:
    """(N,) -> (N + 1,), the sum of those before each, and of all."""
    return torch.cat([counts.new_zeros(1), counts.cumsum(0)])


class _SeenAttention(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, qkv: Tensor, tokens: SeenTokens, scale: float) -> Tensor:
        qkv = qkv.contiguous()
        sizes = len(qkv), tokens.heads, qkv.shape[1] // (3 * tokens.heads)
        y, weights = qkv.new_empty(len(qkv), qkv.shape[1] // 3), torch.empty(tokens.heads, len(tokens.seen))
        library().call("attention", qkv.dtype, qkv, tokens.starts, tokens.seen, y, weights, *sizes, scale)
        ctx.tokens, ctx.sizes, ctx.scale = tokens, sizes, scale
        ctx.save_for_backward(qkv, weights)
        return y

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        (qkv, weights), tokens = ctx.saved_tensors, ctx.tokens
        for_qkv, pairs = torch.empty_like(qkv), (tokens.starts, tokens.seen, *tokens.seers)
        computed = weights, torch.empty_like(weights), for_qkv
        given = gradient.contiguous()
        library().call("attention_backward", qkv.dtype, qkv, given, *pairs, *computed, *ctx.sizes, ctx.scale)
        return for_qkv, None, None
