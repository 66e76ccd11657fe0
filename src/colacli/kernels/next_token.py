"""The loss of next tokens over a whole vocabulary, in slices: logits of all tokens are never in memory at once.

Letters: N tokens whose next one is predicted, M of them in a slice, e width of the states, V vocabulary.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from torch import Tensor

_LOGITS = 2**21
"""Logits in a slice on a CPU: 8 MB of fp32. A GPU takes 32 times as many."""
_LEAST = 1.2e-38
"""A smaller probability is not told from 0 in fp32: a loss of a token ends at 87 nats."""


@dataclass(frozen=True)
class SoftTargets:
    """Another language model's distributions of the same next tokens."""

    states: Tensor
    """(N, d) of its body."""
    head: Tensor
    """(V, d): its logits are `states` times this."""
    weight: float
    """Of their part of the loss."""
    temperature: float

    def probabilities(self, rows: slice) -> tuple[Tensor, Tensor]:
        """Softmax of logits / T of some rows, and these logits, both (M, V) in fp32."""
        logits = _scaled(self.states[rows] @ self.head.T, self.temperature)
        return logits.softmax(dim=1), logits


class Sums(NamedTuple):
    """What is counted of N tokens."""

    nll: Tensor
    """Sum of -log p(next token), in nats."""
    right: Tensor
    """How many of them are the likeliest token."""


def next_token_loss(
    states: Tensor, weight: Tensor, bias: Tensor, targets: Tensor, soft: SoftTargets | None, dtype: torch.dtype
) -> tuple[Tensor, Sums]:
    """Mean over N of -log softmax(W s + b)[target], plus, with soft targets p, w T^2 KL(p || softmax((W s + b) / T)).

    The gradient is computed with the loss, slice by slice: three products a slice, and no logits are kept.

    Args:
        states: (N, e).
        weight: W (V, e); its gradient is left out where it needs none.
        bias: b (V,).
        targets: (N,) int64.
        soft: of the same tokens.
        dtype: of the products; softmax and sums are in fp32.
    """
    loss, nll, right = _NextToken.apply(states, weight, bias, targets, soft, dtype)  # type: ignore[no-untyped-call]
    return loss, Sums(nll, right)


@torch.no_grad()
def next_token_sums(states: Tensor, weight: Tensor, bias: Tensor, targets: Tensor) -> Sums:
    """The same counts without a gradient, in the type of the states."""
    nll, right = states.new_zeros(()), states.new_zeros(())
    for rows in _slices(len(states), weight):
        log_probabilities = torch.addmm(bias, states[rows], weight.T).float().log_softmax(dim=1)
        chosen = log_probabilities.gather(1, targets[rows, None])[:, 0]
        nll -= chosen.sum()
        right += (log_probabilities.argmax(dim=1) == targets[rows]).sum()
    return Sums(nll, right)


def _slices(count: int, weight: Tensor) -> list[slice]:
    limit = _LOGITS if weight.device.type == "cpu" else 32 * _LOGITS
    size = max(1, limit // len(weight))
    return [slice(start, start + size) for start in range(0, count, size)]


def _scaled(logits: Tensor, temperature: float) -> Tensor:
    """Logits / T in fp32."""
    return logits.float() if temperature == 1 else logits.float() / temperature


class _NextToken(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        states: Tensor,
        weight: Tensor,
        bias: Tensor,
        targets: Tensor,
        soft: SoftTargets | None,
        dtype: torch.dtype,
    ) -> tuple[Tensor, Tensor, Tensor]:
        count = len(states)
        inputs, matrix, offset = states.to(dtype), weight.to(dtype), bias.to(dtype)
        for_states = torch.empty_like(inputs)
        for_weight = torch.zeros_like(weight) if ctx.needs_input_grad[1] else None
        for_bias = torch.zeros_like(bias)
        nll, kl, right = (bias.new_zeros(()) for _ in range(3))
        for rows in _slices(count, weight):
            logits = torch.addmm(offset, inputs[rows], matrix.T)  # (M, V)
            gradient = torch.softmax(logits, dim=1, dtype=torch.float32)  # q; of the logits in the end
            chosen = gradient.gather(1, targets[rows, None])  # (M, 1)
            nll -= chosen.clamp(min=_LEAST).log().sum()
            right += (chosen == gradient.amax(dim=1, keepdim=True)).sum()
            if soft is not None:
                kl += _add_soft(gradient, logits, soft, rows, targets[rows, None])
            gradient.scatter_add_(1, targets[rows, None], torch.full_like(chosen, -1.0))
            for_bias += gradient.sum(dim=0)
            gradient = gradient.to(dtype)
            torch.mm(gradient, matrix, out=for_states[rows])
            if for_weight is not None:
                for_weight += gradient.T @ inputs[rows]
        ctx.save_for_backward(for_states, for_weight, for_bias)
        ctx.count, ctx.type = count, states.dtype
        ctx.mark_non_differentiable(nll, right)
        loss = nll if soft is None else nll + soft.weight * soft.temperature**2 * kl
        return loss / count, nll, right

    @staticmethod
    def backward(ctx: Any, gradient: Tensor, *_: Tensor) -> tuple[Tensor | None, ...]:
        for_states, for_weight, for_bias = ctx.saved_tensors
        scale = gradient / ctx.count
        for_weight = None if for_weight is None else for_weight * scale
        return for_states.to(ctx.type) * scale, for_weight, for_bias * scale, None, None, None


def _add_soft(gradient: Tensor, logits: Tensor, soft: SoftTargets, rows: slice, targets: Tensor) -> Tensor:
    """Add the soft targets' part w T (q_T - p) to the gradient q (M, V), in place; the sum over rows of KL(p || q_T).

    KL is p (teacher's logits - student's) minus the difference of their log-normalisers, which are found from one
    column each, the target's (M, 1).
    """
    t, w = soft.temperature, soft.weight
    teacher, teacher_logits = soft.probabilities(rows)
    student_logits = _scaled(logits, t)
    student = gradient if t == 1 else student_logits.softmax(dim=1)

    def log_normaliser(scaled: Tensor, probabilities: Tensor) -> Tensor:
        return (scaled.gather(1, targets) - probabilities.gather(1, targets).clamp(min=_LEAST).log()).sum()

    normalisers = log_normaliser(teacher_logits, teacher) - log_normaliser(student_logits, student)
    kl = teacher_logits.sub_(student_logits).mul_(teacher).sum() - normalisers
    if t == 1:
        gradient.mul_(1 + w).sub_(teacher, alpha=w)
    else:
        gradient.add_(student.sub_(teacher), alpha=w * t)
    return kl
