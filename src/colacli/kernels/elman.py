"""A plain recurrent layer over packed sentences on a CPU without C kernels (Elman 1990).

It is `nn.RNN`, in 0.65 to 0.75 of its time.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from colacli.kernels.steps import Steps
from colacli.kernels.tanh import tanh_
from colacli.kernels.torch_ops import onednn_linear, onednn_linear_add, onednn_matmul, onednn_pack


def elman(x: Tensor, w: Tensor, u: Tensor, b: Tensor, c: Tensor, steps: Steps) -> Tensor:
    """h_t = tanh(W x_t + b + U h_(t-1) + c), one direction of one layer: (N, in) -> (N, h)."""
    return _Elman.apply(x, w, u, b, c, steps)  # type: ignore[no-any-return, no-untyped-call]


class _Elman(torch.autograd.Function):
    """In the small products of a step U is in oneDNN's order.

    They have 205 GFLOP/s with 32 rows and 112 with 4, where torch's own have 150 and 41. The gradient of U is one
    product over all tokens, where torch accumulates one for each step.
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor, w: Tensor, u: Tensor, b: Tensor, c: Tensor, steps: Steps) -> Tensor:
        packed = onednn_pack(u)
        inputs = onednn_matmul(x, w, b + c)  # (N, h)
        states = torch.empty_like(inputs)
        earlier = None
        for step in steps.slices:
            sums = inputs[step]  # a view
            if earlier is not None:
                previous = states[earlier]
                count = min(len(sums), len(previous))  # of the sentences in both steps
                sums[:count] = onednn_linear_add(previous[:count], packed, sums[:count])
            tanh_(states[step].copy_(sums))
            earlier = step
        ctx.steps = steps
        ctx.save_for_backward(x, w, u, states)
        return states

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        x, w, u, states = ctx.saved_tensors
        packed = onednn_pack(u.T)
        slope = torch.addcmul(torch.ones(()), states, states, value=-1)  # of tanh
        sums = gradient.contiguous() * slope  # gradient of tanh's argument, so far without later steps
        later = None
        for step in reversed(ctx.steps.slices):
            if later is not None:
                following = sums[later]
                count = min(step.stop - step.start, len(following))
                through_u = onednn_linear(following[:count], packed, None, ("none", ""))
                sums[step][:count].addcmul_(through_u, slope[step][:count])
            later = step
        for_x = onednn_matmul(sums, w.T) if ctx.needs_input_grad[0] else None
        for_u, for_b = ctx.steps.product_of_neighbours(sums, states), sums.sum(0)
        return for_x, onednn_matmul(sums.T, x.T), for_u, for_b, for_b, None
