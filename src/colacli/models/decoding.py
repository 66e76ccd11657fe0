"""A language model in generation: it reads a prompt by its modules, then a token of each text by few operators.

Letters: B texts, d width, H heads, V vocabulary.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from colacli.kernels.attention import KeyValueCache, attend_at, attend_cached
from colacli.kernels.compiled.decoding import Affine, BlockWeights, CompiledBlocks
from colacli.kernels.cuda_graphs import CudaGraphs, can_capture
from colacli.kernels.linear import GELU_TANH
from colacli.kernels.packing import Continuation
from colacli.kernels.row_linear import TopKLinear, row_linear, top_k_linear
from colacli.kernels.sending import send
from colacli.kernels.torch_ops import has_onednn
from colacli.models.gpt2 import GPT2, MLP, Block, Conv1D, Head, LanguageModel, LayerNorm
from colacli.models.inference import packed_mlp, replaced


class NextLogits(NamedTuple):
    """Logits of the next token of B texts."""

    logits: Tensor
    """(B, C) in fp32. What can't be among the likeliest that were asked for may be -inf."""
    ids: Tensor | None
    """(C,) the tokens, ascending; None where they are the whole vocabulary."""

    def tokens(self, chosen: Tensor) -> Tensor:
        """Token ids of indices among the C, in any shape."""
        return chosen if self.ids is None else self.ids[chosen]


class Decoder:
    """A language model for generation: a single token of each text is computed by kernels for few rows.

    Args:
        model: in evaluation mode.
        top_k: the number of likeliest tokens that are needed; None for all.
    """

    def __init__(self, model: LanguageModel, top_k: int | None = None) -> None:
        blocks = _compiled_blocks(model.transformer)
        single = _for_single_rows(model, top_k, has_blocks=blocks is not None) or model
        self._body = model.transformer
        self._step, self._head = _Step(single.transformer, blocks), single.lm_head
        self._graphs: _StepGraphs | None = None

    @property
    def layers(self) -> int:
        """Number of key-value caches."""
        return len(self._body.h)

    @torch.no_grad()
    def next_logits(self, tokens: Continuation, caches: Sequence[KeyValueCache]) -> NextLogits:
        """Of the token after each text, on the device."""
        if tokens.next_ids.shape[1] > 1:
            states = self._body(tokens, caches, last_only=True)
        elif tokens.start and can_capture(self._step.device):
            return NextLogits(self._graphs_of(caches)(tokens.next_ids[:, 0], tokens.start), None)
        else:
            states = self._step(tokens.next_ids[:, 0], tokens.start, caches)
        head, states = self._head, states.to(self._step.dtype)
        return NextLogits(*head(states)) if isinstance(head, TopKLinear) else NextLogits(head(states), None)

    def _graphs_of(self, caches: Sequence[KeyValueCache]) -> _StepGraphs:
        if self._graphs is None or self._graphs.caches is not caches:
            self._graphs = _StepGraphs(self._step, self._head, caches)
        return self._graphs


class _Step:
    """What GPT-2's body computes for one token of each text.

    Called through the modules, with their layouts, a token of GPT-2 takes 1.1 times as long: most operators are views.
    """

    def __init__(self, body: GPT2, compiled: CompiledBlocks | None) -> None:
        self.dtype = body.dtype
        self._compiled = compiled
        self._tokens, self._positions, self._norm = body.wte.weight, body.wpe.weight, body.ln_f
        blocks: list[Block] = list(body.h)  # type: ignore[arg-type] # of Blocks
        self._blocks, self._heads = [_BlockStep(block) for block in blocks], blocks[0].attn.heads

    @property
    def device(self) -> torch.device:
        """Where it is computed."""
        return self._tokens.device

    def __call__(self, ids: Tensor, position: int, caches: Sequence[KeyValueCache]) -> Tensor:
        """States (B, d) from ids (B,) on the host, all at one position."""
        (ids,) = send([ids], self.device)
        x = F.embedding(ids, self._tokens) + self._positions[position]
        if self._compiled is not None:
            shape = len(x), self._heads, x.shape[1] // self._heads
            x = self._compiled(x.float(), [cache.claim(*shape) for cache in caches], position)
            return self._norm(x)  # type: ignore[no-any-return]
        return self._states(x, [partial(attend_cached, mask=None, cache=cache) for cache in caches])

    def at(self, ids: Tensor, position: Tensor, caches: Sequence[KeyValueCache]) -> Tensor:
        """The same from ids and their position (1,) on the device, after others in the caches."""
        x = F.embedding(ids, self._tokens) + F.embedding(position, self._positions)
        room = torch.arange(caches[0].room(self.device), device=self.device)
        mask = torch.zeros(len(room), dtype=self.dtype, device=self.device).masked_fill_(room > position, -math.inf)
        seen = mask.view(1, 1, 1, -1)
        return self._states(x, [partial(attend_at, mask=seen, cache=cache, position=position) for cache in caches])

    def _states(self, x: Tensor, attentions: Sequence[Callable[..., Tensor]]) -> Tensor:
        x = x.to(self.dtype)
        for block, attention in zip(self._blocks, attentions, strict=True):
            x = block(x, attention)
        return self._norm(x)  # type: ignore[no-any-return]


