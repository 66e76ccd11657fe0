"""LoRA (Hu et al. 2021): W is frozen, and the update (alpha / r) B A is trained."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import chain, islice

import torch
from torch import Tensor, nn

from colacli.config import Lora
from colacli.errors import UsageError
from colacli.kernels.device_lora import cast_all, device_lora_linear
from colacli.kernels.dropout import StepMasks
from colacli.kernels.linear import GELU_TANH, IDENTITY, Activation, FrozenMatrix
from colacli.kernels.lora_linear import lora_linear
from colacli.models.gpt2 import Conv1D
from colacli.parameters import ParameterCounts

HEAD = "score"
PACKED_WEIGHTS = 400_000_000
"""Most weights of adapted projections of which training keeps packed copies: GPT-2 medium's, not GPT-2 large's."""


class LoraConv1D(nn.Module):
    """h = W x + b + (alpha / r) B A dropout(x), equation 3 of the paper. Parameter names are PEFT's."""

    def __init__(
        self, base: Conv1D, lora: Lora, dropout: float, masks: StepMasks, casts: StepCasts, *, may_pack: bool
    ) -> None:
        super().__init__()
        d_in, d_out = base.weight.shape
        device = base.weight.device
        self.base_layer = base
        self.lora_A = nn.Linear(d_in, lora.rank, bias=False, device=device)
        self.lora_B = nn.Linear(lora.rank, d_out, bias=False, device=device)
        self.scale = (lora.rank if lora.alpha is None else lora.alpha) / lora.rank
        self.dropout = dropout
        self.masks, self.casts = masks, casts
        self._may_pack = may_pack
        self._frozen: FrozenMatrix | None = None
        _initialise(self.lora_A.weight, lora)
        nn.init.zeros_(self.lora_B.weight)  # so that training starts at the base model
        self._number = casts.add(self)

    def forward(self, x: Tensor, residual: Tensor | None = None, activation: Activation = IDENTITY) -> Tensor:
        """Of the activation of x, (N, in) -> (N, out), added to `residual` of that shape."""
        dropout = self.dropout if self.training else 0.0
        if x.device.type != "cpu":
            y = self._project_on_device(activation(x), dropout)
            return y if residual is None else residual + y
        w, b = self.base_layer.weight, self.base_layer.bias
        if self._frozen is None or not self._frozen.is_of(w, x.dtype):
            self._frozen = FrozenMatrix(w, x.dtype, may_pack=self._may_pack)
        mask = self.masks.draw(x.numel(), dropout) if dropout else None
        adapter = self.lora_A.weight, self.lora_B.weight
        scale, is_gelu = self.scale / (1 - dropout), activation is GELU_TANH
        x = x if is_gelu else activation(x)
        return lora_linear(x, self._frozen, b, *adapter, mask, scale=scale, residual=residual, activates=is_gelu)

    def _project_on_device(self, x: Tensor, dropout: float) -> Tensor:
        w, b = self.base_layer.weight, self.base_layer.bias
        down, up, *bias = self.casts.of(self._number, x.dtype)
        frozen, offset = w.to(x.dtype), bias[0] if bias else b.to(x.dtype)
        return device_lora_linear(x, frozen, offset, down, up, dropout=dropout, scale=self.scale)

    @torch.no_grad()
    def merged_weight(self) -> Tensor:
        """W + (alpha / r) B A as GPT-2 stores it, (in, out), in fp32."""
        w, a, b = self.base_layer.weight.float(), self.lora_A.weight, self.lora_B.weight
        return torch.addmm(w, a.T, b.T, alpha=self.scale)


class StepCasts:
    """The trained weights of a model's adapters in the type of the states, on an accelerator cast once a step.

    Layers take theirs in their order in the model, so the first layer begins a step.
    """

    def __init__(self) -> None:
        self._layers: list[LoraConv1D] = []
        self._casts: dict[int, Sequence[Tensor]] = {}

    def add(self, layer: LoraConv1D) -> int:
        """One more layer; its number, which copies of it have too."""
        self._layers.append(layer)
        return len(self._layers) - 1

    def of(self, number: int, dtype: torch.dtype) -> Sequence[Tensor]:
        """A, B and, where it is trained, the bias of a layer."""
        if dtype == self._layers[number].lora_A.weight.dtype:
            return _trained(self._layers[number])
        if number == 0 or number not in self._casts:
            weights = [_trained(layer) for layer in self._layers]
            casts = iter(cast_all([*chain(*weights)], dtype))
            self._casts = {one: [*islice(casts, len(own))] for one, own in enumerate(weights)}
        return self._casts.pop(number)


