"""GPT-2 (Radford et al. 2019), on packed batches. Read from the bottom up: language model, body, block.

Parameters have the names and the layout of Hugging Face's checkpoints, so loading is a
plain copy. Letters: B sentences, N tokens of all, d width, H heads, R rows of W places for attention.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from colacli.data.batches import Batch, Prefixes, Rows
from colacli.models import products
from colacli.models.attention import KeyValues, attend
from colacli.models.config import GPT2Config
from colacli.models.products import ACTIVATIONS, NOTHING, Activation, Product, RowProduct


class Projection(Protocol):
    """One of a block's four linear layers, plain or adapted."""

    def __call__(self, x: Tensor, then: Activation = NOTHING) -> Tensor:
        """(N, in) -> (N, out)."""

    @property
    def is_held(self) -> bool:
        """Whether it is ready for many products, and may not change."""

    def hold(self, dtype: torch.dtype) -> None:
        """Get ready for states of a type; until `let_go` nothing that it is made of may change."""

    def let_go(self) -> None:
        """May change again."""


class Conv1D(nn.Module):
    """A linear layer with its weight stored (in, out), as GPT-2's checkpoints have it."""

    def __init__(self, d_in: int, d_out: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(d_in, d_out))
        self.bias = nn.Parameter(torch.empty(d_out))
        self._held: Product | None = None
        self._row: RowProduct | None = None

    def forward(self, x: Tensor, then: Activation = NOTHING) -> Tensor:
        """(N, in) -> (N, out), and what follows."""
        if self._row is not None and len(x) == 1 and x.dtype == torch.float32:
            return then(self._row(x))
        bias = self.bias.to(x.dtype)
        if self._held is not None:
            return self._held(x, bias, then)
        return then(torch.addmm(bias, x, self.weight.to(x.dtype)))

    @property
    def is_held(self) -> bool:
        """See `Projection`."""
        return self._held is not None

    def hold(self, dtype: torch.dtype) -> None:
        """See `Projection`."""
        self._held = products.of_many_rows(self.weight.to(dtype))

    def let_go(self) -> None:
        """See `Projection`."""
        self._held = None

    def hold_rows(self) -> None:
        """Get ready for single rows; neither weight nor bias may change after it."""
        self._row = products.of_one_row(self.weight, self.bias)


class LayerNorm(nn.Module):
    """Layer norm whose gain and bias may be kept in a wider type than the states."""

    def __init__(self, d: int, epsilon: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(d))
        self.bias = nn.Parameter(torch.empty(d))
        self.epsilon = epsilon

    def forward(self, x: Tensor) -> Tensor:
        """(N, d) -> (N, d)."""
        return F.layer_norm(x, x.shape[-1:], self.weight.to(x.dtype), self.bias.to(x.dtype), self.epsilon)


class Attention(nn.Module):
    """Causal self-attention: the one place where sentences stand on a grid."""

    def __init__(self, config: GPT2Config, layer: int) -> None:
        super().__init__()
        self.c_attn = Conv1D(config.n_embd, 3 * config.n_embd)
        self.c_proj = Conv1D(config.n_embd, config.n_embd)
        self.heads = config.n_head
        inverse = layer + 1 if config.scale_attn_by_inverse_layer_idx else 1
        self.scale = 1 / (math.sqrt(config.head_width) * inverse)

    def forward(self, x: Tensor, rows: Rows, memory: KeyValues | None, only: Tensor | None) -> Tensor:
        """(N, d) -> (N, d), or (B, d) of the B tokens in `only`."""
        grid = rows.spread(self.c_attn(x))  # (R, W, 3 d)
        split = torch.unflatten(grid, 2, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)  # (3, R, H, W, d/H)
        queries, keys, values = split.unbind(0)
        penalty = rows.penalty
        if memory is not None:
            queries, penalty = memory.in_its_type(queries), memory.in_its_type(penalty)
            keys, values = memory.extend(keys, values)
        seen = attend(queries, keys, values, self.scale, penalty).to(x.dtype)
        mixed = rows.pack(seen.transpose(1, 2).flatten(2))
        return self.c_proj(mixed if only is None else mixed[only])  # type: ignore[no-any-return]


class MLP(nn.Module):
    """Two linear layers with the activation between them."""

    def __init__(self, config: GPT2Config) -> None:
        super().__init__()
        self.c_fc = Conv1D(config.n_embd, config.inner)
        self.c_proj = Conv1D(config.inner, config.n_embd)
        self.activation = ACTIVATIONS[config.activation_function]

    def forward(self, x: Tensor) -> Tensor:
        """(N, d) -> (N, d)."""
        return self.c_proj(self.c_fc(x, self.activation))  # type: ignore[no-any-return]


class Block(nn.Module):
    """Attention and MLP, each behind a layer norm and around a residual."""

    def __init__(self, config: GPT2Config, layer: int) -> None:
        super().__init__()
        self.ln_1 = LayerNorm(config.n_embd, config.layer_norm_epsilon)
        self.attn = Attention(config, layer)
        self.ln_2 = LayerNorm(config.n_embd, config.layer_norm_epsilon)
        self.mlp = MLP(config)

    def forward(self, x: Tensor, rows: Rows, memory: KeyValues | None = None, only: Tensor | None = None) -> Tensor:
        """(N, d) -> (N, d), or (B, d) of the B tokens in `only`: others are keys and values to these, and no more."""
        mixed = self.attn(self.ln_1(x), rows, memory, only)
        x = (x if only is None else x[only]) + mixed
        return x + self.mlp(self.ln_2(x))  # type: ignore[no-any-return]


