"""Matrix products with constant weights, for many rows: x W + b in inference."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch.nn.functional as F
from torch import Tensor, nn

from colacli.kernels.torch_ops import onednn_linear, onednn_pack


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
_GELU_TANH = Activation(lambda x: F.gelu(x, approximate="tanh"), ("gelu", "tanh"))
ACTIVATIONS = {
    "gelu_new": _GELU_TANH,
    "gelu_pytorch_tanh": _GELU_TANH,
    "gelu": Activation(F.gelu, ("gelu", "none")),
    "relu": Activation(F.relu, ("relu", "")),
    "silu": Activation(F.silu, ("swish", "")),
}
"""By their names in GPT-2's configs."""


class PackedLinear(nn.Module):
    """f(x W + b) with W (in, out) in oneDNN's order, where `has_onednn`. It can't be trained.

    With GPT-2's widths on two cores it has 450 GFLOP/s in bf16 and 222 in fp32, `addmm` 410 and 197; a fused GELU takes
    half its time.
    """

    def __init__(self, weight: Tensor, bias: Tensor | None, activation: Activation = IDENTITY) -> None:
        super().__init__()
        self.packed = onednn_pack(weight.detach().T)
        self.bias = None if bias is None else bias.detach()
        self.activation = activation

    def forward(self, x: Tensor) -> Tensor:
        """(N, in) -> (N, out)."""
        bias = None if self.bias is None else self.bias.to(x.dtype)
        return onednn_linear(x, self.packed, bias, self.activation.onednn)
