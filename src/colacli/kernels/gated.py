"""Gated recurrent layers over packed sentences on a CPU without C kernels: equal to `nn.GRU` and `nn.LSTM`.

Letters: N tokens in the order of steps (`Steps`), m of them in a step, h width of a state. Each function is one
direction of one layer. The gates' arguments are W x_t + b + U h_(t-1) + c in the order of torch's weights; h_0 = 0.

All products are oneDNN's. What a gate's gradient is multiplied by is computed of all tokens at once: a step back has
three to six operators. The gradients of W and U are one product over all tokens.

On one thread of an AMD EPYC with AVX-512 a student's whole step takes 0.55 to 0.8 of its time with torch's own layers
(h = 256, batches of 64 and 128): there oneDNN's products have 200 GFLOP/s, those of `addmm` 80, and tanh, here by
sigmoid, takes ten times as long as sigmoid.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from colacli.kernels.steps import Steps
from colacli.kernels.tanh import tanh_
from colacli.kernels.torch_ops import onednn_linear, onednn_linear_add, onednn_matmul, onednn_pack, sigmoid_backward

_IDENTITY = ("none", "")


def gru(x: Tensor, w: Tensor, u: Tensor, b: Tensor, c: Tensor, steps: Steps) -> Tensor:
    """h_t = (1 - z) n + z h_(t-1) with n = tanh(W x_t + b + r (U h_(t-1) + c)) (Cho et al. 2014, as in cuDNN).

    (N, in) -> (N, h).
    """
    return _GRU.apply(x, w, u, b, c, steps)  # type: ignore[no-any-return, no-untyped-call]


def lstm(x: Tensor, w: Tensor, u: Tensor, b: Tensor, c: Tensor, steps: Steps) -> Tensor:
    """h_t = o tanh(s_t), s_t = f s_(t-1) + i g, with g the tanh of its argument (Hochreiter and Schmidhuber 1997).

    (N, in) -> (N, h).
    """
    return _LSTM.apply(x, w, u, b, c, steps)  # type: ignore[no-any-return, no-untyped-call]


def gru_states(gates: Tensor, u: Tensor, c: Tensor, steps: Steps) -> tuple[Tensor, Tensor, Tensor]:
    """States of every token, from what the inputs are to its gates.

    Args:
        gates: W x + b (N, 3h) for r, z and n; they are replaced by the gates themselves.
        u: (3h, h).
        c: (3h,).
        steps: of the direction.

    Returns:
        h_t, the n-part of U h_(t-1) + c, and h_(t-1), each (N, h).
    """
    width = u.shape[1]
    packed = onednn_pack(u)
    states, through_u, previous = (gates.new_empty(len(gates), width) for _ in range(3))
    parts = gates[:, : 2 * width], gates[:, 2 * width :], through_u, previous, states
    state = gates.new_zeros(0, width)
    for rz, n, through, before, after in zip(*map(steps.split, parts), strict=True):
        _carry(state, before)
        products = onednn_linear(before, packed, c, _IDENTITY)  # (m, 3h)
        rz.add_(products[:, : 2 * width]).sigmoid_()
        r, z = rz.split(width, dim=1)
        through.copy_(products[:, 2 * width :])
        tanh_(n.addcmul_(r, through))
        state = torch.lerp(n, before, z, out=after)
    return states, through_u, previous


def lstm_states(gates: Tensor, u: Tensor, c: Tensor, steps: Steps) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """States of every token, from what the inputs are to its gates.

    Args:
        gates: W x + b (N, 4h) for i, f, g and o; they are replaced by the gates themselves.
        u: (4h, h).
        c: (4h,).
        steps: of the direction.

    Returns:
        h_t, h_(t-1), s_t and s_(t-1), each (N, h).
    """
    width = u.shape[1]
    packed = onednn_pack(u)
    states, previous, cells, previous_cells = (gates.new_empty(len(gates), width) for _ in range(4))
    split = [steps.split(part) for part in (gates, previous, states, previous_cells, cells)]
    state = cell = gates.new_zeros(0, width)
    for sums, before, after, cell_before, cell_after in zip(*split, strict=True):
        _carry(state, before)
        _carry(cell, cell_before)
        sums.copy_(onednn_linear_add(before, packed, sums, c))
        i, f, g, o = sums.chunk(4, dim=1)
        sums[:, : 2 * width].sigmoid_()
        tanh_(g)
        o.sigmoid_()
        cell = torch.mul(i, g, out=cell_after).addcmul_(f, cell_before)
        state = torch.mul(o, tanh_(cell.clone()), out=after)
    return states, previous, cells, previous_cells


class _GRU(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, w: Tensor, u: Tensor, b: Tensor, c: Tensor, steps: Steps) -> Tensor:
        gates = onednn_matmul(x, w, b)
        states, through_u, previous = gru_states(gates, u, c, steps)
        ctx.steps = steps
        ctx.save_for_backward(x, w, u, gates, through_u, previous)
        return states

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        x, w, u, gates, through_u, previous = ctx.saved_tensors
        packed = onednn_pack(u.T)
        r, z, n = gates.chunk(3, dim=1)
        slopes = torch.empty_like(gates).view(len(x), 3, -1)  # of h_t in the three parts of U h_(t-1) + c
        slope_n = (1 - z).mul_(1 - n * n)  # in the argument of n
        sigmoid_backward(slope_n * through_u, r, out=slopes[:, 0])
        sigmoid_backward(previous - n, z, out=slopes[:, 1])
        torch.mul(slope_n, r, out=slopes[:, 2])
        gradients = torch.empty_like(slopes)  # of the three parts
        states = gradient.clone()  # the gradient of states, so far without later steps
        split = [ctx.steps.split(part)[::-1] for part in (states, z, slopes, gradients)]
        later = None
        for state, gate, slope, parts in zip(*split, strict=True):
            if later is not None:
                _pass_back(*later, packed, state)
            torch.mul(state[:, None], slope, out=parts)
            later = parts.flatten(1), state, gate
        parts = gradients.flatten(1)  # (N, 3h)
        transposed = parts.T.contiguous()
        for_u, for_c = onednn_matmul(transposed, previous.T), parts.sum(0)
        torch.mul(states, slope_n, out=gradients[:, 2])  # now of the three parts of W x_t + b
        transposed[2 * u.shape[1] :] = gradients[:, 2].T
        for_x = onednn_matmul(parts, w.T) if ctx.needs_input_grad[0] else None
        return for_x, onednn_matmul(transposed, x.T), for_u, parts.sum(0), for_c, None


class _LSTM(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, w: Tensor, u: Tensor, b: Tensor, c: Tensor, steps: Steps) -> Tensor:
        gates = onednn_matmul(x, w, b)
        states, previous, cells, previous_cells = lstm_states(gates, u, c, steps)
        ctx.steps = steps
        ctx.save_for_backward(x, w, u, gates, previous, cells, previous_cells)
        return states

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        x, w, u, gates, previous, cells, previous_cells = ctx.saved_tensors
        packed = onednn_pack(u.T)
        i, f, g, o = gates.chunk(4, dim=1)
        tanh = tanh_(cells.clone())
        slopes = torch.empty_like(gates).view(len(x), 4, -1)  # of s_t in the arguments of i, f, g; of h_t in o's
        sigmoid_backward(g, i, out=slopes[:, 0])
        sigmoid_backward(previous_cells, f, out=slopes[:, 1])
        torch.mul(i, 1 - g * g, out=slopes[:, 2])
        sigmoid_backward(tanh, o, out=slopes[:, 3])
        slope_cell = o * (1 - tanh * tanh)  # of h_t in s_t
        gradients = torch.empty_like(slopes)
        states, of_cells = gradient.clone(), torch.empty_like(cells)
        split = [ctx.steps.split(part)[::-1] for part in (states, of_cells, slope_cell, f, slopes, gradients)]
        later = None
        for state, cell, slope_s, forget, slope, parts in zip(*split, strict=True):
            cell.zero_()
            if later is not None:
                following, cell_following, forget_following = later
                count = min(len(state), len(following))
                state[:count] = onednn_linear_add(following[:count], packed, state[:count])
                torch.mul(cell_following[:count], forget_following[:count], out=cell[:count])
            cell.addcmul_(state, slope_s)
            torch.mul(cell[:, None], slope[:, :3], out=parts[:, :3])
            torch.mul(state, slope[:, 3], out=parts[:, 3])
            later = parts.flatten(1), cell, forget
        parts = gradients.flatten(1)  # (N, 4h)
        transposed, for_b = parts.T.contiguous(), parts.sum(0)
        for_x = onednn_matmul(parts, w.T) if ctx.needs_input_grad[0] else None
        return for_x, onednn_matmul(transposed, x.T), onednn_matmul(transposed, previous.T), for_b, for_b, None


def _carry(state: Tensor, before: Tensor) -> None:
    """The states before a step (m, h): those after the previous one, of as many sentences as there are; the rest 0."""
    count = min(len(state), len(before))
    before[:count] = state[:count]
    before[count:] = 0.0


def _pass_back(parts: Tensor, later: Tensor, gate: Tensor, packed: Tensor, state: Tensor) -> None:
    count = min(len(state), len(later))
    through_u = onednn_linear_add(parts[:count], packed, state[:count])
    torch.addcmul(through_u, later[:count], gate[:count], out=state[:count])
