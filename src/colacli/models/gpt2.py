"""GPT-2 (Radford et al. 2019) on packed batches, from the top down: language model, classifier, body, block.

Parameters have the names and the layout of Hugging Face's checkpoints.
Letters: B sentences, N tokens of all, d width, H heads, V vocabulary, R rows of W positions for attention.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from colacli.kernels.attention import KeyValueCache, attend, attend_cached, takes_rows
from colacli.kernels.layer_norm import layer_norm
from colacli.kernels.layout import PaddedLayout
from colacli.kernels.linear import ACTIVATIONS, IDENTITY, Activation
from colacli.kernels.packing import Batch, Packed, Prepared, prepare
from colacli.kernels.prefixes import SharedPrefixes
from colacli.models.config import GPT2Config


class LanguageModel(nn.Module):
    """Logits of the next token; the head is tied to the embedding unless the config unties it."""

    def __init__(self, config: GPT2Config) -> None:
        super().__init__()
        self.transformer = GPT2(config)
        self.lm_head = Head(config.n_embd, config.vocab_size)
        if config.tie_word_embeddings:
            self.lm_head.weight = self.transformer.wte.weight  # type: ignore[assignment] # a Parameter

    def forward(self, tokens: Packed, caches: Sequence[KeyValueCache] | None = None) -> Tensor:
        """Logits (N, V) for the token after each."""
        return self.lm_head(self.transformer(tokens, caches))  # type: ignore[no-any-return]

    def next_logits(self, tokens: Packed, caches: Sequence[KeyValueCache] | None = None) -> Tensor:
        """Logits (B, V) for the token after each sentence; the head of all tokens would be a third of a step's work."""
        return self.lm_head(self.transformer(tokens, caches, last_only=True))  # type: ignore[no-any-return]


class Classifier(nn.Module):
    """Two logits a sentence, unacceptable and acceptable, from the state of its last real token."""

    def __init__(self, config: GPT2Config) -> None:
        super().__init__()
        self.transformer = GPT2(config)
        self.score = nn.Linear(config.n_embd, 2, bias=False)

    def forward(self, batch: Batch | Prepared) -> Tensor:
        """Logits (B, 2) in the type of the head: fp32 even where the body computes in bf16."""
        return self.classify(self.features(batch))

    def classify(self, features: Tensor) -> Tensor:
        """Logits (B, 2) from the inputs of the head."""
        return self.score(features.to(self.score.weight.dtype))  # type: ignore[no-any-return]

    @torch.no_grad()
    def prefix_logits(self, batch: Batch) -> Tensor:
        """Logits (N, 2) of the prefix that ends with each token, on the host; dropout off, without gradients."""
        prefixes = SharedPrefixes.of(batch)
        logits = self.score(self.transformer(prefixes).to(self.score.weight.dtype))  # of each distinct prefix
        return logits.cpu()[prefixes.paths]  # type: ignore[no-any-return]

    def features(self, batch: Batch | Prepared) -> Tensor:
        """States (B, d) of the last tokens, the inputs of the head."""
        tokens: Packed = batch
        if isinstance(batch, Batch) and not (self.training or torch.is_grad_enabled()):
            tokens = SharedPrefixes.of(batch)
        return self.transformer(tokens, last_only=True)  # type: ignore[no-any-return]


class GPT2(nn.Module):
    """The body: token ids to states."""

    def __init__(self, config: GPT2Config) -> None:
        super().__init__()
        self.config = config
        self.dtype = torch.float32  # of the states; parameters may be wider
        self.wte = nn.Embedding(config.vocab_size, config.n_embd)
        self.wpe = nn.Embedding(config.n_positions, config.n_embd)
        self.h = nn.ModuleList(Block(config, layer) for layer in range(config.n_layer))
        self.ln_f = LayerNorm(config.n_embd, config.layer_norm_epsilon)

    def forward(
        self, tokens: Packed, caches: Sequence[KeyValueCache] | None = None, *, last_only: bool = False
    ) -> Tensor:
        """States (N, d), or (B, d) of the last tokens alone, which saves most of the last block.

        Args:
            tokens: a batch, on the host; with `caches`, the tokens after those in them.
            caches: keys and values of each layer; they are extended.
            last_only: return the states of last tokens alone.
        """
        tokens = prepare(tokens, self.wte.weight.device)
        x = (self.wte(tokens.ids) + self.wpe(tokens.positions)).to(self.dtype)  # (N, d)
        layout = tokens.layout.with_mask_in(x.dtype)
        for layer, block in enumerate(self.h):
            last = tokens.last if last_only and layer == len(self.h) - 1 else None
            x = block(x, layout, caches[layer] if caches else None, last)
        return self.ln_f(x)  # type: ignore[no-any-return]


