"""How many parameters a model has, and how many of them are trained."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from msgspec import Meta

_MOST = 10**13


@dataclass(frozen=True)
class ParameterCounts:
    """Parameters with head and adapter, a tied matrix counted once."""

    total: Annotated[int, Meta(ge=1, le=_MOST)]
    trainable: Annotated[int, Meta(ge=0, le=_MOST)]

    @property
    def reduction_percent(self) -> float:
        """By how many percent the trained parameters are fewer than all, to two decimals."""
        return round(100 * (1 - self.trainable / self.total), 2)
