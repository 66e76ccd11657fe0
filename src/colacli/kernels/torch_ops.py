"""Operators of torch that are private or not in every build; no other file names them.

Where one is missing, `has_onednn` is false, and callers use public operators. `torch.compile` uses those of oneDNN to
freeze linear layers.
"""

from __future__ import annotations

import torch
from torch import Tensor

_ONEDNN = ("_reorder_linear_weight", "_linear_pointwise", "_is_mkldnn_bf16_supported")


def has_onednn(dtype: torch.dtype, device: torch.device) -> bool:
    """Whether oneDNN supports packed matrices of this type."""
    if device.type != "cpu" or not all(hasattr(torch.ops.mkldnn, name) for name in _ONEDNN):
        return False
    return dtype == torch.float32 or (dtype == torch.bfloat16 and bool(torch.ops.mkldnn._is_mkldnn_bf16_supported()))


def onednn_pack(matrix: Tensor) -> Tensor:
    """A matrix (out, in) in oneDNN's order, for `onednn_linear` and `onednn_linear_add`."""
    return torch.ops.mkldnn._reorder_linear_weight(matrix)  # type: ignore[no-any-return]


def onednn_linear(x: Tensor, packed: Tensor, bias: Tensor | None, activation: tuple[str, str]) -> Tensor:
    """f(x W^T + b), (N, in) -> (N, out); the activation by oneDNN's names of function and variant."""
    name, variant = activation
    return torch.ops.mkldnn._linear_pointwise(x, packed, bias, name, [], variant)  # type: ignore[no-any-return]


def onednn_linear_add(x: Tensor, packed: Tensor, other: Tensor, bias: Tensor | None = None) -> Tensor:
    """X W^T + other + b, (N, in) and (N, out) -> (N, out)."""
    return torch.ops.mkldnn._linear_pointwise.binary(x, other, packed, bias, "add")  # type: ignore[no-any-return]


def onednn_matmul(x: Tensor, matrix: Tensor, bias: Tensor | None = None) -> Tensor:
    """X W^T + b with a matrix (out, in) that is packed for this product alone, (N, in) -> (N, out)."""
    return onednn_linear(x, onednn_pack(matrix), bias, ("none", ""))


def sigmoid_backward(gradient: Tensor, sigmoid: Tensor, *, out: Tensor) -> Tensor:
    """The gradient of a sigmoid's argument, gradient * sigmoid * (1 - sigmoid), in one pass."""
    return torch.ops.aten.sigmoid_backward(gradient, sigmoid, grad_input=out)  # type: ignore[no-any-return]


def dropout_backward(gradient: Tensor, keep_mask: Tensor, scale: float) -> Tensor:
    """The gradient of `torch.native_dropout`'s input: gradient * mask * scale, in one pass."""
    return torch.ops.aten.native_dropout_backward(gradient, keep_mask, scale)  # type: ignore[no-any-return]


def softmax_backward(gradient: Tensor, softmax: Tensor) -> Tensor:
    """The gradient of the argument of a softmax over the last dimension."""
    return torch.ops.aten._softmax_backward_data(gradient, softmax, -1, softmax.dtype)  # type: ignore[no-any-return]
