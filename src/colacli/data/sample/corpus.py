"""The splits of the sample, made anew each time and checked by their digest."""

from __future__ import annotations

import hashlib
from functools import cache

from colacli.data.corpus import IN_DOMAIN_DEV, OUT_OF_DOMAIN_DEV, TRAIN, Corpus, Sentence, Split
from colacli.data.sample import agreement, arguments, clauses, outside, quantities, questions
from colacli.data.sample.chooser import Chooser
from colacli.data.sample.grammar import PHENOMENA, Phenomenon, draw
from colacli.errors import IntegrityError

SAMPLE = "sample"
SIZES = {TRAIN: 4000, IN_DOMAIN_DEV: 500, OUT_OF_DOMAIN_DEV: 500}
DIGEST = "449b77f244ca7b9d83fae01c57ccf72216553ab1ca35bdfd78f92698279e9778"
"""Of the three splits. It changes when a sentence does; a change of it is a new corpus."""

_FILES = (agreement, arguments, clauses, outside, quantities, questions)
"""Importing these fills the registry."""
_ALONE = 0.55
"""Part of the sentences that are acceptable and stand without their twin."""
_BAD_ALONE = 0.15
"""Part of them that are unacceptable and stand without it; the rest are whole pairs, so 70 % are acceptable."""


@cache
def sample_corpus() -> Corpus:
    """The bundled corpus.

    Raises:
        IntegrityError: this machine makes other sentences than it should.
    """
    corpus = make_corpus()
    found = digest_of(corpus)
    if found != DIGEST:
        raise IntegrityError(
            f"the bundled corpus 'sample' came out with digest {found}, not {DIGEST}",
            "install colacli again; if that doesn't help, report it with your version of Python",
        )
    return corpus


def digest_of(corpus: Corpus) -> str:
    """SHA-256 over the splits' digests, in order."""
    return hashlib.sha256("".join(corpus.splits[name].digest for name in SIZES).encode()).hexdigest()


def make_corpus(seed: int = 1) -> Corpus:
    """All three splits from a seed; no sentence stands in them twice."""
    inside = [found for found in PHENOMENA.values() if found.in_training]
    outside_ = [found for found in PHENOMENA.values() if not found.in_training]
    used: set[str] = set()
    rows: dict[str, list[Sentence]] = {name: [] for name in SIZES}
    for found in PHENOMENA.values():
        # A stream of its own: what is added to the grammar changes no other phenomenon's sentences.
        c = Chooser(f"{seed} {found.name}")
        among = inside if found.in_training else outside_
        for split in (TRAIN, IN_DOMAIN_DEV) if found.in_training else (OUT_OF_DOMAIN_DEV,):
            rows[split] += _sentences(found, _share(SIZES[split], among, found), c, used)
    for name, sentences in rows.items():
        Chooser(f"{seed} {name}").shuffle(sentences)
    return Corpus(SAMPLE, {name: Split(name, tuple(sentences)) for name, sentences in rows.items()})


def _share(size: int, among: list[Phenomenon], found: Phenomenon) -> int:
    """How many of a split's sentences a phenomenon gets: all alike, the first ones one more where it doesn't divide."""
    each, left = divmod(size, len(among))
    return each + (among.index(found) < left)


def _sentences(found: Phenomenon, count: int, c: Chooser, used: set[str]) -> list[Sentence]:
    """New sentences of a phenomenon: acceptable ones alone, unacceptable ones alone, and pairs."""
    good_alone, bad_alone = round(_ALONE * count), round(_BAD_ALONE * count)
    made: list[Sentence] = []
    while len(made) < count:
        pair = draw(found, c)
        if pair.good in used or pair.bad in used:
            continue
        used.update(pair)
        good, bad = Sentence(pair.good, 1, found.name), Sentence(pair.bad, 0, found.name, "*")
        if len(made) < good_alone:
            made.append(good)
        elif len(made) < good_alone + bad_alone:
            made.append(bad)
        else:
            made += [good, bad][: count - len(made)]
    return made
