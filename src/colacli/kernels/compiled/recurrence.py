"""Recurrent layers over packed sentences, whose steps are one call, forward and backward.

Letters: N tokens in the order of steps (`Steps`), B sentences, h width of a state, G gates.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from colacli.kernels.compiled.library import library, takes
from colacli.kernels.compiled.products import in_panels, product, sum_outer
from colacli.kernels.steps import Steps

_GRU, _LSTM = 3, 4
"""Their gates; a plain network's one argument counts as 1."""


class Computed(NamedTuple):
    """What a layer computes, for its gradients."""

    gates: Tensor
    """(N, G h); of a plain network the argument of its tanh."""
    states: Tensor
    """(N, h)."""
    previous: Tensor
    """(N, h), h_(t-1)."""
    other: Tensor | None
    """(N, h), of a GRU the n-part of U h_(t-1) + c, of an LSTM the cells."""


def takes_recurrence(x: Tensor, hidden: int) -> bool:
    """Whether there are kernels for inputs and a width of the states."""
    return x.dtype == torch.float32 and takes(x) and hidden % library().panel == 0


def compiled_states(gates: Tensor, u: Tensor, c: Tensor, steps: Steps) -> Computed:
    """What a direction of a layer computes: a plain network's, a GRU's or an LSTM's, as U has 1, 3 or 4 times h rows.

    Args:
        gates: W x + b (N, G h); they are replaced by the gates themselves.
        u: U (G h, h).
        c: (G h,).
        steps: of the direction.
    """
    hidden = u.shape[1]
    count = len(u) // hidden
    states, previous = gates.new_empty(len(gates), hidden), gates.new_empty(len(gates), hidden)
    other = torch.empty_like(states) if count in (_GRU, _LSTM) else None
    given = gates, in_panels(u.T), c, steps.starts
    sizes = count, len(steps.counts), int(steps.is_reverse), hidden
    library().call("recurrence", gates.dtype, *given, states, previous, other, *sizes)
    return Computed(gates, states, previous, other)


class CompiledRecurrence(torch.autograd.Function):
    """One direction of one layer, equal to `nn.RNN`, `nn.GRU` and `nn.LSTM`.

    The gradients of W and U are one product over all tokens.
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor, w: Tensor, u: Tensor, b: Tensor, c: Tensor, steps: Steps) -> Tensor:
        """(N, in) -> (N, h)."""
        computed = compiled_states(product(x, w.T, b), u, c, steps)
        ctx.steps = steps
        ctx.save_for_backward(x, w, u, *computed)
        return computed.states

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        """Of x, W, U, b and c."""
        x, w, u, *kept = ctx.saved_tensors
        computed = Computed(*kept)
        of_arguments, of_new = _of_arguments(gradient.contiguous(), computed, u, ctx.steps)
        of_c, of_u = of_arguments.sum(0), sum_outer(of_arguments, computed.previous)
        of_b = of_c
        if of_new is not None:  # from here on of W x + b, whose n-part is not multiplied by r
            of_arguments[:, -of_new.shape[1] :] = of_new
            of_b = of_arguments.sum(0)
        of_x = product(of_arguments, w) if ctx.needs_input_grad[0] else None
        return of_x, sum_outer(of_arguments, x), of_u, of_b, of_c, None


def _of_arguments(gradient: Tensor, computed: Computed, u: Tensor, steps: Steps) -> tuple[Tensor, Tensor | None]:
    """The gradients of U h_(t-1) + c in each gate (N, G h), and of the n-part of a GRU's W x + b (N, h)."""
    hidden = u.shape[1]
    count = len(u) // hidden
    of_arguments = torch.empty_like(computed.gates)
    of_new = torch.empty_like(gradient) if count == _GRU else None
    carried = gradient.new_zeros(steps.counts[0], hidden)
    carried_cell = torch.zeros_like(carried) if count == _LSTM else None
    given = *computed, gradient, in_panels(u), steps.starts
    sizes = count, len(steps.counts), int(steps.is_reverse), hidden
    written = of_arguments, of_new, carried, carried_cell
    library().call("recurrence_backward", gradient.dtype, *given, *written, *sizes)
    return of_arguments, of_new


class CompiledMax(torch.autograd.Function):
    """Of each sentence's states the largest, as `amax` has them with their gradients."""

    @staticmethod
    def forward(ctx: Any, states: Tensor, starts: Tensor) -> Tensor:
        """(N, h) and where each step begins (steps + 1,) -> (B, h), the longest sentence first."""
        states = states.contiguous()
        largest = states.new_empty(int(starts[1]), states.shape[1])
        library().call("packed_max", states.dtype, states, starts, largest, len(starts) - 1, states.shape[1])
        ctx.save_for_backward(states, largest, starts)
        return largest

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
        """Of the states; among equal ones it is divided."""
        states, largest, starts = ctx.saved_tensors
        of_states, given = torch.empty_like(states), (states, largest, gradient.contiguous(), starts)
        library().call("packed_max_backward", states.dtype, *given, of_states, len(starts) - 1, states.shape[1])
        return of_states, None
