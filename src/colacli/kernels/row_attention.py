"""Attention of rows as one autograd function of few operators, in a fixed order.

Letters: N tokens, H heads, d width, R rows of W positions.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from colacli.kernels.torch_ops import softmax_backward


@dataclass(frozen=True)
class HeadRows:
    """Where each token's heads are among the rows, and where each position's are among the tokens; all int64."""

    mask: Tensor
    """(R H, W, W) added to scores."""
    read: Tensor
    """(3 R H W,) of each query, key and value in the rows: its index in (N 3 H)."""
    written: Tensor
    """(N 3 H,) the inverse."""
    read_states: Tensor
    """(R H W,) of each state in the rows: its index in (N H)."""
    written_states: Tensor
    """(N H,) the inverse."""
    heads: int

    @classmethod
    def of(cls, positions: Tensor, tokens: Tensor, mask: Tensor, heads: int) -> HeadRows:
        """Of a layout's positions (N,) among R W and tokens (R W,), with its mask (R, 1, W, W)."""
        rows, width = len(mask), mask.shape[2]
        numbers = torch.arange(3 * heads, device=tokens.device)
        head = numbers[:heads]
        token = tokens.view(rows, 1, width)
        first = positions + positions.div(width, rounding_mode="floor") * ((heads - 1) * width)  # of a token's heads
        states = first[:, None] + head * width  # (N, H)
        parts = numbers[:3] * (rows * heads * width)
        return cls(
            mask=mask.expand(rows, heads, width, width).reshape(-1, width, width),
            read=(token * (3 * heads) + numbers.view(3, 1, heads, 1)).flatten(),
            written=(states[:, None] + parts[:, None]).flatten(),
            read_states=(token * heads + head[:, None]).flatten(),
            written_states=states.flatten(),
            heads=heads,
        )

    def attend(self, qkv: Tensor, scale: float) -> Tensor:
        """Softmax(scale Q K^T + mask) V of each head, (N, 3 d) -> (N, d).

        An empty position reads any token, without effect: no other attends to it, and it is not written.
        """
        return _RowAttention.apply(qkv, self, scale)  # type: ignore[no-any-return, no-untyped-call]


class _RowAttention(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, qkv: Tensor, rows: HeadRows, scale: float) -> Tensor:
        heads, count = rows.heads, len(qkv)
        width = qkv.shape[1] // (3 * heads)
        read = qkv.view(-1, width).index_select(0, rows.read).view(3, *rows.mask.shape[:2], width)
        q, k, v = read.unbind(0)  # (R H, W, d/H)
        weights = torch.baddbmm(rows.mask, q, k.transpose(1, 2), alpha=scale).softmax(dim=2)
        ctx.rows, ctx.scale = rows, scale
        ctx.save_for_backward(read, weights)
        states = torch.bmm(weights, v).view(-1, width)
        return states.index_select(0, rows.written_states).view(count, heads * width)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        (read, weights), rows, scale = ctx.saved_tensors, ctx.rows, ctx.scale
        width = read.shape[3]
        q, k, v = read.unbind(0)
        of_states = gradient.reshape(-1, width).index_select(0, rows.read_states).view_as(q)
        of_weights = torch.bmm(of_states, v.transpose(1, 2))
        of_scores = softmax_backward(of_weights, weights)
        gradients = torch.empty_like(read)
        for_q, for_k, for_v = gradients.unbind(0)
        for_q.baddbmm_(of_scores, k, beta=0, alpha=scale)
        for_k.baddbmm_(of_scores.transpose(1, 2), q, beta=0, alpha=scale)
        torch.bmm(weights.transpose(1, 2), of_states, out=for_v)
        return gradients.view(-1, width).index_select(0, rows.written).view(len(gradient), -1), None, None
