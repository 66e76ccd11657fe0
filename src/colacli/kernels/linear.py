"""Matrix products with constant weights, for many rows: x W + b."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from colacli.kernels.gelu import gelu_tanh
from colacli.kernels.torch_ops import has_onednn, onednn_linear, onednn_linear_add, onednn_pack


@dataclass(frozen=True)
class Activation:
    """An elementwise function that can be fused with a product."""

    function: Callable[[Tensor], Tensor]
    onednn: tuple[str, str]
    """oneDNN's names of the function and its variant."""

    def __call__(self, x: Tensor) -> Tensor:
        """The same shape."""
        return self.function(x)


IDENTITY = Activation(lambda x: x, ("none", ""))
GELU_TANH = Activation(gelu_tanh, ("gelu", "tanh"))
ACTIVATIONS = {
    "gelu_new": GELU_TANH,
    "gelu_pytorch_tanh": GELU_TANH,
    "gelu": Activation(F.gelu, ("gelu", "none")),
    "relu": Activation(F.relu, ("relu", "")),
    "silu": Activation(F.silu, ("swish", "")),
}
"""By their names in GPT-2's configs."""


class PackedLinear(nn.Module):
    """f(x W + b) in inference with W (in, out) in oneDNN's order, where `has_onednn`. It can't be trained.

    With GPT-2's widths on two cores it has 450 GFLOP/s in bf16 and 222 in fp32, `addmm` 410 and 197; a fused GELU takes
    half its time.
    """

    def __init__(self, weight: Tensor, bias: Tensor | None, activation: Activation = IDENTITY) -> None:
        super().__init__()
        self.packed = onednn_pack(weight.detach().T)
        self.bias = None if bias is None else bias.detach().to(weight.dtype)
        self.activation = activation

    def forward(self, x: Tensor, residual: Tensor | None = None, activation: Activation = IDENTITY) -> Tensor:
        """Of the activation of x, (N, in) -> (N, out), added to `residual` of that shape."""
        x = activation(x)
        if residual is not None and x.dtype == torch.float32 and self.activation is IDENTITY:
            return onednn_linear_add(x, self.packed, residual, self.bias)
        y = onednn_linear(x, self.packed, self.bias, self.activation.onednn)
        return y if residual is None else y.add_(residual)  # in bf16 rounded twice, as in training


class FrozenMatrix:
    """W (in, out) of a layer that gets gradients for its inputs alone, in oneDNN's order for both where `has_onednn`.

    That takes two copies of W.

    Args:
        weight: W, in any type.
        dtype: of the states.
        may_pack: False to save the copies.
    """

    def __init__(self, weight: Tensor, dtype: torch.dtype, *, may_pack: bool = True) -> None:
        self._made_of = _identity(weight, dtype)
        self._weight = weight.detach().to(dtype)
        is_packed = may_pack and has_onednn(dtype, weight.device)
        self._forward = onednn_pack(self._weight.T) if is_packed else None
        self._back = onednn_pack(self._weight) if is_packed else None

    def __reduce__(self) -> tuple[partial[FrozenMatrix], tuple[Tensor, torch.dtype]]:
        again = partial(FrozenMatrix, may_pack=self._forward is not None)
        return again, (self._weight, self._weight.dtype)  # what is packed has no copies and no files

    def is_of(self, weight: Tensor, dtype: torch.dtype) -> bool:
        """Whether it was made of the same: this memory, which has not been written to since."""
        return self._made_of == _identity(weight, dtype)

    def product(self, x: Tensor, bias: Tensor) -> Tensor:
        """X W + b, (N, in) -> (N, out)."""
        if self._forward is None:
            return torch.addmm(bias, x, self._weight)
        return onednn_linear(x, self._forward, bias, IDENTITY.onednn)

    def back(self, gradient: Tensor, other: Tensor | None = None) -> Tensor:
        """The gradient of x, with another one if there is one: gradient W^T + other, (N, out), (N, in) -> (N, in)."""
        if self._back is None:
            return gradient @ self._weight.T if other is None else torch.addmm(other, gradient, self._weight.T)
        if other is None:
            return onednn_linear(gradient, self._back, None, IDENTITY.onednn)
        return onednn_linear_add(gradient, self._back, other)


def _identity(weight: Tensor, dtype: torch.dtype) -> tuple[object, ...]:
    return weight.data_ptr(), weight._version, weight.dtype, weight.device, dtype
