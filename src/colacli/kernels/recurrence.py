"""A plain recurrent network (Elman 1990) over packed sentences on a CPU: equal to `nn.RNN`, in 0.8 of its time.

Letters: N tokens of B sentences in the order of steps: all first tokens, all second ones, and so on, the longest
sentence first in each step, so that the sentences of a step are the first of the step before.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence

from colacli.kernels.torch_ops import has_onednn, onednn_linear, onednn_linear_add, onednn_pack


def is_supported(x: Tensor) -> bool:
    """Whether `packed_rnn` takes these inputs."""
    return x.dtype == torch.float32 and has_onednn(x.dtype, x.device)


def packed_rnn(rnn: nn.RNN, sentences: PackedSequence) -> tuple[PackedSequence, Tensor]:
    """Equal to `rnn(sentences)`: states of every token, and final states (layers * directions, B, hidden)."""
    x, counts = sentences.data, sentences.batch_sizes.tolist()
    ends = _ends(sentences.batch_sizes)
    final = []
    for layer in range(rnn.num_layers):
        if layer and rnn.dropout:
            x = nn.functional.dropout(x, rnn.dropout, rnn.training)
        directions = []
        for suffix in ("", "_reverse")[: 1 + rnn.bidirectional]:
            names = (f"{name}_l{layer}{suffix}" for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"))
            states = _Elman.apply(x, *(getattr(rnn, name) for name in names), _Steps(counts, bool(suffix)))  # type: ignore[no-untyped-call]
            final.append(states[: counts[0]] if suffix else states.index_select(0, ends))
            directions.append(states)
        x = torch.cat(directions, dim=1) if rnn.bidirectional else directions[0]
    hidden = torch.stack(final).index_select(1, sentences.unsorted_indices)  # type: ignore[arg-type] # always there
    return sentences._replace(data=x), hidden


def _ends(counts: Tensor) -> Tensor:
    """(B,) index of each sentence's last token in N, the longest sentence first."""
    lengths = (counts[None, :] > torch.arange(int(counts[0]))[:, None]).sum(dim=1)  # (B,)
    return (counts.cumsum(0) - counts)[lengths - 1] + torch.arange(len(lengths))


@dataclass(frozen=True)
class _Steps:
    """The steps of a direction through N tokens."""

    counts: list[int]
    """Tokens of each step, not increasing."""
    is_reverse: bool

    @property
    def slices(self) -> list[slice]:
        """Each step's tokens in N, in the order of the direction."""
        ends = list(itertools.accumulate(self.counts))
        steps = [slice(end - count, end) for end, count in zip(ends, self.counts, strict=True)]
        return steps[::-1] if self.is_reverse else steps

    def product_of_neighbours(self, later: Tensor, earlier: Tensor) -> Tensor:
        """The sum over pairs of consecutive tokens of the outer product of rows of (N, h) and (N, k)."""
        first, counts = self.counts[0], torch.tensor(self.counts)
        # In N the index of each token's left neighbour, but for the first tokens.
        left_neighbours = torch.arange(first, len(later)) - counts[:-1].repeat_interleave(counts[1:])
        if self.is_reverse:
            return later.index_select(0, left_neighbours).T @ earlier[first:]
        return later[first:].T @ earlier.index_select(0, left_neighbours)


class _Elman(torch.autograd.Function):
    """h_t = tanh(W x_t + b + U h_(t-1) + c), one direction of one layer.

    In the small products of a step U is in oneDNN's order: 205 GFLOP/s with 32 rows and 112 with 4, where torch's own
    have 150 and 41. The gradient of U is one product over all tokens, where torch accumulates one for each step.
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor, w: Tensor, u: Tensor, b: Tensor, c: Tensor, steps: _Steps) -> Tensor:
        packed = onednn_pack(u)
        inputs = torch.addmm(b + c, x, w.T)  # (N, h)
        states = torch.empty_like(inputs)
        earlier = None
        for step in steps.slices:
            sums = inputs[step]  # a view
            if earlier is not None:
                previous = states[earlier]
                count = min(len(sums), len(previous))  # of the sentences in both steps
                sums[:count] = onednn_linear_add(previous[:count], packed, sums[:count])
            torch.tanh(sums, out=states[step])
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
        for_x = sums @ w if ctx.needs_input_grad[0] else None
        for_u, for_b = ctx.steps.product_of_neighbours(sums, states), sums.sum(0)
        return for_x, sums.T @ x, for_u, for_b, for_b, None