def _trained(layer: LoraConv1D) -> Sequence[Tensor]:
    bias = layer.base_layer.bias
    return (layer.lora_A.weight, layer.lora_B.weight, *([bias] if bias.requires_grad else []))


def _initialise(weight: Tensor, lora: Lora) -> None:
    """Initial values of A (r, in)."""
    if lora.init == "xavier":
        nn.init.xavier_uniform_(weight)
    elif lora.init == "kaiming":
        nn.init.kaiming_uniform_(weight, a=math.sqrt(5))
    else:
        nn.init.normal_(weight, std=1 / lora.rank)


def matches(name: str, target: str) -> bool:
    """Whether a module's full name is the target, or ends with it after a dot, as PEFT matches."""
    return name == target or name.endswith(f".{target}")


def check_for_peft(model: nn.Module, lora: Lora) -> None:
    """Check that PEFT would unfreeze the same modules.

    PEFT unfreezes every module whose name ends with an unfrozen one's, also after no dot, and wraps each as a unit.

    Args:
        model: a `Classifier` without adapters.
        lora: its options.

    Raises:
        UsageError: it would not, or there is no such module.
    """
    names = [name for name, _ in model.named_modules()]
    unfrozen = {HEAD}.union(*(_modules(model, target) for target in lora.unfreeze))
    for target in lora.unfreeze:
        if others := [name for name in names if name.endswith(target) and not matches(name, target)]:
            hint = "give it with its layer, for example h.0.attn, h.1.attn"
            raise UsageError(f"--unfreeze {target}: PEFT would unfreeze {others[0]} too, whose name ends so", hint)
    for inner in sorted(unfrozen):
        if outer := next((name for name in unfrozen if inner.startswith(f"{name}.")), None):
            raise UsageError(f"--unfreeze: {inner} is in {outer}, which is unfrozen too", "leave one of them out")


def add_lora(model: nn.Module, lora: Lora, dropout: float) -> None:
    """Add adapters to the targeted projections, and freeze all parameters that `lora` does not train.

    Args:
        model: a `Classifier`.
        lora: rank, targets, biases and modules to train.
        dropout: fraction of an adapter's inputs dropped in training.

    Raises:
        UsageError: a target or a module to unfreeze is not in the model.
    """
    model.requires_grad_(requires_grad=False)
    _add_adapters(model, lora, dropout)
    for module in (*lora.unfreeze, HEAD):
        _unfreeze(model, module)
    for name, parameter in model.named_parameters():
        if name.endswith(".bias") and (lora.bias == "all" or (lora.bias == "lora_only" and ".base_layer." in name)):
            parameter.requires_grad_()


def _add_adapters(model: nn.Module, lora: Lora, dropout: float) -> None:
    """In the order of the model, so that the order of the targets changes no initial value."""
    projections = {name: module for name, module in model.named_modules() if isinstance(module, Conv1D)}
    for target in lora.targets:
        if not any(matches(name, target) for name in projections):
            names = ", ".join(sorted({name.split(".", 3)[3] for name in projections}))  # without transformer.h.0
            raise UsageError(f"--targets: no projection is called '{target}'", f"the model has {names}")
    adapted = [name for name in projections if any(matches(name, target) for target in lora.targets)]
    masks, casts = StepMasks(len(adapted)), StepCasts()
    may_pack = sum(projections[name].weight.numel() for name in adapted) <= PACKED_WEIGHTS
    for name in adapted:
        parent, _, child = name.rpartition(".")
        layer = LoraConv1D(projections[name], lora, dropout, masks, casts, may_pack=may_pack)
        setattr(model.get_submodule(parent), child, layer)


def _unfreeze(model: nn.Module, target: str) -> None:
    modules = _modules(model, target)
    if any(isinstance(part, LoraConv1D) for module in modules.values() for part in module.modules()):
        raise UsageError(f"--unfreeze {target}: it has an adapter already", "leave it out, or change --targets")
    for module in modules.values():
        module.requires_grad_()


def _modules(model: nn.Module, target: str) -> dict[str, nn.Module]:
    """The modules that a target matches, by name."""
    if modules := {name: module for name, module in model.named_modules() if name and matches(name, target)}:
        return modules
    raise UsageError(f"--unfreeze: no module is called '{target}'", "for example ln_f, ln_1, wpe")


def trained(model: nn.Module) -> dict[str, nn.Parameter]:
    """The trainable parameters, by name."""
    return {name: parameter for name, parameter in model.named_parameters() if parameter.requires_grad}


def count(model: nn.Module) -> ParameterCounts:
    """The parameter counts of a model."""
    total = sum(parameter.numel() for parameter in model.parameters())
    return ParameterCounts(total=total, trainable=sum(parameter.numel() for parameter in trained(model).values()))
