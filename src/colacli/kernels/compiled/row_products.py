"""Products of a few rows in fp32 with a constant matrix, each of whose numbers is read once.

Letters: B rows.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from colacli.kernels.compiled.library import has_kernels, library


class PackedMatrix:
    """A matrix (in, out), its columns filled up with zeros, in the order of row_products.h, with its bias in fp32.

    Args:
        weight: fp32, bf16 or int16, with an even number of rows.
        bias: (out,); None for zeros.
    """

    def __init__(self, weight: Tensor, bias: Tensor | None) -> None:
        weight, columns = weight.detach(), library().columns
        self.width = weight.shape[1]
        missing = -self.width % columns
        pairs = F.pad(weight, (0, missing)).view(len(weight) // 2, 2, -1, columns)
        self.numbers = pairs.permute((2, 0, 1, 3) if weight.dtype == torch.float32 else (2, 0, 3, 1)).contiguous()
        self.bias = F.pad(weight.new_zeros(self.width) if bias is None else bias.detach(), (0, missing)).float()


class CompiledRowLinear(nn.Module):
    """X W + b of few fp32 rows, in fp32: each has the bits that it has alone; eight take 1.1 to 1.9 times as long."""

    def __init__(self, weight: Tensor, bias: Tensor | None) -> None:
        super().__init__()
        self._matrix = PackedMatrix(weight, bias)

    @staticmethod
    def takes(weight: Tensor) -> bool:
        """Whether there is a kernel for a matrix (in, out)."""
        return weight.device.type == "cpu" and len(weight) % 2 == 0 and has_kernels(weight.dtype)

    def forward(self, x: Tensor) -> Tensor:
        """(B, in) -> (B, out)."""
        x, matrix = x.contiguous(), self._matrix
        y = x.new_empty(len(x), len(matrix.bias))
        library().call("row_linear", matrix.numbers.dtype, x, matrix.numbers, matrix.bias, y, *x.shape, y.shape[1])
        return y[:, : matrix.width]
