"""LoRA's products, with a matrix of few columns or rows, where MKL's are slow: in fp32 on a CPU.

Letters: N tokens, d width, r rank. With 1,174 tokens and widths of 768 to 3,072, on two threads of an AMD EPYC with
AVX-512, these take .25 to .75 of the time of torch's own. In bf16 they are torch's own.
"""

from __future__ import annotations

import torch
from torch import Tensor

_PARTS = 4
"""In which sums over tokens are computed: their rows stay in a core's cache."""
_PAGE = 4096
"""Bytes. Rows that are whole pages apart share few places of a cache, so a matrix is best written in its own order."""
_LOW_RANK = 8
"""Ranks up to which one pass for each is faster than a product."""


def project_down(x: Tensor, matrix: Tensor) -> Tensor:
    """X M, (N, d), (d, r) -> (N, r)."""
    return x @ (matrix.T.contiguous().T if _is_fp32_on_cpu(x) else matrix)


def project_up(low: Tensor, matrix: Tensor) -> Tensor:
    """L M, (N, r), (r, d) -> (N, d)."""
    if not _takes_passes(matrix):
        return low @ matrix
    return _add_passes_(low[:, :1] * matrix[0], low[:, 1:], matrix[1:], 1.0)


def add_projected_up_(x: Tensor, low: Tensor, matrix: Tensor, scale: float) -> Tensor:
    """X + scale L M in place, (N, d), (N, r), (r, d) -> (N, d)."""
    if not _takes_passes(matrix):
        return x.addmm_(low, matrix, alpha=scale)
    return _add_passes_(x, low, matrix, scale)


def sum_outer(low: Tensor, x: Tensor) -> Tensor:
    """L^T X, the sum of all tokens' outer products: (N, r), (N, d) -> (r, d)."""
    if not _is_fp32_on_cpu(x):
        return low.T @ x
    even = len(x) // _PARTS * _PARTS
    of_lows, of_states = (one[:even].reshape(_PARTS, -1, one.shape[1]) for one in (low, x))
    return torch.bmm(of_lows.transpose(1, 2), of_states).sum(0).addmm_(low[even:].T, x[even:])


def _is_fp32_on_cpu(x: Tensor) -> bool:
    return x.dtype == torch.float32 and x.device.type == "cpu"


def _takes_passes(matrix: Tensor) -> bool:
    is_aligned = matrix.shape[1] * matrix.element_size() % _PAGE == 0
    return _is_fp32_on_cpu(matrix) and is_aligned and len(matrix) <= _LOW_RANK


def _add_passes_(x: Tensor, low: Tensor, matrix: Tensor, scale: float) -> Tensor:
    rows = matrix.contiguous()  # of a transposed one each row would be read with steps, in five times the time
    for column, row in zip(low.unbind(1), rows, strict=True):
        x.addcmul_(column[:, None], row, value=scale)
    return x
