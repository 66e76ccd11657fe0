"""The registry of phenomena: each is a name and some functions that make minimal pairs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from colacli.data.seeded_random import SeededRandom
from examples.sample_grammar import lexicon


class Pair(NamedTuple):
    """An acceptable sentence and its unacceptable twin, in small letters; a full stop is added where no mark is."""

    good: str
    bad: str


Maker = Callable[[SeededRandom], Pair]


@dataclass(frozen=True)
class Template:
    """A function that makes minimal pairs, and where they may stand."""

    make: Maker
    framed: bool
    """Whether both sentences may stand in a frame, as `I think that ...`."""


@dataclass(frozen=True)
class Phenomenon:
    """What some templates show."""

    name: str
    """What the corpus's source column says."""
    in_training: bool
    """Whether training shows it; else it stands in the out-of-domain split only."""
    templates: list[Template] = field(default_factory=list)


PHENOMENA: dict[str, Phenomenon] = {}
"""By name, in the order of their definition."""

_FRAMED = 0.4
_LONGEST = 20
_SHORTEST = 4
_OPENERS = (
    "apparently,", "of course,", "in fact,", "fortunately,", "unfortunately,", "to our surprise,",
    "as far as I know,", "according to the newspaper,",
)  # fmt: skip
_MATRICES = (
    "I think that", "we know that", "everyone knows that", "it is clear that", "the report says that",
    "I am sure that", "NAME says that", "NAME thinks that", "NAME knows that", "they told us that",
)  # fmt: skip
_TAILS = (
    ", and NAME knows it", ", but NAME disagrees", ", although NAME disagrees", ", as NAME knows",
    ", according to NAME", ", or so NAME says",
)  # fmt: skip


def slot(sentence: str, good: str, bad: str) -> Pair:
    """A pair that differs in one place, written `_`."""
    return Pair(sentence.replace("_", good), sentence.replace("_", bad))


def phenomenon(name: str, *, in_training: bool = True, framed: bool = True) -> Callable[[Maker], Maker]:
    """Add a template to a phenomenon, which its first template makes.

    Args:
        name: what the corpus's source column says.
        in_training: False keeps it for the out-of-domain split.
        framed: False for what can't be embedded: questions, and what a frame would make good.
    """

    def add(maker: Maker) -> Maker:
        found = PHENOMENA.setdefault(name, Phenomenon(name, in_training))
        found.templates.append(Template(maker, framed))
        return maker

    return add


def draw(template: Template, c: SeededRandom) -> Pair:
    """A minimal pair, as two finished sentences."""
    while True:
        pair = template.make(c)
        before, after = _frame(c) if template.framed and c.chance(_FRAMED) else ("", "")
        found = Pair(*(_finished(f"{before} {words}{after}") for words in pair))
        if all(map(_is_fit, found)):
            return found


def _frame(c: SeededRandom) -> tuple[str, str]:
    """Words before and after a statement that change no judgement of it."""
    name = c.choice((*lexicon.MEN, *lexicon.WOMEN))
    where = int(3 * c.random())
    frame = c.choice((_OPENERS, _MATRICES, _TAILS)[where]).replace("NAME", name)
    return ("", frame) if where == 2 else (frame, "")


def _finished(words: str) -> str:
    text = " ".join(words.split()).replace(" ,", ",").replace(" ?", "?")
    text = text[0].upper() + text[1:]
    return text if text.endswith("?") else f"{text}."


def _is_fit(text: str) -> bool:
    """Whether it has a sensible length, and names nobody and nothing twice."""
    words = text.rstrip(".?").replace(",", "").replace("'s", "").split()
    named = [lexicon.LEMMAS[word] for word in words if word in lexicon.LEMMAS]
    return _SHORTEST <= len(words) <= _LONGEST and len(set(named)) == len(named)
