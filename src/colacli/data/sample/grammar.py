"""The registry of phenomena: each is a name and some functions that make minimal pairs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from colacli.data.sample.chooser import Chooser


class Pair(NamedTuple):
    """An acceptable sentence and its unacceptable twin, in small letters; a full stop is added where no mark is."""

    good: str
    bad: str


Maker = Callable[[Chooser], Pair]


@dataclass
class Phenomenon:
    """One phenomenon."""

    name: str
    in_training: bool
    """Whether training shows it; else it stands in the out-of-domain split only."""
    makers: list[tuple[Maker, bool]] = field(default_factory=list)
    """Each a template, and whether it may stand in a frame."""


PHENOMENA: dict[str, Phenomenon] = {}
"""By name, in the order of their files."""

_FRAMES = (
    "I think that", "it is clear that", "everyone knows that", "apparently,", "of course,", "in fact,",
    "as far as I know,", "the report says that", "it seems that", "we all know that", "to our surprise,",
    "I am sure that", "according to the newspaper,", "they told us that",
)  # fmt: skip
_FRAMED = 0.25


def phenomenon(name: str, *, in_training: bool = True, framed: bool = True) -> Callable[[Maker], Maker]:
    """Add a template to a phenomenon, which is made by its first one.

    Args:
        name: what the corpus's source column says.
        in_training: False keeps it for the out-of-domain split.
        framed: whether "I think that ..." and the like may stand before both sentences.
    """

    def add(maker: Maker) -> Maker:
        found = PHENOMENA.setdefault(name, Phenomenon(name, in_training))
        found.makers.append((maker, framed))
        return maker

    return add


def draw(found: Phenomenon, c: Chooser) -> Pair:
    """A minimal pair, as two finished sentences."""
    maker, framed = c.pick(found.makers)
    pair = maker(c)
    frame = c.pick(_FRAMES) if framed and c.chance(_FRAMED) else ""
    return Pair(_finished(frame, pair.good), _finished(frame, pair.bad))


def _finished(frame: str, words: str) -> str:
    text = f"{frame} {words}" if frame else words
    text = text[0].upper() + text[1:]
    return text if text.endswith((".", "?")) else text + "."
