"""Matrix-vector products with constant weights, for generation of one token at a time, or of some together.

They read every weight once a token, so memory bandwidth is the limit: on two threads of an Intel Xeon with AVX-512 the
kernels in C read 19 GB/s where a large sum reads 19, and oneDNN's product with packed weights 12.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from colacli.kernels.compiled.row_products import CompiledRowLinear
from colacli.kernels.linear import PackedLinear
from colacli.kernels.ranking import has_bound, kth_largest_bound
from colacli.kernels.torch_ops import has_onednn

_TOGETHER = 4096
"""Columns that are made integers, or read in fp32, at once: else there may be a gigabyte of them in some copies."""
_LARGEST = 2**15 - 1


class TopKLinear(nn.Module):
    """The k largest products of a row with the columns (out, in) of a matrix, exactly, and which columns they are of.

    The matrix is read as 16-bit integers, half of the bytes, each column with a scale of its own; the error of each
    product is at most |row| times the norm of the column's rounding errors. Only columns that can be among the k
    largest are read in fp32. A language model's head is a third of its weights; about 53 of 50,257 random columns are
    read for k = 50.
    """

    def __init__(self, columns: Tensor, k: int) -> None:
        super().__init__()
        self.columns, self.k = columns.detach(), k
        parts = zip(*map(_as_integers, torch.split(self.columns, _TOGETHER)), strict=True)
        integers, self.scale, self.slack = map(torch.cat, parts)
        self.approximate = CompiledRowLinear(integers.T, None)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """(B, in) -> products (B, C) in fp32 and indices (C,) of their columns, ascending.

        Among a row's are its k largest; those that can't be may be -inf. They don't depend on other rows.
        """
        approximate, error = self.approximate(x).mul_(self.scale), self.slack * x.norm(dim=1, keepdim=True)  # (B, out)
        bound = kth_largest_bound(approximate - error, self.k)
        is_smaller = approximate.add_(error) < bound  # of NaN none is
        rows, columns = is_smaller.logical_not_().nonzero().unbind(1)
        indices, places = columns.unique(return_inverse=True)
        products = torch.full((len(x), len(indices)), -math.inf)
        parts = zip(rows.split(_TOGETHER), columns.split(_TOGETHER), strict=True)
        products[rows, places] = torch.cat([(self.columns[some] * x[row]).sum(1) for row, some in parts])
        return products, indices


def _as_integers(columns: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Columns (C, in) as 16-bit integers, their scales (C,), and bounds (C,) of a product's error for |row| = 1.

    A column with numbers that are none has the largest bound, so it is always read in fp32.
    """
    scale = columns.abs().amax(dim=1) / _LARGEST
    numbers = (columns / scale[:, None]).round_().nan_to_num_(nan=0.0).clamp_(-_LARGEST, _LARGEST)
    integers = numbers.to(torch.int16)
    rounding = numbers.mul_(scale[:, None]).sub_(columns).norm(dim=1)
    # The rounding errors of the sums are added: for n terms less than n / 2^24 of |row| |column| each.
    slack = rounding + 2 * columns.shape[1] / 2**24 * columns.norm(dim=1)
    return integers, scale, slack.nan_to_num_(nan=math.inf).clamp_(max=torch.finfo(torch.float32).max)


def row_linear(weight: Tensor, bias: Tensor | None) -> nn.Module | None:
    """A kernel (B, in) -> (B, out) for few fp32 rows, a matrix (in, out), a bias; None where torch's own is fastest."""
    if CompiledRowLinear.takes(weight):
        return CompiledRowLinear(weight, bias)
    is_packed = weight.dtype == torch.float32 and has_onednn(weight.dtype, weight.device)
    return PackedLinear(weight, bias) if is_packed else None


def top_k_linear(columns: Tensor, k: int | None) -> TopKLinear | None:
    """`TopKLinear`; None where k is None, or where computing all products is faster."""
    is_supported = columns.dtype == torch.float32 and CompiledRowLinear.takes(columns.T)
    return TopKLinear(columns, k) if is_supported and k is not None and has_bound(len(columns), k) else None
