"""The next token of each of a few texts by a GPT-2 with constant weights, in one call.

Letters: B texts, H heads, d width.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from colacli.kernels.compiled.attention import fits
from colacli.kernels.compiled.library import library
from colacli.kernels.compiled.row_products import CompiledRowLinear, PackedMatrix


class Affine(NamedTuple):
    """Weight and bias: of a layer norm (d,) both, of a linear layer (in, out) and (out,)."""

    weight: Tensor
    bias: Tensor


class BlockWeights(NamedTuple):
    """What a block of GPT-2 computes with; GELU's tanh approximation is its activation."""

    first_norm: Affine
    project: Affine
    back: Affine
    second_norm: Affine
    widen: Affine
    narrow: Affine
    scale: float
    """Of the attention's scores."""

    @property
    def linears(self) -> tuple[Affine, Affine, Affine, Affine]:
        """In their order."""
        return self.project, self.back, self.widen, self.narrow


class CompiledBlocks:
    """The blocks of a GPT-2 for the next token of each text."""

    def __init__(self, blocks: Sequence[BlockWeights], epsilon: float) -> None:
        self._epsilon = epsilon
        self._dtype, self._inner = blocks[0].widen.weight.dtype, blocks[0].widen.weight.shape[1]
        self._tensors = [tensor for block in blocks for tensor in _pointed_to(block)]  # kept for the pointers
        self._pointers = torch.tensor([tensor.data_ptr() for tensor in self._tensors])

    @staticmethod
    def takes(block: BlockWeights, heads: int) -> bool:
        """Whether there are kernels for a block."""
        is_here = all(CompiledRowLinear.takes(one.weight) for one in block.linears)
        return (
            is_here and fits(len(block.project.weight) // heads) and len(block.narrow.weight) % library().columns == 0
        )

    def __call__(self, x: Tensor, caches: Sequence[Tensor], count: int) -> Tensor:
        """The states after the last block.

        Args:
            x: (B, d) in fp32, before the first one.
            caches: a layer's each, (2, B, H, room, d/H) in fp32, whose keys and values at `count` are written.
            count: of tokens before this one.

        Returns:
            (B, d).
        """
        x = x.clone(memory_format=torch.contiguous_format)
        (texts, width), (heads, room, head_width) = x.shape, caches[0].shape[2:]
        scratch = torch.empty(texts * (5 * width + self._inner + heads * room))
        at = torch.tensor([cache.data_ptr() for cache in caches])
        sizes = len(caches), texts, heads, head_width, self._inner, room, count
        library().call("next_states", self._dtype, x, self._pointers, at, scratch, *sizes, self._epsilon)
        return x


def _pointed_to(block: BlockWeights) -> Sequence[Tensor]:
    """In the order of `Block` in decoding.h."""
    first, second = (torch.stack(norm).detach().float() for norm in (block.first_norm, block.second_norm))
    project, back, widen, narrow = ((one.numbers, one.bias) for one in (PackedMatrix(*each) for each in block.linears))
    return first, *project, *back, second, *widen, *narrow, torch.tensor([block.scale])
