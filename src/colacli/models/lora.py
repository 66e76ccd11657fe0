"""LoRA (Hu et al. 2021): W stays, and W + (alpha / r) B A is trained through A and B."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from colacli.config import Lora
from colacli.errors import UsageError
from colacli.ledger import Ledger
from colacli.models.gpt2 import Conv1D

HEAD = "score"


class LoraConv1D(nn.Module):
    """A projection with an adapter beside it. Parameter names are PEFT's."""

    def __init__(self, base: Conv1D, lora: Lora, dropout: float) -> None:
        super().__init__()
        d_in, d_out = base.weight.shape
        device = base.weight.device
        self.base_layer = base
        self.lora_A = nn.Linear(d_in, lora.rank, bias=False, device=device)
        self.lora_B = nn.Linear(lora.rank, d_out, bias=False, device=device)
        self.scale = (lora.rank if lora.alpha is None else lora.alpha) / lora.rank
        self.dropout = dropout
        self.merged = False
        self.train(base.training)
        _start(self.lora_A.weight, lora)
        nn.init.zeros_(self.lora_B.weight)  # so that the tuned model begins as the base

    def forward(self, x: Tensor) -> Tensor:
        """(N, in) -> (N, out)."""
        y = self.base_layer(x)
        if self.merged:
            return y  # type: ignore[no-any-return]
        dropped = F.dropout(x, self.dropout, self.training)
        low = F.linear(dropped, self.lora_A.weight.to(x.dtype))  # (N, r)
        return y + self.scale * F.linear(low, self.lora_B.weight.to(x.dtype))  # type: ignore[no-any-return]

    @torch.no_grad()
    def merge(self, sign: int = 1) -> None:
        """Add the update to the weight (sign 1), or take it out again (sign -1)."""
        if self.merged == (sign > 0):
            return
        update = self.scale * (self.lora_B.weight @ self.lora_A.weight).T  # (in, out)
        weight = self.base_layer.weight
        weight.copy_(weight.float() + sign * update.float())
        self.merged = sign > 0


def _start(weight: Tensor, lora: Lora) -> None:
    """Initial values of A (r, in)."""
    if lora.init == "xavier":
        nn.init.xavier_uniform_(weight)
    elif lora.init == "kaiming":
        nn.init.kaiming_uniform_(weight, a=math.sqrt(5))
    else:
        nn.init.normal_(weight, std=1 / lora.rank)


def matches(name: str, target: str) -> bool:
    """Whether a module's full name is the target or ends with it as whole parts, as PEFT matches."""
    return name == target or name.endswith(f".{target}")


def add_lora(model: nn.Module, lora: Lora, dropout: float) -> None:
    """Put adapters on the targeted projections and freeze all but what `lora` says is trained.

    Args:
        model: a `Classifier`.
        lora: rank, targets, biases and modules to train.
        dropout: share of an adapter's inputs dropped in training.

    Raises:
        UsageError: a target or a module to unfreeze is not in the model.
    """
    model.requires_grad_(requires_grad=False)
    _adapt(model, lora, dropout)
    for module in (*lora.unfreeze, HEAD):
        _unfreeze(model, module)
    for name, parameter in model.named_parameters():
        if name.endswith(".bias") and (lora.bias == "all" or (lora.bias == "lora_only" and ".base_layer." in name)):
            parameter.requires_grad_()


def _adapt(model: nn.Module, lora: Lora, dropout: float) -> None:
    """Adapters in the model's order, so that the order of the targets changes no initial value."""
    projections = {name: module for name, module in model.named_modules() if isinstance(module, Conv1D)}
    for target in lora.targets:
        if not any(matches(name, target) for name in projections):
            known = ", ".join(sorted({_without_layer(name) for name in projections}))
            raise UsageError(f"--targets: no projection is called '{target}'", f"the model has {known}")
    for name, projection in projections.items():
        if any(matches(name, target) for target in lora.targets):
            parent, _, child = name.rpartition(".")
            setattr(model.get_submodule(parent), child, LoraConv1D(projection, lora, dropout))


def _unfreeze(model: nn.Module, target: str) -> None:
    found = [module for name, module in model.named_modules() if name and matches(name, target)]
    if not found:
        raise UsageError(f"--unfreeze: no module is called '{target}'", "for example ln_f, ln_1, wpe")
    if any(isinstance(part, LoraConv1D) for module in found for part in module.modules()):
        raise UsageError(f"--unfreeze {target}: it has an adapter already", "leave it out, or change --targets")
    for module in found:
        module.requires_grad_()


def _without_layer(name: str) -> str:
    """'transformer.h.3.attn.c_proj' -> 'attn.c_proj'."""
    return ".".join(name.split(".")[3:])


def merge(model: nn.Module, sign: int = 1) -> None:
    """Merge every adapter into its weight (sign 1), or unmerge (sign -1)."""
    for module in model.modules():
        if isinstance(module, LoraConv1D):
            module.merge(sign)


def trained(model: nn.Module) -> dict[str, nn.Parameter]:
    """The parameters that training may change, by name."""
    return {name: parameter for name, parameter in model.named_parameters() if parameter.requires_grad}


def count(model: nn.Module) -> Ledger:
    """The model's parameter ledger."""
    total = sum(parameter.numel() for parameter in model.parameters())
    return Ledger(total=total, trainable=sum(parameter.numel() for parameter in trained(model).values()))
