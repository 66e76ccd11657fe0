"""The bundled corpus: the same everywhere, balanced, well written, and not to be judged by single words."""

from __future__ import annotations

import json
import math
import os
import re
import subprocess
import sys
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from colacli.cli.main import run
from colacli.data.corpus import IN_DOMAIN_DEV, OUT_OF_DOMAIN_DEV, TRAIN
from colacli.data.locate import find_corpus
from colacli.data.sample import corpus as sample
from colacli.data.sample.chooser import Chooser
from colacli.data.sample.grammar import draw, phenomenon, slot
from colacli.data.sample.phenomena import PHENOMENA
from colacli.data.sample.words import with_article
from colacli.errors import IntegrityError, UsageError
from colacli.events import ignore
from colacli.metrics import measure
from colacli.workflows.data import bring_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from colacli.data.corpus import Split
    from colacli.data.sample.grammar import Pair
    from colacli.store.store import Store

DOCS = Path(__file__).parents[2] / "docs" / "sample.md"
EXAMPLE = re.compile(r"([A-Z][^/*\n]*[.?]) / \*([A-Z][^/*\n]*[.?])")
"""How a template's docstring shows what it makes."""


def words(text: str) -> list[str]:
    """The words of a sentence in small letters, and its marks."""
    return re.findall(r"[a-z']+|[.,?]", text.lower())


def pairs(name: str) -> Iterator[Pair]:
    """Forty pairs of each template of a phenomenon, from a seed that made no split."""
    for number, template in enumerate(PHENOMENA[name].templates):
        c = Chooser(f"test {name} {number}")
        yield from (draw(template, c) for _ in range(40))


def digest_in_a_process(hash_seed: str) -> str:
    """The digest that a new process finds."""
    code = "from colacli.data.sample.corpus import *; print(digest_of(make_corpus()))"
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, encoding="utf-8", check=True
    )
    return done.stdout.strip()


def test_two_processes_make_the_same_bytes() -> None:
    """Neither the order of hashes nor the process matters."""
    assert {digest_in_a_process("1"), digest_in_a_process("2")} == {sample.DIGEST}


def test_another_seed_makes_another_corpus() -> None:
    """The digest covers the sentences."""
    assert sample.digest_of(sample.make_corpus(2)) != sample.DIGEST


def test_a_wrong_digest_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that makes other sentences says so instead of training on them."""
    monkeypatch.setattr(sample, "DIGEST", "0" * 64)
    sample.sample_corpus.cache_clear()
    with pytest.raises(IntegrityError, match="digest") as caught:
        sample.sample_corpus()

    assert "install" in caught.value.hint
    sample.sample_corpus.cache_clear()


@pytest.mark.parametrize("name", sample.SIZES)
def test_splits_have_their_sizes_and_balance(name: str) -> None:
    """4,000, 500 and 500 sentences, seven of ten acceptable, as in CoLA."""
    split = sample.sample_corpus().split(name)

    assert len(split) == sample.SIZES[name]
    assert sum(split.labels) / len(split) == pytest.approx(0.7, abs=0.01)


def test_no_sentence_stands_twice() -> None:
    """Neither in one split nor in two, whatever its label."""
    texts = [text for split in sample.sample_corpus().splits.values() for text in split.texts]

    assert len(set(texts)) == len(texts)


def test_a_phenomenon_is_shown_in_training_or_held_out() -> None:
    """The same ones in train and in_domain_dev, others in out_of_domain_dev; at least fifteen and six."""
    shown = {name: {one.source for one in split.sentences} for name, split in sample.sample_corpus().splits.items()}
    inside = {one.name for one in PHENOMENA.values() if one.in_training}

    assert (shown[TRAIN], shown[IN_DOMAIN_DEV]) == (inside, inside)
    assert shown[OUT_OF_DOMAIN_DEV] == set(PHENOMENA) - inside
    assert (len(inside) >= 15, len(set(PHENOMENA) - inside) >= 6) == (True, True)


@pytest.mark.parametrize("name", sample.SIZES)
def test_phenomena_have_like_shares(name: str) -> None:
    """As many sentences each, but for one; and of each three of ten unacceptable, as good as can be."""
    split = sample.sample_corpus().split(name)
    count = Counter(one.source for one in split.sentences)
    bad = Counter(one.source for one in split.sentences if not one.label)

    assert max(count.values()) - min(count.values()) <= 1
    assert all(abs(bad[source] - 0.3 * n) <= 0.5 for source, n in count.items())


def test_marks_follow_labels() -> None:
    """A star where a sentence is unacceptable, nothing else; and no line, since there is no file."""
    rows = [one for split in sample.sample_corpus().splits.values() for one in split.sentences]

    assert {(one.label, one.mark, one.line) for one in rows} == {(1, "", 0), (0, "*", 0)}


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


def test_words_alone_give_little_away() -> None:
    """A naive Bayes on words, trained on train, is near the constant answer on both dev splits."""
    corpus = sample.sample_corpus()

    assert bayes(corpus.split(TRAIN), corpus.split(IN_DOMAIN_DEV)) < 0.2
    assert abs(bayes(corpus.split(TRAIN), corpus.split(OUT_OF_DOMAIN_DEV))) < 0.2


def bayes(train: Split, dev: Split) -> float:
    """MCC of a multinomial naive Bayes on words and marks, add-one smoothed."""
    counts = {0: Counter[str](), 1: Counter[str]()}
    for one in train.sentences:
        counts[one.label].update(words(one.text))
    size = len(counts[0] | counts[1])

    def score(text: str, label: int) -> float:
        total = counts[label].total() + size
        prior = math.log(train.labels.count(label))
        return prior + sum(math.log((counts[label][word] + 1) / total) for word in words(text))

    return measure(dev.labels, [[score(text, 0), score(text, 1)] for text in dev.texts]).mcc


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
    before = sample.make_corpus().split(TRAIN)
    phenomenon("new")(lambda c: slot(f"the new {c.number()} _", "sings", "sing"))
    try:
        after = sample.make_corpus().split(TRAIN)
    finally:
        del PHENOMENA["new"]
    kept = [one for one in after.sentences if one.source != "new"]

    assert len(set(kept) & set(before.sentences)) > 0.9 * len(kept)


def test_it_is_found_by_its_name(store: Store) -> None:
    """`sample` is the bundled corpus in any store."""
    assert find_corpus(store, "sample", ignore) is sample.sample_corpus()


def test_its_name_is_taken(store: Store, tmp_path: Path) -> None:
    """No corpus can be imported as `sample`."""
    with pytest.raises(UsageError, match="sample") as caught:
        bring_in(store, tmp_path, "sample")

    assert "--name" in caught.value.hint


def test_the_command_shows_it(store_home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`data show sample --json` has the fields that every corpus has."""
    assert run(["data", "show", "sample", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)

    assert [(split["name"], split["n"]) for split in document["splits"]] == list(sample.SIZES.items())
    assert all(overlap["n"] == 0 for overlap in document["overlaps"])
    assert not store_home.exists()


def test_the_command_lists_it(store_home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`data list --json` has it among the others, always there and nowhere on the disk."""
    assert run(["data", "list", "--json"]) == 0
    found = {one["name"]: one for one in json.loads(capsys.readouterr().out)["corpora"]}

    assert found["sample"] == {"name": "sample", "path": None, "splits": sample.SIZES, "problem": ""}
