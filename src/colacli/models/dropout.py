"""Dropout whose mask is cheap to draw: on a CPU torch's takes longer than the layers between which it stands."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

_INTEGERS = {torch.bfloat16: torch.int16, torch.float32: torch.int32}


def draw_kept(x: Tensor, dropout: float) -> Tensor:
    """Which elements dropout keeps: an integer tensor like x, all bits set or none; from torch's generator.

    On a CPU each takes 16 of the generator's bits, compared with a threshold (so the share is right to 2^-17), and the
    comparison is written where an integer of x's width stands: `bernoulli_` takes six times as long.
    """
    integer = _INTEGERS[x.dtype]
    if x.device.type != "cpu":
        return -(torch.rand(x.shape, device=x.device) >= dropout).to(integer)
    words = torch.empty(-(-x.numel() // 4), dtype=torch.int64).random_(-(2**63), None)
    drawn = words.view(torch.int16)[: x.numel()].view(x.shape)
    kept = torch.empty(x.shape, dtype=integer)
    return torch.ge(drawn, round(dropout * 2**16) - 2**15, out=kept).neg_()


def masked(x: Tensor, kept: Tensor) -> Tensor:
    """X where it is kept, else 0: the bits of a number and none are the number and zero."""
    return (x.view(kept.dtype) & kept).view(x.dtype)


class Dropout(nn.Module):
    """Zero a share of the elements in training, and scale the rest so that the mean stays."""

    def __init__(self, share: float) -> None:
        super().__init__()
        self.share = share

    def forward(self, x: Tensor) -> Tensor:
        """The same shape."""
        return _Dropped.apply(x, self.share) if self.training and self.share else x  # type: ignore[no-untyped-call]


class _Dropped(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, share: float) -> Tensor:
        kept = draw_kept(x, share)
        ctx.scale = 1 / (1 - share)
        ctx.save_for_backward(kept)
        return masked(x, kept).mul_(ctx.scale)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
        (kept,) = ctx.saved_tensors
        return masked(gradient, kept).mul_(ctx.scale), None
