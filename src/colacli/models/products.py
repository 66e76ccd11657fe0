"""Products with a matrix that stays as it is, in the order that the processor reads fastest.

GPT-2 is nearly all of it products x W + b with weights that nobody trains: rows x (N, in), a matrix W (in, out). On a
CPU two things beat torch's own: oneDNN with a matrix put into its order beforehand, for many rows, and FBGEMM's
products with 16-bit matrices, or one product for each thread, for a single row. Elsewhere torch's own is taken.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor


@dataclass(frozen=True)
class Activation:
    """What follows a product, for each number alone."""

    function: Callable[[Tensor], Tensor]
    fused: tuple[str, str]
    """oneDNN's name of it and of its variant, with which the product does it as it writes."""

    def __call__(self, x: Tensor) -> Tensor:
        """The same shape."""
        return self.function(x)


NOTHING = Activation(lambda x: x, ("none", ""))
_GELU_TANH = Activation(lambda x: F.gelu(x, approximate="tanh"), ("gelu", "tanh"))
ACTIVATIONS = {
    "gelu_new": _GELU_TANH,
    "gelu_pytorch_tanh": _GELU_TANH,
    "gelu": Activation(F.gelu, ("gelu", "none")),
    "relu": Activation(F.relu, ("relu", "")),
    "silu": Activation(F.silu, ("swish", "")),
}
"""By the names that GPT-2's configs give them."""

Product = Callable[[Tensor, Tensor | None, Activation], Tensor]
"""(rows x (N, in), bias (out,) in their type or none, what follows) -> (N, out)."""


def of_many_rows(weight: Tensor) -> Product | None:
    """Products with a matrix (in, out) that won't change; None where torch's own are the fastest.

    With GPT-2's widths on two cores 450 GFLOP/s in bf16 and 222 in fp32, where `addmm` has 410 and 197; and GELU in
    the same pass takes half its time. The operators are those with which torch.compile freezes linear layers.
    """
    if not packs(weight):
        return None
    operators = torch.ops.mkldnn
    packed = operators._reorder_linear_weight(weight.detach().T)

    def product(x: Tensor, bias: Tensor | None, then: Activation) -> Tensor:
        attribute, variant = then.fused
        return operators._linear_pointwise(x, packed, bias, attribute, [], variant)  # type: ignore[no-any-return]

    return product


def packs(weight: Tensor) -> bool:
    """Whether oneDNN takes such a matrix in its own order."""
    operators = torch.ops.mkldnn
    if weight.device.type != "cpu" or not hasattr(operators, "_reorder_linear_weight"):
        return False
    return weight.dtype == torch.float32 or (
        weight.dtype == torch.bfloat16 and bool(operators._is_mkldnn_bf16_supported())
    )


RowProduct = Callable[[Tensor], Tensor]
"""(1, in) in fp32 -> (1, out) in fp32."""


def of_one_row(weight: Tensor, bias: Tensor | None) -> RowProduct | None:
    """Products of single rows with a matrix (in, out) that won't change; None where torch's own are the fastest.

    A language model that writes reads every weight once a token and does little else, so the speed of memory is the
    limit. Two threads read 33 of 36 GB/s like this.
    """
    if weight.device.type != "cpu":
        return None
    if weight.dtype == torch.bfloat16:
        return _halved(weight, bias) if _halves() else None
    return _shared_out(weight, bias) if weight.dtype == torch.float32 else None


def _halves() -> bool:
    """Whether there are products with 16-bit matrices: FBGEMM is part of torch on x86."""
    return "fbgemm" in torch.backends.quantized.supported_engines


def _halved(weight: Tensor, bias: Tensor | None) -> RowProduct:
    """In 16 bits, widened as they are read: bf16's own product has to round the row and reads 28 GB/s.

    fp16 has three bits more than bf16 and a narrower range: a bf16 weight between 2^-14 and 2^16 is the same number in
    it, a lesser one comes within 2^-25.
    """
    operators = torch.ops.quantized
    rows = weight.detach().T.float().contiguous()
    packed = operators.linear_prepack_fp16(rows, None if bias is None else bias.detach().float())
    return lambda x: operators.linear_dynamic_fp16(x, packed)


def _shared_out(weight: Tensor, bias: Tensor | None) -> RowProduct:
    """Two products for each thread, cut along `in`, and their sum: MKL gives a single row to one thread, at 20 GB/s."""
    parts = math.gcd(2 * torch.get_num_threads(), len(weight))  # one each would be 1 % slower
    cut = weight.detach().contiguous().view(parts, -1, weight.shape[1])
    offsets = torch.zeros(parts, 1, weight.shape[1])
    if bias is not None:
        offsets[0] = bias.detach()
    return lambda x: torch.baddbmm(offsets, x.view(parts, 1, -1), cut).sum(0)


_BLOCK = 64


def threshold(x: Tensor, k: int) -> Tensor:
    """A number that the k largest of (n,) reach and few others: the k-th largest of blocks' largest, or -inf.

    A tenth of the time of finding the k-th largest of GPT-2's 50,257 logits.
    """
    whole = len(x) // _BLOCK
    if whole < k:
        return x.new_tensor(-math.inf)
    return x[: whole * _BLOCK].view(whole, _BLOCK).amax(1).topk(k).values[-1]


def largest_of_one_row(columns: Tensor, k: int | None) -> RowProduct | None:
    """The k largest of a row's products with the columns (out, in) of a matrix, and -inf for all others.

    The matrix is read in 16 bits, half of what there is to read, which tells each product to within |row| times |what
    rounding took from the column|. Only columns that can be among the k largest by that are read whole, so what comes
    out is exact. A language model's head is a third of what it reads for a token.

    Returns:
        None where torch's own, or all of the products, are the faster, or where k is None.
    """
    here = columns.device.type == "cpu" and columns.dtype == torch.float32 and _halves()
    if not here or k is None or k * _BLOCK > len(columns):
        return None
    columns = columns.detach()
    about_all = _halved(columns.T, None)
    # Beside the rounding of the matrix that of the sums: of n terms less than n / 2^24 of |row| |column| each.
    slack = (columns - columns.half().float()).norm(dim=1) + 2 * columns.shape[1] / 2**24 * columns.norm(dim=1)
    slack.nan_to_num_(nan=math.inf).clamp_(max=torch.finfo(torch.float32).max)  # what is beyond fp16 is ruled out never

    def product(x: Tensor) -> Tensor:
        about = about_all(x)[0]  # (out,)
        error = slack * x.norm()
        possible = (about + error >= threshold(about - error, k)).nonzero()[:, 0]
        found = torch.full_like(about, -math.inf)
        found[possible] = columns[possible] @ x[0]
        return found[None]

    return product
