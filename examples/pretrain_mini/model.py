"""The project's own GPT-2 on full rows of some widths, so that it can be compiled; and a judge beside its head."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from colacli.models.config import GPT2Config
from colacli.models.gpt2 import LanguageModel

if TYPE_CHECKING:
    from collections.abc import Callable

    from colacli.models.gpt2 import Block

STD = 0.02
LONG = 256
"""Positions: the longest row in training."""
Grids = tuple[tuple[int, int], ...]
"""Rows and their width, of each part of a step."""


class Body(nn.Module):
    """The layers, called on rows that are full; `GPT2.forward` but for how its batches are packed."""

    def __init__(self, model: LanguageModel) -> None:
        super().__init__()
        self.body = model.transformer

    def forward(self, ids: Tensor, grids: Grids) -> Tensor:
        """The ids (N,) of all grids, row by row -> states (N, d)."""
        positions = self.body.wpe.weight
        places = torch.cat([positions[:width].expand(rows, -1, -1).reshape(rows * width, -1) for rows, width in grids])
        x = self.body.wte(ids) + places
        for block in self.body.h:
            x = x + _attend(block, block.ln_1(x), grids)
            inner = F.gelu(block.mlp.c_fc(block.ln_2(x)), approximate="tanh")
            x = x + block.mlp.c_proj(inner)
        return self.body.ln_f(x)  # type: ignore[no-any-return]


def _attend(block: Block, x: Tensor, grids: Grids) -> Tensor:
    """(N, d) -> (N, d); each grid has an attention of its own."""
    parts = block.attn.c_attn(x).split([rows * width for rows, width in grids])  # (N, 3 d)
    attended = []
    for part, (rows, width) in zip(parts, grids, strict=True):
        heads = part.view(rows, width, 3, block.attn.heads, -1).permute(2, 0, 3, 1, 4)  # (3, R, H, W, d/H)
        y = F.scaled_dot_product_attention(*heads.unbind(0), is_causal=True, scale=block.attn.scale)
        attended.append(y.transpose(1, 2).reshape(rows * width, -1))
    return block.attn.c_proj(torch.cat(attended))  # type: ignore[no-any-return]


class Pretraining(nn.Module):
    """A language model with a judge beside its head: one logit a token, 'something is wrong by here'."""

    def __init__(self, config: GPT2Config, seed: int) -> None:
        super().__init__()
        torch.manual_seed(seed)
        self.model = LanguageModel(config)
        self.judge = nn.Linear(config.n_embd, 1)
        for name, parameter in self.named_parameters():
            _initialise(name, parameter, config)
        self._body = Body(self.model)
        self._scores: Callable[[Tensor, Tensor, Grids], tuple[Tensor, Tensor]] = self._compute

    def compile(self) -> None:  # type: ignore[override]
        """Fuse what stands between the matrix products; one compilation for each choice of grids."""
        torch._dynamo.config.recompile_limit = 64
        self._scores = torch.compile(self._compute, dynamic=False)

    def scores(self, ids: Tensor, targets: Tensor, grids: Grids) -> tuple[Tensor, Tensor]:
        """Log-probabilities (N,) of the tokens that follow, in nats, and the judge's logits (N,).

        Products in bf16; norms, softmax and the residual in fp32.
        """
        compute = self._scores if torch.is_grad_enabled() else self._compute  # each other shape would be compiled
        with torch.autocast(ids.device.type, torch.bfloat16):
            return compute(ids, targets, grids)

    def _compute(self, ids: Tensor, targets: Tensor, grids: Grids) -> tuple[Tensor, Tensor]:
        states = self._body(ids, grids)
        logits = states.bfloat16() @ self.embedding.bfloat16().T  # (N, V)
        return -F.cross_entropy(logits.float(), targets, reduction="none"), self.judge(states)[:, 0].float()

    @torch.no_grad()
    def next_logits(self, ids: Tensor, places: Tensor) -> Tensor:
        """Logits (R, V) in fp32 of what follows one place of each row; ids (R, W), places (R,)."""
        with torch.autocast(ids.device.type, torch.bfloat16):
            states = self._body(ids.reshape(-1), (tuple(ids.shape),)).view(*ids.shape, -1)  # type: ignore[arg-type]
            return (states[torch.arange(len(ids)), places] @ self.embedding.T).float()

    @property
    def embedding(self) -> Tensor:
        """(V, d)."""
        return self.model.transformer.wte.weight


@torch.no_grad()
def _initialise(name: str, parameter: Tensor, config: GPT2Config) -> None:
    """As GPT-2 does: N(0, 0.02), less for what is added to the residual, norms at one, biases at zero."""
    if name.endswith("bias"):
        parameter.zero_()
    elif ".ln_" in name:
        parameter.fill_(1)
    elif name.endswith("c_proj.weight"):
        parameter.normal_(std=STD / math.sqrt(2 * config.n_layer))
    else:
        parameter.normal_(std=STD)
