"""Dropout with masks that are cheap to draw: on a CPU torch's takes longer than the layers around it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

_INTEGERS = {torch.bfloat16: torch.int16, torch.float32: torch.int32}
_SHIFTS = 2**16


def draw_keep_mask(x: Tensor, dropout: float) -> Tensor:
    """The keep mask of dropout: an integer tensor like x, all bits set or none; from torch's generator.

    On a CPU each element takes 16 random bits, which are compared with a threshold (so the fraction is right to 2^-17);
    the result is written into integers of x's width. `bernoulli_` takes six times as long.
    """
    if x.device.type != "cpu":
        return -(torch.rand(x.shape, device=x.device) >= dropout).to(_INTEGERS[x.dtype])
    return _compare(_random_words(x.numel()), x, _limit(dropout))


@dataclass(frozen=True)
class KeepMask:
    """Which elements of a matrix dropout keeps on a CPU: those whose 16 random bits are no less than a limit."""

    first: Tensor
    """(elements,) int16; with `second`, the bits are first xor second."""
    second: Tensor
    """(elements,) int16."""
    limit: int

    def like(self, x: Tensor) -> Tensor:
        """As an integer tensor like x, as `draw_keep_mask` gives it."""
        return _compare(self.first ^ self.second, x, self.limit)


def _random_words(count: int) -> Tensor:
    """(count,) int16, all bits random."""
    return torch.empty(-(-count // 4), dtype=torch.int64).random_(-(2**63), None).view(torch.int16)[:count]


def _limit(dropout: float) -> int:
    return round(dropout * 2**16) - 2**15


def _compare(words: Tensor, x: Tensor, limit: int) -> Tensor:
    mask = torch.empty(x.shape, dtype=_INTEGERS[x.dtype])
    return torch.ge(words.view(x.shape), limit, out=mask).neg_()


class StepMasks:
    """The keep masks of the layers of one step after another on a CPU, from few random bits.

    A mask's words are those of one random sequence, each xor the one at a distance of its own in another sequence. So
    the elements of a mask are independent, and so are those of any two masks of a step, as their distances differ;
    among three masks there are sixes of words, two of each, that are 0 together. GPT-2's masks take a tenth of the
    random bits, which were 6 % of a step in bf16.

    Args:
        layers: masks that are drawn in a step; then all is drawn anew.
    """

    def __init__(self, layers: int) -> None:
        self._layers = layers
        self._first = self._second = torch.empty(0, dtype=torch.int16)
        self._distances: list[int] = []

    def draw(self, count: int, dropout: float) -> KeepMask:
        """The next mask, of so many elements."""
        if not self._distances:
            self._renew()
        self._lengthen(count - len(self._first))
        start = self._distances.pop()
        return KeepMask(self._first[:count], self._second[start : start + count], _limit(dropout))

    def _renew(self) -> None:
        self._first, self._second = _random_words(0), _random_words(_SHIFTS)
        apart = _SHIFTS // self._layers
        self._distances = (torch.arange(self._layers) * apart + torch.randint(apart, (self._layers,))).tolist()

    def _lengthen(self, count: int) -> None:
        if count > 0:
            self._first = torch.cat([self._first, _random_words(count)])
            self._second = torch.cat([self._second, _random_words(count)])


def apply_mask(x: Tensor, keep_mask: Tensor) -> Tensor:
    """Zero the elements of x whose mask is 0, by a bitwise and."""
    return (x.view(keep_mask.dtype) & keep_mask).view(x.dtype)


def apply_mask_(x: Tensor, keep_mask: Tensor) -> Tensor:
    """The same in place."""
    x.view(keep_mask.dtype).bitwise_and_(keep_mask)
    return x


class Dropout(nn.Module):
    """Zero a fraction p of the elements in training, and scale the others to preserve the mean."""

    def __init__(self, p: float) -> None:
        super().__init__()
        self.p = p

    def forward(self, x: Tensor) -> Tensor:
        """The same shape."""
        if not (self.training and self.p):
            return x
        if x.device.type != "cpu":
            return torch.native_dropout(x, self.p, train=True)[0]
        return _Dropout.apply(x, self.p)  # type: ignore[no-any-return, no-untyped-call]


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
