"""Products of fp32 matrices whose sizes change from batch to batch.

For these oneDNN compiles anew: on two threads of an Intel Xeon a student's gradients took it two to four times as long.
"""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor

from colacli.kernels.compiled.library import library

_TERMS = 128
"""TERMS of products.h."""


def in_panels(matrix: Tensor) -> Tensor:
    """A matrix (in, out) in the order of products.h, (panels, in, PANEL)."""
    panel = library().panel
    missing = -matrix.shape[1] % panel
    filled = F.pad(matrix, (0, missing)) if missing else matrix  # a padding of nothing would be a copy
    return filled.view(len(matrix), -1, panel).transpose(0, 1).contiguous()


def product(x: Tensor, matrix: Tensor, bias: Tensor | None = None) -> Tensor:
    """X W + b with a matrix (in, out), (N, in) -> (N, out)."""
    y = x.new_empty(len(x), matrix.shape[1])
    library().call("product", x.dtype, x.contiguous(), in_panels(matrix), bias, y, *x.shape, y.shape[1])
    return y


def sum_outer(x: Tensor, y: Tensor) -> Tensor:
    """X^T Y, (N, in) and (N, out) -> (in, out), where `in` is a multiple of 8."""
    sums, panels = x.new_empty(x.shape[1], y.shape[1]), x.new_empty(_TERMS * (y.shape[1] + library().panel))
    library().call("sum_outer", x.dtype, x.contiguous(), y.contiguous(), sums, panels, *x.shape, y.shape[1])
    return sums
