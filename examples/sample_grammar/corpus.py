"""The splits of the bundled corpus `sample`, from a seed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from colacli.data.corpus import IN_DOMAIN_DEV, OUT_OF_DOMAIN_DEV, TRAIN, Corpus, Sentence, Split
from colacli.data.sample import SAMPLE
from colacli.data.seeded_random import SeededRandom
from examples.sample_grammar.grammar import Pair, Phenomenon, draw
from examples.sample_grammar.phenomena import PHENOMENA

if TYPE_CHECKING:
    from collections.abc import Iterator

SIZES = {TRAIN: 4000, IN_DOMAIN_DEV: 500, OUT_OF_DOMAIN_DEV: 500}

_BAD = 0.3
"""Part of the sentences that are unacceptable, as in CoLA; every other one of them stands without its twin."""


def make_corpus(seed: int = 1) -> Corpus:
    """All three splits from a seed; no sentence stands in them twice."""
    used: set[str] = set()
    return Corpus(SAMPLE, {name: _split(name, size, seed, used) for name, size in SIZES.items()})


def _split(name: str, size: int, seed: int, used: set[str]) -> Split:
    """One split: its phenomena in equal parts, the first of them one sentence more where that doesn't divide."""
    shown = [one for one in PHENOMENA.values() if one.in_training == (name != OUT_OF_DOMAIN_DEV)]
    each, left = divmod(size, len(shown))
    sentences: list[Sentence] = []
    for place, phenomenon in enumerate(shown):
        # A stream of its own: what is added to the grammar changes no other phenomenon's pairs.
        c = SeededRandom(f"{seed} {name} {phenomenon.name}")
        sentences += _sentences(phenomenon, each + (place < left), c, used)
    SeededRandom(f"{seed} {name}").shuffle(sentences)
    return Split(name, tuple(sentences))


def _sentences(phenomenon: Phenomenon, count: int, c: SeededRandom, used: set[str]) -> Iterator[Sentence]:
    """Whole pairs, unacceptable sentences alone, then acceptable ones alone; of each, all templates in turn."""
    bad = round(_BAD * count)
    whole = bad // 2
    for place in range(count - whole):
        pair = _new_pair(phenomenon, place, c, used)
        if place < bad:
            yield Sentence(pair.bad, 0, phenomenon.name, "*")
        if place < whole or place >= bad:
            yield Sentence(pair.good, 1, phenomenon.name)


def _new_pair(phenomenon: Phenomenon, place: int, c: SeededRandom, used: set[str]) -> Pair:
    """A pair of which neither sentence was drawn before, whether or not it came to stand in the corpus."""
    template = phenomenon.templates[place % len(phenomenon.templates)]
    while True:
        pair = draw(template, c)
        if used.isdisjoint(pair):
            used.update(pair)
            return pair