class _StepGraphs:
    """Logits (B, V) of a token of each text as CUDA graphs: another where texts have ended, whose caches are others."""

    def __init__(self, step: _Step, head: nn.Module, caches: Sequence[KeyValueCache]) -> None:
        self.caches = caches
        self._step, self._head = step, head
        self._graphs = CudaGraphs(step.device)

    def __call__(self, ids: Tensor, position: int) -> Tensor:
        """From ids (B,) on the host."""
        logits = self._graphs(self._computed, [ids, torch.tensor([position])], self.caches[0].selections)
        for cache in self.caches:
            cache.count += 1
        return logits

    def _computed(self, numbers: Sequence[Tensor], _selections: int) -> Tensor:
        ids, position = numbers
        return self._head(self._step.at(ids, position, self.caches).to(self._step.dtype))  # type: ignore[no-any-return]


class _BlockStep:
    """A block's methods, without what modules do around them."""

    def __init__(self, block: Block) -> None:
        attention, mlp = block.attn, block.mlp
        self._heads, self._scale = attention.heads, attention.scale
        self._norms = block.ln_1.forward, block.ln_2.forward
        self._attention = attention.c_attn.forward, attention.c_proj.forward
        self._mlp = mlp.c_fc.forward, mlp.activation, mlp.c_proj.forward

    def __call__(self, x: Tensor, attention: Callable[..., Tensor]) -> Tensor:
        """(B, d) -> (B, d), with what computes attention of states (3, B, H, 1, d/H) and a scale."""
        (first_norm, second_norm), (project, back) = self._norms, self._attention
        widen, activation, narrow = self._mlp
        states = project(first_norm(x)).view(len(x), 3, self._heads, 1, -1).transpose(0, 1)  # (3, B, H, 1, d/H)
        x = x + back(attention(states, self._scale).view(len(x), -1))
        return x + narrow(activation(widen(second_norm(x))))


def _compiled_blocks(body: GPT2) -> CompiledBlocks | None:
    """The body's blocks in C, where there are kernels for them."""
    blocks: list[Block] = list(body.h)  # type: ignore[arg-type] # of Blocks
    weights = [_weights_of(block) for block in blocks]
    is_known = blocks[0].mlp.activation is GELU_TANH and CompiledBlocks.takes(weights[0], blocks[0].attn.heads)
    return CompiledBlocks(weights, blocks[0].ln_1.epsilon) if is_known else None


def _weights_of(block: Block) -> BlockWeights:
    def affine(module: LayerNorm | Conv1D) -> Affine:
        return Affine(module.weight, module.bias)

    attention, mlp = block.attn, block.mlp
    return BlockWeights(
        first_norm=affine(block.ln_1),
        project=affine(attention.c_attn),
        back=affine(attention.c_proj),
        second_norm=affine(block.ln_2),
        widen=affine(mlp.c_fc),
        narrow=affine(mlp.c_proj),
        scale=attention.scale,
    )


def _for_single_rows(model: LanguageModel, top_k: int | None, *, has_blocks: bool) -> LanguageModel | None:
    """The model with fp32 states and kernels for one row or some; None where torch's own products are the fastest.

    One in fp32 is as fast with many rows. Where others compute its blocks, they stay as they are.
    """
    head = top_k_linear(model.lm_head.weight, top_k) or row_linear(model.lm_head.weight.T, None)
    if head is None:
        return None
    dtype, device = model.transformer.dtype, model.lm_head.weight.device
    is_packed = dtype == torch.float32 and has_onednn(dtype, device)

    def replace(module: nn.Module) -> nn.Module | None:
        if isinstance(module, Head):
            return head
        if has_blocks and isinstance(module, Block):
            return module
        if isinstance(module, MLP) and is_packed:
            return packed_mlp(module, torch.float32)
        if isinstance(module, Conv1D):
            return row_linear(module.weight, module.bias)
        return copy.deepcopy(module).float() if isinstance(module, LayerNorm) else None

    single: LanguageModel = replaced(model, replace)
    single.transformer.dtype = torch.float32
    return single
