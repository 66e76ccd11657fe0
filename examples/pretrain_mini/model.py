"""The project's own GPT-2 on rows of one shape, so that it can be compiled."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from colacli.kernels.layout import PaddedLayout
from colacli.models.config import GPT2Config
from colacli.models.gpt2 import LanguageModel

if TYPE_CHECKING:
    from collections.abc import Callable

STD = 0.02
LONG_ENOUGH = 256
"""Positions: the longest row in training."""


class _Body(nn.Module):
    """The body's layers, called on rows that are full; `GPT2.forward` but for how positions are found."""

    def __init__(self, model: LanguageModel) -> None:
        super().__init__()
        self.body = model.transformer

    def forward(self, ids: Tensor) -> Tensor:
        """(B, T) -> (N, d)."""
        layout = PaddedLayout.of_rows(*ids.shape, before=0)
        x = (self.body.wte(ids) + self.body.wpe.weight[: ids.shape[1]]).view(ids.numel(), -1)
        for block in self.body.h:
            x = block(x, layout, None, None)
        return self.body.ln_f(x)  # type: ignore[no-any-return]


class Pretraining(nn.Module):
    """A language model with a judge beside its head: one logit a token, 'something is wrong by here'."""

    def __init__(self, config: GPT2Config, seed: int) -> None:
        super().__init__()
        torch.manual_seed(seed)
        self.model = LanguageModel(config)
        self.judge = nn.Linear(config.n_embd, 1)
        for name, parameter in self.named_parameters():
            _initialise(name, parameter, config)
        self._body: Callable[[Tensor], Tensor] = _Body(self.model)

    def compile_body(self) -> None:
        """Fuse what stands between the matrix products; one compilation for each shape of the rows."""
        torch._dynamo.config.recompile_limit = 64
        self._body = torch.compile(self._body, dynamic=False)  # type: ignore[assignment]

    def states(self, ids: Tensor) -> Tensor:
        """(B, T) -> (N, d) bf16: products in bf16, norms, softmax and the residual in fp32."""
        with torch.autocast("cpu", torch.bfloat16):
            return self._body(ids).bfloat16()

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
