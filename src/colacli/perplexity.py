"""What is stored of a language model: how well it predicts the tokens of held-out text."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated

from msgspec import Meta

from colacli.metrics import Fraction, Loss

PERPLEXITY = "perplexity.json"


@dataclass(frozen=True)
class NextTokenMetrics:
    """Of one direction."""

    n: Annotated[int, Meta(ge=1, le=2**53)]
    """Tokens that were predicted, each sentence's end among them."""
    loss: Loss
    """Mean of -log p of a token, in nats."""
    perplexity: Annotated[float, Meta(ge=0)]
    """The exponential of the loss."""
    accuracy: Fraction
    """Fraction of tokens that were the likeliest."""

    @classmethod
    def of(cls, n: int, nll: float, right: int) -> NextTokenMetrics:
        """From counts: tokens, sum of -log p, tokens that were the likeliest."""
        return cls(n, nll / n, math.exp(min(nll / n, 700.0)), right / n)
