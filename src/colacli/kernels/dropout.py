"""Dropout with a mask that is cheap to draw: on a CPU torch's takes longer than the layers around it."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

_INTEGERS = {torch.bfloat16: torch.int16, torch.float32: torch.int32}


def draw_keep_mask(x: Tensor, dropout: float) -> Tensor:
    """The keep mask of dropout: an integer tensor like x, all bits set or none; from torch's generator.

    On a CPU each element takes 16 random bits, which are compared with a threshold (so the fraction is right to 2^-17);
    the result is written into integers of x's width. `bernoulli_` takes six times as long.
    """
    integer = _INTEGERS[x.dtype]
    if x.device.type != "cpu":
        return -(torch.rand(x.shape, device=x.device) >= dropout).to(integer)
    words = torch.empty(-(-x.numel() // 4), dtype=torch.int64).random_(-(2**63), None)
    drawn = words.view(torch.int16)[: x.numel()].view(x.shape)
    mask = torch.empty(x.shape, dtype=integer)
    return torch.ge(drawn, round(dropout * 2**16) - 2**15, out=mask).neg_()


def apply_mask(x: Tensor, keep_mask: Tensor) -> Tensor:
    """Zero the elements of x whose mask is 0, by a bitwise and."""
    return (x.view(keep_mask.dtype) & keep_mask).view(x.dtype)


class Dropout(nn.Module):
    """Zero a fraction p of the elements in training, and scale the others to preserve the mean."""

    def __init__(self, p: float) -> None:
        super().__init__()
        self.p = p

    def forward(self, x: Tensor) -> Tensor:
        """The same shape."""
        return _Dropout.apply(x, self.p) if self.training and self.p else x  # type: ignore[no-untyped-call]


class _Dropout(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, p: float) -> Tensor:
        keep_mask = draw_keep_mask(x, p)
        ctx.scale = 1 / (1 - p)
        ctx.save_for_backward(keep_mask)
        return apply_mask(x, keep_mask).mul_(ctx.scale)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
        (keep_mask,) = ctx.saved_tensors
        return apply_mask(gradient, keep_mask).mul_(ctx.scale), None
