"""What a report's sections consist of. All text is plain; each format escapes it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from colacli.render.console import Table
    from colacli.render.forest import Interval
    from colacli.render.plots import Panel


@dataclass(frozen=True)
class Text:
    """A paragraph."""

    text: str
    kind: str = "text"


@dataclass(frozen=True)
class Items:
    """A list."""

    items: Sequence[str]
    kind: str = "items"


@dataclass(frozen=True)
class Formula:
    """An equation, in the part of TeX that matplotlib has too."""

    tex: str
    spoken: str
    """The same in words."""
    kind: str = "formula"


@dataclass(frozen=True)
class Data:
    """A table; its title is the caption."""

    table: Table
    kind: str = "table"


@dataclass(frozen=True)
class Forest:
    """Differences within their intervals."""

    title: str
    intervals: Sequence[Interval]


@dataclass(frozen=True)
class Figure:
    """Plots side by side."""

    name: str
    """Of its files."""
    caption: str
    plots: Sequence[Panel | Forest]
    kind: str = "figure"


@dataclass(frozen=True)
class Listing:
    """Lines of a shell."""

    lines: Sequence[str]
    kind: str = "listing"


Block = Text | Items | Formula | Data | Figure | Listing


@dataclass(frozen=True)
class Section:
    """A part of the report with a heading."""

    title: str
    blocks: Sequence[Block]
