"""Matrix-vector products with constant weights, for generation of one token at a time, or of some together.

They read every weight once a token, so memory bandwidth is the limit. In fp32 oneDNN's product reads packed weights at
48 GB/s where MKL's, on one thread, reads 19 (two threads of an AMD EPYC with AVX-512); eight rows take 1.35 times as
long as one.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from colacli.kernels.linear import PackedLinear
from colacli.kernels.ranking import has_bound, kth_largest_bound
from colacli.kernels.torch_ops import fp16_linear, fp16_pack, has_fp16_linear, has_onednn

_TOGETHER = 4096
"""Columns that are read in fp32 at once: usually all, but with a k of hundreds there may be a gigabyte of them."""


class _HalfLinear(nn.Module):
    """Weights in fp16, widened when read: it reads 33 GB/s of 36; torch's bf16 product rounds the row and reads 28.

    fp16 has three bits more than bf16 and a narrower range: a bf16 weight between 2^-14 and 2^16 is exact in it, a
    smaller one within 2^-25.
    """

    def __init__(self, weight: Tensor, bias: Tensor | None) -> None:
        super().__init__()
        rows = weight.detach().T.float().contiguous()
        self.packed = fp16_pack(rows, None if bias is None else bias.detach().float())

    def forward(self, x: Tensor) -> Tensor:
        """(B, in) -> (B, out), fp32; eight rows take 1.6 times as long as one."""
        return fp16_linear(x, self.packed)


class TopKLinear(nn.Module):
    """The k largest products of a row with the columns (out, in) of a matrix, exactly, and which columns they are of.

    The matrix is read in fp16, half of the bytes; the error of each product is at most |row| times the norm of the
    column's rounding errors. Only columns that can be among the k largest are read in fp32. A language model's head is
    a third of its weights; about 55 of 50,257 random columns are read for k = 50.
    """

    def __init__(self, columns: Tensor, k: int) -> None:
        super().__init__()
        self.columns, self.k = columns.detach(), k
        self.approximate = _HalfLinear(self.columns.T, None)
        rounding = (self.columns - self.columns.half().float()).norm(dim=1)
        # The rounding errors of the sums are added: for n terms less than n / 2^24 of |row| |column| each.
        slack = rounding + 2 * columns.shape[1] / 2**24 * self.columns.norm(dim=1)
        # A column beyond the range of fp16 is always read in fp32.
        self.slack = slack.nan_to_num_(nan=math.inf).clamp_(max=torch.finfo(torch.float32).max)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """(B, in) -> products (B, C) in fp32 and indices (C,) of their columns, ascending.

        Among a row's are its k largest; those that can't be may be -inf. They don't depend on other rows.
        """
        approximate, error = self.approximate(x), self.slack * x.norm(dim=1, keepdim=True)  # (B, out)
        bound = kth_largest_bound(approximate - error, self.k)
        is_smaller = approximate.add_(error) < bound  # of NaN none is
        rows, columns = is_smaller.logical_not_().nonzero().unbind(1)
        indices, places = columns.unique(return_inverse=True)
        products = torch.full((len(x), len(indices)), -math.inf)
        parts = zip(rows.split(_TOGETHER), columns.split(_TOGETHER), strict=True)
        products[rows, places] = torch.cat([(self.columns[some] * x[row]).sum(1) for row, some in parts])
        return products, indices


def row_linear(weight: Tensor, bias: Tensor | None) -> nn.Module | None:
    """A kernel (B, in) -> (B, out) for few fp32 rows, a matrix (in, out), a bias; None where torch's own is fastest."""
    if weight.device.type != "cpu":
        return None
    if weight.dtype == torch.bfloat16:
        return _HalfLinear(weight, bias) if has_fp16_linear() else None
    return PackedLinear(weight, bias) if has_onednn(weight.dtype, weight.device) else None


def top_k_linear(columns: Tensor, k: int | None) -> TopKLinear | None:
    """`TopKLinear`; None where k is None, or where computing all products is faster."""
    is_supported = columns.device.type == "cpu" and columns.dtype == torch.float32 and has_fp16_linear()
    return TopKLinear(columns, k) if is_supported and k is not None and has_bound(len(columns), k) else None
