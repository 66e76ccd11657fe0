"""The language model's loss, with the head's work done in slices that stay in the processor's cache.

The logits of 4,096 tokens over 8,192 entries are 128 MB in fp32. Written out, read back, exponentiated and
differentiated in one piece they cost more than all layers of the model together.
"""

from __future__ import annotations

import torch
from torch import Tensor

SLICE = 512


def _softmax_gradient(logits: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
    """(n, V) bf16, (n,) -> the gradient to the logits (n, V) of the summed cross-entropy, and that sum. In fp32."""
    wide = logits.float()
    top = wide.amax(dim=1, keepdim=True)
    powers = (wide - top).exp()
    total = powers.sum(dim=1, keepdim=True)
    hit = torch.arange(wide.shape[1])[None] == targets[:, None]
    loss = (total.log() + top).sum() - torch.where(hit, wide, 0.0).sum()
    return (powers / total - hit.float()).to(logits.dtype), loss


class _CrossEntropy(torch.autograd.Function):
    """Mean cross-entropy of `states @ weight.T`; both gradients are found on the way forward."""

    @staticmethod
    def forward(ctx, states: Tensor, weight: Tensor, targets: Tensor, gradient) -> Tensor:  # type: ignore[no-untyped-def]
        count = len(targets)
        of_states = torch.empty_like(states)
        of_weight = torch.zeros_like(weight, dtype=torch.float32)
        loss = torch.zeros(())
        for some in torch.arange(count).split(SLICE):
            part = slice(int(some[0]), int(some[-1]) + 1)
            slope, part_loss = gradient(states[part] @ weight.T, targets[part])
            loss = loss + part_loss
            of_states[part] = slope @ weight
            of_weight += slope.T @ states[part]
        ctx.save_for_backward(of_states / count, of_weight / count)
        return loss / count

    @staticmethod
    def backward(ctx, upstream: Tensor):  # type: ignore[no-untyped-def]
        of_states, of_weight = ctx.saved_tensors
        return upstream * of_states, (upstream * of_weight).to(of_states.dtype), None, None


_compiled = None


def next_token_loss(states: Tensor, weight: Tensor, targets: Tensor, *, compiled: bool) -> Tensor:
    """Mean cross-entropy of the next tokens.

    Args:
        states: (n, d), after the last norm.
        weight: (V, d), the embedding that is the head.
        targets: (n,) int64.
        compiled: fuse the element-wise part; bf16 products either way when `states` are bf16.
    """
    global _compiled
    if compiled and _compiled is None:
        _compiled = torch.compile(_softmax_gradient, dynamic=True)
    gradient = _compiled if compiled else _softmax_gradient
    return _CrossEntropy.apply(states, weight.to(states.dtype), targets, gradient)  # type: ignore[no-any-return]
