"""Models prepared for inference: new objects that can't be trained; the trained model is not changed.

They share the parameters that they don't replace, so the trained model must not change while they are used.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import Any, Literal, Protocol, runtime_checkable

import torch
from torch import Tensor, nn

from colacli.kernels.cuda_graphs import CudaGraphs, can_capture
from colacli.kernels.filling import filled
from colacli.kernels.linear import IDENTITY, Activation, PackedLinear
from colacli.kernels.packing import Batch, Prepared, numbers_of
from colacli.kernels.prefixes import SharedPrefixes
from colacli.kernels.torch_ops import has_onednn
from colacli.models.gpt2 import GPT2, MLP, Classifier, Conv1D
from colacli.models.lora import LoraConv1D

OutputKind = Literal["logits", "states", "prefixes", "logits and states"]
"""Of a classifier: logits (B, 2), states (B, d) that its head reads, logits (N, 2) of all prefixes, the first two."""


@runtime_checkable
class PreparesItself(Protocol):
    """A module that has something to prepare, such as a student: imported only where there is one."""

    def prepare_for_inference(self) -> None:
        """Change this copy, which shares its parameters with a model that may go on being trained."""


class InferenceModel:
    """A classifier, teacher or student, without dropout or gradients, in 0.8 of the time.

    Adapters are merged into their weights in fp32. Where the processor supports it, matrices are in oneDNN's order
    and activations are fused; a student computes what a token adds to its gates once.

    Args:
        model: to be prepared.
        captures: whether a teacher's batches are captured as CUDA graphs, where they can be: for many of them.
    """

    def __init__(self, model: nn.Module, *, captures: bool = False) -> None:
        self._model = replaced(model, _packed_gpt2).eval()
        self._graphs = _graphs_of(model) if captures else None
        for part in self._model.modules():
            if isinstance(part, PreparesItself):
                part.prepare_for_inference()

    def computing(self, kind: OutputKind) -> Callable[[Batch], Tensor]:
        """What computes outputs of a kind."""
        by_kind: dict[OutputKind, Callable[[Batch], Tensor]] = {
            "logits": self,
            "states": self.features,
            "prefixes": self.prefix_logits,
            "logits and states": self.logits_and_features,
        }
        return by_kind[kind]

    @torch.no_grad()
    def __call__(self, batch: Batch) -> Tensor:
        """Logits (B, 2)."""
        if self._graphs is None:
            return self._model(batch)  # type: ignore[no-any-return]
        return self._model.classify(self.features(batch))  # type: ignore[no-any-return]

    @torch.no_grad()
    def features(self, batch: Batch) -> Tensor:
        """Inputs (B, d) of the head."""
        if self._graphs is None:
            return self._model.features(batch)  # type: ignore[no-any-return]
        tokens = filled(SharedPrefixes.of(batch))
        return self._graphs(self._last_states, numbers_of(tokens), tokens.layout.width)

    def _last_states(self, numbers: Sequence[Tensor], width: int) -> Tensor:
        return self._model.transformer(Prepared.of(numbers, width), last_only=True)  # type: ignore[no-any-return]

    @torch.no_grad()
    def logits_and_features(self, batch: Batch) -> Tensor:
        """Both in one pass, (B, 2 + d) in fp32."""
        features = self.features(batch)
        return torch.cat([self._model.classify(features).float(), features.float()], dim=1)

    @torch.no_grad()
    def prefix_logits(self, batch: Batch) -> Tensor:
        """Logits (N, 2) of the prefix that ends with each token, on the host; of a GPT-2 alone."""
        return self._model.prefix_logits(batch)  # type: ignore[no-any-return]


def _graphs_of(model: nn.Module) -> CudaGraphs | None:
    """What captures a teacher's batches, where they can be."""
    if not isinstance(model, Classifier) or not can_capture(device := model.score.weight.device):
        return None
    return CudaGraphs(device)


def packed_body(body: GPT2) -> GPT2:
    """GPT-2's body for inference; the result shares what it doesn't replace."""
    return replaced(body, _packed_gpt2).eval()  # type: ignore[no-any-return]


def replaced(module: nn.Module, replace: Callable[[nn.Module], nn.Module | None]) -> Any:
    """A copy of a tree of modules in which some are replaced; parameters and buffers are shared."""
    if (replacement := replace(module)) is not None:
        return replacement
    clone = copy.copy(module)
    clone._modules = {name: child and replaced(child, replace) for name, child in module._modules.items()}
    return clone


def _packed_gpt2(module: nn.Module) -> nn.Module | None:
    """The replacement of a GPT-2's body, where its matrices can be packed; on an accelerator adapters are merged."""
    if not isinstance(module, GPT2):
        return None
    device = module.wte.weight.device
    if device.type != "cpu":
        return replaced(module, lambda part: _merged(part, module.dtype))  # type: ignore[no-any-return]
    if not has_onednn(module.dtype, device):
        return None
    return replaced(module, lambda part: packed_mlp(part, module.dtype) or _packed_linear(part, module.dtype))  # type: ignore[no-any-return]


def _merged(module: nn.Module, dtype: torch.dtype) -> nn.Module | None:
    if not isinstance(module, LoraConv1D):
        return None
    linear, bias = copy.copy(module.base_layer), module.base_layer.bias.detach()
    values = {"weight": module.merged_weight().to(dtype), "bias": bias.to(dtype)}
    linear._parameters = {name: nn.Parameter(value, requires_grad=False) for name, value in values.items()}
    return linear


def packed_mlp(module: nn.Module, dtype: torch.dtype) -> nn.Module | None:
    """The replacement of an MLP whose activation is fused with its first product; None for another module."""
    if not isinstance(module, MLP):
        return None
    mlp = copy.copy(module)
    mlp.activation = IDENTITY  # fused with the first layer
    first, second = _packed_linear(module.c_fc, dtype, module.activation), _packed_linear(module.c_proj, dtype)
    mlp._modules = {"c_fc": first, "c_proj": second}
    return mlp


def _packed_linear(module: nn.Module, dtype: torch.dtype, activation: Activation = IDENTITY) -> nn.Module | None:
    if isinstance(module, LoraConv1D):
        return PackedLinear(module.merged_weight().to(dtype), module.base_layer.bias, activation)
    if isinstance(module, Conv1D):
        return PackedLinear(module.weight.to(dtype), module.bias, activation)
    return None
