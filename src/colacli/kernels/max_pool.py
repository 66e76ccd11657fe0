"""The largest state of each sentence in every dimension, step by step over packed sentences.

On a CPU it saves four passes over a padded copy of all states, which is three times as large.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.nn.utils.rnn import PackedSequence

from colacli.kernels.compiled.library import takes
from colacli.kernels.compiled.recurrence import CompiledMax
from colacli.kernels.steps import Steps


def packed_max(states: PackedSequence) -> Tensor:
    """(N, d) in the order of steps -> (B, d), with the values and gradients of `amax` over each sentence's states."""
    counts: list[int] = states.batch_sizes.tolist()
    if states.data.dtype == torch.float32 and takes(states.data):
        largest = CompiledMax.apply(states.data, Steps(counts, is_reverse=False).starts)  # type: ignore[no-untyped-call]
    else:
        largest = _PackedMax.apply(states.data, counts)  # type: ignore[no-untyped-call]
    return largest.index_select(0, states.unsorted_indices)  # type: ignore[no-any-return]


class _PackedMax(torch.autograd.Function):
    """The longest sentence first."""

    @staticmethod
    def forward(ctx: Any, states: Tensor, counts: list[int]) -> Tensor:
        largest = states[: counts[0]].clone()
        for step in torch.split(states, counts):
            sentences = largest[: len(step)]
            torch.maximum(sentences, step, out=sentences)
        ctx.counts = counts
        ctx.save_for_backward(states, largest)
        return largest

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
        states, largest = ctx.saved_tensors
        are_largest = torch.empty_like(states)
        split = [*zip(torch.split(states, ctx.counts), torch.split(are_largest, ctx.counts), strict=True)]
        times = torch.zeros_like(largest)  # that the largest value occurs, among which the gradient is divided
        for step, is_largest in split:
            times[: len(step)] += torch.eq(step, largest[: len(step)], out=is_largest)
        gradient = gradient / times
        for _, is_largest in split:
            is_largest.mul_(gradient[: len(is_largest)])
        return are_largest, None
