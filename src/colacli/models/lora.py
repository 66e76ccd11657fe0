"""LoRA (Hu et al. 2021): W stays, and W + (alpha / r) B A is trained through A and B."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor, nn

from colacli.config import Lora
from colacli.errors import UsageError
from colacli.ledger import Ledger
from colacli.models import products
from colacli.models.dropout import draw_kept, masked
from colacli.models.gpt2 import Conv1D
from colacli.models.products import NOTHING, Activation, Product

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
        self._held: Product | None = None
        self.train(base.training)
        _start(self.lora_A.weight, lora)
        nn.init.zeros_(self.lora_B.weight)  # so that the tuned model begins as the base

    def forward(self, x: Tensor, then: Activation = NOTHING) -> Tensor:
        """(N, in) -> (N, out), and what follows."""
        weight, bias = self.base_layer.weight, self.base_layer.bias
        if self._held is not None:
            return self._held(x, bias.to(x.dtype), then)
        if self.merged:
            return self.base_layer(x, then)  # type: ignore[no-any-return]
        dropout = self.dropout if self.training else 0.0
        a, b = self.lora_A.weight, self.lora_B.weight
        return then(_Adapted.apply(x, weight, bias, a, b, self.scale, dropout))  # type: ignore[no-untyped-call]

    @torch.no_grad()
    def merge(self, sign: int = 1) -> None:
        """Add the update to the weight (sign 1), or take it out again (sign -1)."""
        if self.merged == (sign > 0):
            return
        self.base_layer.weight.copy_(self._updated(sign))
        self.merged = sign > 0

    @property
    def is_held(self) -> bool:
        """See `Projection`."""
        return self._held is not None

    @torch.no_grad()
    def hold(self, dtype: torch.dtype) -> None:
        """See `Projection`: as one matrix, the update added."""
        if products.packs(self.base_layer.weight):  # else merging would be for nothing
            weight = self.base_layer.weight if self.merged else self._updated(1)
            self._held = products.of_many_rows(weight.to(dtype))

    def let_go(self) -> None:
        """See `Projection`."""
        self._held = None

    def _updated(self, sign: int) -> Tensor:
        """The weight (in, out) in fp32 with the update added, or taken out."""
        weight = self.base_layer.weight.float()
        return torch.addmm(weight, self.lora_A.weight.T, self.lora_B.weight.T, alpha=sign * self.scale)


class _Adapted(torch.autograd.Function):
    """x W + b + scale * dropout(x) A^T B^T, with no gradient for W, and one for x only where somebody asks for it.

    As one function it keeps two matrices of x's size, and the thin products write into the wide ones' results. As
    modules, with `F.dropout`, the same step of GPT-2 took 1.28 times as long.
    """

    @staticmethod
    def forward(
        ctx: Any, x: Tensor, weight: Tensor, bias: Tensor, a: Tensor, b: Tensor, scale: float, dropout: float
    ) -> Tensor:
        down, up = a.to(x.dtype), b.to(x.dtype)  # (r, in), (out, r)
        kept = draw_kept(x, dropout) if dropout else None
        inputs = x if kept is None else masked(x, kept)
        low = inputs @ down.T  # (N, r)
        ctx.scale = scale / (1 - dropout)
        ctx.save_for_backward(weight, down, up, inputs, kept, low)
        return torch.addmm(bias.to(x.dtype), x, weight.to(x.dtype)).addmm_(low, up.T, alpha=ctx.scale)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        weight, down, up, inputs, kept, low = ctx.saved_tensors
        low_gradient = (gradient @ up).mul_(ctx.scale)  # (N, r)
        for_a = low_gradient.T @ inputs
        for_b = (low.T @ gradient).mul_(ctx.scale).T  # twice as fast as its transpose, gradient.T @ low
        for_bias = gradient.sum(0) if ctx.needs_input_grad[2] else None
        for_x = None
        if ctx.needs_input_grad[0]:
            through = low_gradient @ down
            for_x = (gradient @ weight.T).add_(through if kept is None else masked(through, kept))
        return for_x, None, for_bias, for_a.float(), for_b.float(), None, None


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


def check_for_peft(model: nn.Module, lora: Lora) -> None:
    """See that PEFT will find the same modules by the names to unfreeze.

    It unfreezes every module whose name ends with one of them, be it in the middle of a part, and wraps each one whole.

    Args:
        model: a `Classifier` without adapters.
        lora: what will be trained of it.

    Raises:
        UsageError: it would not, or there is no such module.
    """
    names = [name for name, _ in model.named_modules()]
    whole = {HEAD}.union(*(_called(model, target) for target in lora.unfreeze))
    for target in lora.unfreeze:
        if others := [name for name in names if name.endswith(target) and not matches(name, target)]:
            hint = "give it with its layer, for example h.0.attn, h.1.attn"
            raise UsageError(f"--unfreeze {target}: PEFT would unfreeze {others[0]} too, whose name ends so", hint)
    for inner in sorted(whole):
        if outer := next((name for name in whole if inner.startswith(f"{name}.")), None):
            raise UsageError(f"--unfreeze: {inner} is in {outer}, which is unfrozen too", "leave one of them out")


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
    found = _called(model, target)
    if any(isinstance(part, LoraConv1D) for module in found.values() for part in module.modules()):
        raise UsageError(f"--unfreeze {target}: it has an adapter already", "leave it out, or change --targets")
    for module in found.values():
        module.requires_grad_()


def _called(model: nn.Module, target: str) -> dict[str, nn.Module]:
    if found := {name: module for name, module in model.named_modules() if name and matches(name, target)}:
        return found
    raise UsageError(f"--unfreeze: no module is called '{target}'", "for example ln_f, ln_1, wpe")


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