class Block(nn.Module):
    """Attention and MLP, each after a layer norm and with a residual connection."""

    def __init__(self, config: GPT2Config, layer: int) -> None:
        super().__init__()
        self.ln_1 = LayerNorm(config.n_embd, config.layer_norm_epsilon)
        self.attn = Attention(config, layer)
        self.ln_2 = LayerNorm(config.n_embd, config.layer_norm_epsilon)
        self.mlp = MLP(config)

    def forward(self, x: Tensor, layout: PaddedLayout, cache: KeyValueCache | None, last: Tensor | None) -> Tensor:
        """(N, d) -> (N, d), or (B, d) of the `last` tokens, for which the others are keys and values alone."""
        x = self.attn(self.ln_1(x), x if last is None else x[last], layout, cache, last)
        return self.mlp(self.ln_2(x), x)  # type: ignore[no-any-return]


class Attention(nn.Module):
    """Causal self-attention, which alone needs the padded layout."""

    def __init__(self, config: GPT2Config, layer: int) -> None:
        super().__init__()
        self.c_attn = Conv1D(config.n_embd, 3 * config.n_embd)
        self.c_proj = Conv1D(config.n_embd, config.n_embd)
        self.heads = config.n_head
        inverse = layer + 1 if config.scale_attn_by_inverse_layer_idx else 1
        self.scale = 1 / (math.sqrt(config.head_width) * inverse)

    def forward(
        self, x: Tensor, residual: Tensor, layout: PaddedLayout, cache: KeyValueCache | None, last: Tensor | None
    ) -> Tensor:
        """(N, d) -> (N, d), or (B, d) of the `last` tokens; added to `residual` of that shape."""
        qkv = self.c_attn(x)  # (N, 3 d)
        rows = None
        if takes_rows(qkv, layout.width, self.scale, cache):
            rows = layout.attention_rows(self.heads, qkv.shape[1] // (3 * self.heads))
        y = rows.attend(qkv, self.scale) if rows else self._attend(qkv, layout, cache)  # (N, d)
        return self.c_proj(y if last is None else y[last], residual)  # type: ignore[no-any-return]

    def _attend(self, qkv: Tensor, layout: PaddedLayout, cache: KeyValueCache | None) -> Tensor:
        """(N, 3 d) -> (N, d)."""
        padded = layout.pad(qkv)  # (R, W, 3 d)
        states = padded.view(*padded.shape[:2], 3, self.heads, -1).permute(2, 0, 3, 1, 4)  # (3, R, H, W, d/H)
        if cache is None:
            q, k, v = states.unbind(0)
            y = attend(q, k, v, self.scale, layout.mask)  # (R, H, W, d/H)
        else:
            y = attend_cached(states, self.scale, layout.mask, cache)
        return layout.pack(y.transpose(1, 2).flatten(2))


class MLP(nn.Module):
    """Two linear layers with an activation between them."""

    def __init__(self, config: GPT2Config) -> None:
        super().__init__()
        self.c_fc = Conv1D(config.n_embd, config.inner)
        self.c_proj = Conv1D(config.inner, config.n_embd)
        self.activation = ACTIVATIONS[config.activation_function]

    def forward(self, x: Tensor, residual: Tensor) -> Tensor:
        """(N, d) -> (N, d), added to `residual` of that shape."""
        return self.c_proj(self.c_fc(x), residual, self.activation)  # type: ignore[no-any-return]


class Conv1D(nn.Module):
    """A linear layer with weight (in, out), as in GPT-2's checkpoints."""

    def __init__(self, d_in: int, d_out: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(d_in, d_out))
        self.bias = nn.Parameter(torch.empty(d_out))

    def forward(self, x: Tensor, residual: Tensor | None = None, activation: Activation = IDENTITY) -> Tensor:
        """Of the activation of x, (N, in) -> (N, out), added to `residual` of that shape."""
        y = torch.addmm(self.bias.to(x.dtype), activation(x), self.weight.to(x.dtype))
        return y if residual is None else residual + y


class LayerNorm(nn.Module):
    """Layer norm; weight and bias may have a wider type than the states."""

    def __init__(self, d: int, epsilon: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(d))
        self.bias = nn.Parameter(torch.empty(d))
        self.epsilon = epsilon

    def forward(self, x: Tensor) -> Tensor:
        """(N, d) -> (N, d)."""
        return layer_norm(x, self.weight, self.bias, self.epsilon)


class Head(nn.Module):
    """States to logits, without a bias, in fp32."""

    def __init__(self, d: int, vocabulary: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(vocabulary, d))

    def forward(self, x: Tensor) -> Tensor:
        """(N, d) -> (N, V)."""
        return F.linear(x, self.weight.to(x.dtype)).float()