class GPT2(nn.Module):
    """The body: tokens to states."""

    def __init__(self, config: GPT2Config) -> None:
        super().__init__()
        self.config = config
        self.dtype = torch.float32  # of the states; parameters may be wider
        self.row_dtype: torch.dtype | None = None  # of a single row's states, where it is another
        self.wte = nn.Embedding(config.vocab_size, config.n_embd)
        self.wpe = nn.Embedding(config.n_positions, config.n_embd)
        self.h = nn.ModuleList(Block(config, layer) for layer in range(config.n_layer))
        self.ln_f = LayerNorm(config.n_embd, config.layer_norm_epsilon)

    def forward(
        self, batch: Batch | Prefixes, memories: list[KeyValues] | None = None, *, last_only: bool = False
    ) -> Tensor:
        """States (N, d) of a batch, or (B, d) of each sentence's last token, which spares most of the last block.

        Args:
            batch: sentences; with `memories`, equally long ones that follow those remembered.
            memories: one for each layer.
            last_only: whether the last tokens' states are all that is wanted.
        """
        dtype = self.row_dtype if self.row_dtype is not None and len(batch.ids) == 1 else self.dtype
        x = (self.wte(batch.ids) + self.wpe(batch.positions)).to(dtype)  # (N, d)
        rows = batch.own_rows if memories and isinstance(batch, Batch) else batch.rows
        rows = rows.to(x.device, x.dtype)
        for layer, block in enumerate(self.h):
            only = batch.last if last_only and block is self.h[-1] else None
            x = block(x, rows, memories[layer] if memories else None, only)
        return self.ln_f(x)  # type: ignore[no-any-return]

    def projections(self) -> Iterator[Projection]:
        """Every block's linear layers."""
        for block in self.modules():
            if isinstance(block, Block):
                yield from (block.attn.c_attn, block.attn.c_proj, block.mlp.c_fc, block.mlp.c_proj)


class LanguageModel(nn.Module):
    """States to the next token's logits. The head is the embedding again unless the checkpoint unties it."""

    def __init__(self, config: GPT2Config) -> None:
        super().__init__()
        self.transformer = GPT2(config)
        self.lm_head = nn.Linear(config.n_embd, config.vocab_size, bias=False)
        if config.tie_word_embeddings:
            self.lm_head.weight = self.transformer.wte.weight
        self._head_row: RowProduct | None = None

    def forward(self, batch: Batch, memories: list[KeyValues] | None = None) -> Tensor:
        """Logits (N, vocabulary) for the token after each."""
        return self._head(self.transformer(batch, memories))

    def last_logits(self, batch: Batch, memories: list[KeyValues] | None = None) -> Tensor:
        """Logits (B, vocabulary) for the token after each sentence: the head is a third of a short step's work."""
        states = self.transformer(batch, memories, last_only=True)
        if len(states) == 1 and self._head_row is not None:
            return self._head_row(states.float())
        return self._head(states)

    def hold_rows(self, likeliest: int | None = None) -> None:
        """Get ready to write, a row at a time: weights also in the order that such products read fastest.

        Where only the `likeliest` so many tokens are looked at, the last logits of others may be -inf from then on.
        """
        head = self.lm_head.weight
        self._head_row = products.largest_of_one_row(head, likeliest) or products.of_one_row(head.T, None)
        if self._head_row is not None:
            self.transformer.row_dtype = torch.float32
            for module in self.modules():
                if isinstance(module, Conv1D):
                    module.hold_rows()
                elif isinstance(module, LayerNorm):
                    module.float()  # as the states are; bf16 numbers stay the same

    def _head(self, states: Tensor) -> Tensor:
        return F.linear(states, self.lm_head.weight.to(states.dtype)).float()


class Classifier(nn.Module):
    """Two logits a sentence, from the state of its last real token: not acceptable, acceptable."""

    def __init__(self, config: GPT2Config) -> None:
        super().__init__()
        self.transformer = GPT2(config)
        self.score = nn.Linear(config.n_embd, 2, bias=False)

    def forward(self, batch: Batch) -> Tensor:
        """Logits (B, 2), in the head's own type: fp32 even where the body computes in bf16."""
        return self.score(self.summary(batch).to(self.score.weight.dtype))  # type: ignore[no-any-return]

    def summary(self, batch: Batch) -> Tensor:
        """States (B, d) of the last tokens, which the head reads."""
        return self.transformer(  # type: ignore[no-any-return]
            batch if self.training else batch.shared(), last_only=True
        )


def hold(model: nn.Module) -> list[Projection]:
    """Compute fast from now on, while nothing in a model may change: judging takes 0.8 of the time.

    Returns:
        The projections, of every GPT-2 in it, that were not held before.
    """
    held = []
    for body in model.modules():
        if isinstance(body, GPT2):
            for projection in body.projections():
                if not projection.is_held:
                    projection.hold(body.dtype)
                    held.append(projection)
    return held


@contextmanager
def still(model: nn.Module) -> Iterator[None]:
    """A while in which nothing in a model changes, so that it computes fast."""
    held = hold(model)
    try:
        yield
    finally:
        for projection in held:
            projection.let_go()


def to_precision(model: LanguageModel | Classifier, dtype: torch.dtype) -> None:
    """Compute in `dtype`, and hold in it what is frozen; what is trained stays fp32 and is cast where it is used.

    Adam's small steps would be rounded away in bf16, whose next number after 1 is 1.0078.
    """
    model.transformer.dtype = dtype
    for parameter in model.parameters():
        if not parameter.requires_grad:
            parameter.data = parameter.data.to(dtype)
