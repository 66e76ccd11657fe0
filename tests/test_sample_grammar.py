"""The grammar that made the bundled corpus: the same bytes everywhere, and pairs that are well written."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from colacli.data.corpus import IN_DOMAIN_DEV, OUT_OF_DOMAIN_DEV, TRAIN
from colacli.data.sample import sample_corpus
from colacli.data.seeded_random import SeededRandom
from examples.sample_grammar.corpus import make_corpus
from examples.sample_grammar.grammar import draw, phenomenon, slot
from examples.sample_grammar.phenomena import PHENOMENA
from examples.sample_grammar.words import with_article

if TYPE_CHECKING:
    from collections.abc import Iterator

    from examples.sample_grammar.grammar import Pair

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs" / "sample.md"
EXAMPLE = re.compile(r"([A-Z][^/*\n]*[.?]) / \*([A-Z][^/*\n]*[.?])")
"""How a template's docstring shows what it makes."""


def words(text: str) -> list[str]:
    """The words of a sentence in small letters, and its marks."""
    return re.findall(r"[a-z']+|[.,?]", text.lower())


def pairs(name: str) -> Iterator[Pair]:
    """Forty pairs of each template of a phenomenon, from a seed that made no split."""
    for number, template in enumerate(PHENOMENA[name].templates):
        c = SeededRandom(f"test {name} {number}")
        yield from (draw(template, c) for _ in range(40))


def table_in_a_process(hash_seed: str) -> str:
    """The table that a new process makes."""
    code = "from examples.sample_grammar.__main__ import table; print(table(), end='')"
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, cwd=ROOT, capture_output=True, encoding="utf-8", check=True
    )
    return done.stdout


def test_it_makes_the_bundled_corpus() -> None:
    """To the byte, whatever the order of hashes."""
    bundled = (ROOT / "src/colacli/bundled/sample.tsv").read_text(encoding="utf-8")

    assert table_in_a_process("1") == bundled
    assert table_in_a_process("2") == bundled


def test_another_seed_makes_another_corpus() -> None:
    """What is drawn hangs on the seed."""
    assert make_corpus(2) != make_corpus(1)


def test_a_phenomenon_is_shown_in_training_or_held_out() -> None:
    """The same ones in train and in_domain_dev, others in out_of_domain_dev; at least fifteen and six."""
    shown = {name: {one.source for one in split.sentences} for name, split in sample_corpus().splits.items()}
    inside = {one.name for one in PHENOMENA.values() if one.in_training}

    assert (shown[TRAIN], shown[IN_DOMAIN_DEV]) == (inside, inside)
    assert shown[OUT_OF_DOMAIN_DEV] == set(PHENOMENA) - inside
    assert (len(inside) >= 15, len(set(PHENOMENA) - inside) >= 6) == (True, True)


@pytest.mark.parametrize("name", PHENOMENA)
def test_pairs_are_well_written(name: str) -> None:
    """Good and bad differ; each begins with a capital, ends with its one mark, is neither short nor long."""
    for pair in pairs(name):
        assert pair.good != pair.bad
        for text in pair:
            assert re.fullmatch(r"[A-Z][A-Za-z']*(,? [A-Za-z']+)+[.?]", text), text
            assert 4 <= len(text.split()) <= 20, text


@pytest.mark.parametrize("name", PHENOMENA)
def test_articles_fit_what_follows(name: str) -> None:
    """`a` before a consonant's sound, `an` before a vowel's, in acceptable sentences."""
    for pair in pairs(name):
        for word, following in pairwise(words(pair.good)):
            assert word not in ("a", "an") or with_article(following) == f"{word} {following}", pair.good


def test_no_word_tells_that_a_sentence_is_unacceptable() -> None:
    """What unacceptable ones have often, ten times in these, acceptable ones have too."""
    made = [pair for name in PHENOMENA for pair in pairs(name)]
    good, bad = (Counter(word for texts in made for word in words(texts[place])) for place in (0, 1))

    assert {word: n for word, n in bad.items() if n >= 10 and not good[word]} == {}


@pytest.mark.parametrize("name", PHENOMENA)
def test_templates_show_an_example(name: str) -> None:
    """Each docstring is a pair as the template makes it: acceptable, then starred."""
    for template in PHENOMENA[name].templates:
        assert EXAMPLE.fullmatch(template.make.__doc__ or ""), template.make


def test_the_docs_show_every_phenomenon() -> None:
    """The tables in docs/sample.md have a row for each, in order, with its first template's example."""
    rows = []
    for one in sorted(PHENOMENA.values(), key=lambda one: not one.in_training):
        example = EXAMPLE.fullmatch(one.templates[0].make.__doc__ or "")
        assert example
        rows.append(f"| {one.name} | {example[1]} | {example[2]} |")

    lines = DOCS.read_text(encoding="utf-8").splitlines()

    assert [line for line in lines if re.fullmatch(r"\|[^|]+\|[^|]+[.?] \|[^|]+[.?] \|", line)] == rows


def test_a_new_phenomenon_changes_no_other() -> None:
    """Each draws from a stream of its own: what is left of the others are the sentences they had."""
    before = make_corpus().split(TRAIN)
    phenomenon("new")(lambda c: slot(f"the new {c.random()} _", "sings", "sing"))
    try:
        after = make_corpus().split(TRAIN)
    finally:
        del PHENOMENA["new"]
    kept = [one for one in after.sentences if one.source != "new"]

    assert len(set(kept) & set(before.sentences)) > 0.9 * len(kept)
