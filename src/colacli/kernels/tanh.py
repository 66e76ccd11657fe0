"""The hyperbolic tangent on a CPU."""

from __future__ import annotations

import torch
from torch import Tensor

_MINUS_ONE = torch.tensor(-1.0, device="cpu")


def tanh_(x: Tensor) -> Tensor:
    """Tanh in place, as 2 sigmoid(2 x) - 1 to 2e-7: torch's own takes ten times as long as its sigmoid."""
    return torch.add(_MINUS_ONE, x.add_(x).sigmoid_(), alpha=2, out=x)
