"""The shape of a student, as its run stores it; without torch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from msgspec import Meta

from colacli.config import Cell, Pooling

_Width = Annotated[int, Meta(ge=1, le=65_536)]


@dataclass(frozen=True, kw_only=True)
class StudentShape:
    """The network's shape; stored as `student.json`, without defaults."""

    cell: Cell
    vocab_size: Annotated[int, Meta(ge=1, le=10_000_000)]
    width: _Width
    """Of the recurrent network's inputs."""
    hidden: _Width
    """Width of a direction's state."""
    layers: Annotated[int, Meta(ge=1, le=64)]
    bidirectional: bool = False
    pooling: Pooling = "last"
    embedding_rank: _Width | None = None
    """Width of the stored embeddings, which are projected to `width`; None for no factorisation."""
