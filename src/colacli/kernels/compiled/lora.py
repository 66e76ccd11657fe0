"""LoRA's products in few passes over memory; the frozen product is oneDNN's.

Letters: N tokens, r rank.
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.autograd.function import once_differentiable

from colacli.kernels.compiled.library import library
from colacli.kernels.dropout import KeepMask
from colacli.kernels.linear import FrozenMatrix

TOKENS_PER_PART = 32
"""PART of numbers.h: tokens whose outer products are summed in one part, in a core's cache."""
COLUMNS_PER_TILE = 512
"""TILE of numbers.h."""
_ALIGNMENT = 4
"""To which ranks, and tokens that are summed, are filled with zeros: so many are read at once."""


class CompiledLoraLinear(torch.autograd.Function):
    """`lora_linear`. What dropout keeps is saved as bits, beside x; no masked copy of x is made.

    GELU is computed with the products around it, forward and backward, and of it x alone is saved.
    """

    @staticmethod
    def forward(
        ctx: Any,
        x: Tensor,
        matrix: FrozenMatrix,
        bias: Tensor,
        a: Tensor,
        b: Tensor,
        keep_mask: KeepMask | None,
        scale: float,
        residual: Tensor | None,
        activates: bool,  # noqa: FBT001 - autograd has no keywords
    ) -> Tensor:
        """(N, in) -> (N, out); where it `activates`, of GELU of x."""
        x = x.contiguous()
        activated = torch.empty_like(x) if activates else None
        down, up = _aligned(a.float()), _aligned(b.float().T * scale)  # (r, in), (r, out)
        low = down.new_zeros(len(x) + -len(x) % _ALIGNMENT, len(down))
        bits = (None, None, 0) if keep_mask is None else (keep_mask.first, keep_mask.second, keep_mask.limit)
        kept = None if keep_mask is None else _room_for_bits(x)
        library().call("project_down", x.dtype, x, activated, *bits, kept, down, low, *x.shape, len(down))
        y = matrix.product(x if activated is None else activated, bias.to(x.dtype))
        added = None if residual is None else residual.contiguous()
        library().call("add_projected_up", x.dtype, y, low, up, added, *y.shape, len(up))
        ctx.matrix, ctx.scale, ctx.rank, ctx.activates = matrix, scale, len(a), activates
        ctx.save_for_backward(x, down, up, low, kept)
        return y

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        """Of x, bias, A, B and the residual."""
        x, down, up, low, kept = ctx.saved_tensors
        given, rank = gradient.contiguous(), len(up)
        low_gradient = torch.zeros_like(low)
        of_up, sums = up.new_empty(rank + 1, up.shape[1]), _room_for_sums(given, rank + 1)
        library().call("backward_up", x.dtype, given, low, up, low_gradient, of_up, sums, *given.shape, rank)
        of_x = ctx.matrix.back(given) if ctx.needs_input_grad[0] else None
        of_a, sums = torch.empty_like(down), _room_for_sums(x, rank)
        given_down = x, int(ctx.activates), kept, low_gradient, down
        library().call("backward_down", x.dtype, *given_down, of_a, of_x, sums, *x.shape, rank)
        of_bias = of_up[-1] if ctx.needs_input_grad[2] else None
        of_b = of_up[: ctx.rank].mul_(ctx.scale).T
        of_residual = gradient if ctx.needs_input_grad[7] else None
        return of_x, None, of_bias, of_a[: ctx.rank], of_b, None, None, of_residual, None


def _aligned(matrix: Tensor) -> Tensor:
    """(r, d), with rows of zeros."""
    missing = -len(matrix) % _ALIGNMENT
    return (F.pad(matrix, (0, 0, 0, missing)) if missing else matrix).contiguous()


def _room_for_bits(x: Tensor) -> Tensor:
    """A bit for each element of x."""
    tiles = -(-x.shape[1] // COLUMNS_PER_TILE)
    return torch.empty(len(x), tiles, COLUMNS_PER_TILE // 8, dtype=torch.uint8)


def _room_for_sums(x: Tensor, rank: int) -> Tensor:
    """For the sums of each part of x's tokens, (parts, rank, d)."""
    return torch.empty(-(-len(x) // TOKENS_PER_PART), rank, x.shape[1])
