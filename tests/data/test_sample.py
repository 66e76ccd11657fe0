"""The bundled corpus: the same everywhere, balanced, and not to be judged by single words."""

from __future__ import annotations

import math
import os
import subprocess
import sys
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from colacli.data.corpus import IN_DOMAIN_DEV, OUT_OF_DOMAIN_DEV, TRAIN
from colacli.data.locate import find_corpus
from colacli.data.sample import corpus as sample
from colacli.data.sample.chooser import Chooser
from colacli.data.sample.grammar import PHENOMENA, draw
from colacli.data.sample.words import article, plural_of, verb
from colacli.errors import IntegrityError, UsageError
from colacli.events import ignore
from colacli.metrics import measure
from colacli.workflows.data import bring_in

if TYPE_CHECKING:
    from colacli.data.corpus import Split
    from colacli.store.store import Store


def test_two_processes_make_the_same_bytes() -> None:
    """Neither the order of hashes nor the process matters."""
    code = "from colacli.data.sample.corpus import *; print(digest_of(make_corpus()))"
    found = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for seed in ("1", "2")
    }
    assert found == {sample.DIGEST}


def test_a_wrong_digest_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that makes other sentences says so instead of training on them."""
    monkeypatch.setattr(sample, "DIGEST", "0" * 64)
    sample.sample_corpus.cache_clear()
    try:
        with pytest.raises(IntegrityError, match="digest"):
            sample.sample_corpus()
    finally:
        sample.sample_corpus.cache_clear()


@pytest.mark.parametrize("name", sample.SIZES)
def test_splits_have_their_sizes_and_balance(name: str) -> None:
    """4,000, 500 and 500 sentences, about 70 % of each acceptable, as in CoLA."""
    split = sample.sample_corpus().split(name)
    assert len(split) == sample.SIZES[name]
    assert sum(split.labels) / len(split) == pytest.approx(0.7, abs=0.02)


def test_no_sentence_stands_twice() -> None:
    """Neither in one split nor in two, whatever its label."""
    texts = [text for split in sample.sample_corpus().splits.values() for text in split.texts]
    assert len(set(texts)) == len(texts)


def test_every_phenomenon_has_both_labels_and_its_place() -> None:
    """At least fifteen in training and as many in its dev split; out of domain only others."""
    corpus = sample.sample_corpus()
    labels = {
        name: {source: set() for source in (one.source for one in split.sentences)}
        for name, split in corpus.splits.items()
    }
    for name, split in corpus.splits.items():
        for one in split.sentences:
            labels[name][one.source].add(one.label)
    assert all(found == {0, 1} for split in labels.values() for found in split.values())
    assert set(labels[TRAIN]) == set(labels[IN_DOMAIN_DEV]) == {p.name for p in PHENOMENA.values() if p.in_training}
    assert set(labels[OUT_OF_DOMAIN_DEV]) == {p.name for p in PHENOMENA.values() if not p.in_training}
    assert len(labels[TRAIN]) >= 15
    assert len(labels[OUT_OF_DOMAIN_DEV]) >= 6


@pytest.mark.parametrize("name", PHENOMENA)
def test_pairs_are_well_written(name: str) -> None:
    """Good and bad differ; both begin with a capital, end with one mark and have no double space or article slip."""
    c = Chooser(f"test {name}")
    for _ in range(300):
        pair = draw(PHENOMENA[name], c)
        assert pair.good != pair.bad
        for text in pair:
            assert text[0].isupper()
            assert text[-1] in ".?"
            assert text[-2].isalpha()
            assert "  " not in text
        words = pair.good.rstrip(".?").replace(",", "").split()
        for word, following in pairwise(words):
            if word.lower() in ("a", "an"):
                assert word.lower() == article(following)


def test_words_alone_give_little_away() -> None:
    """A naive Bayes on words, trained on train, is near the constant answer on dev."""
    corpus = sample.sample_corpus()
    assert _bayes(corpus.split(TRAIN), corpus.split(IN_DOMAIN_DEV)) < 0.3


def _bayes(train: Split, dev: Split) -> float:
    """MCC of a multinomial naive Bayes on lower-cased words, add-one smoothed."""
    counts = {0: Counter[str](), 1: Counter[str]()}
    for one in train.sentences:
        counts[one.label].update(one.text.lower().split())
    size = len(counts[0] | counts[1])
    totals = {label: sum(found.values()) + size for label, found in counts.items()}
    prior = {label: train.labels.count(label) for label in counts}

    def score(text: str, label: int) -> float:
        return math.log(prior[label]) + sum(
            math.log((counts[label][word] + 1) / totals[label]) for word in text.lower().split()
        )

    return measure(dev.labels, [[score(text, 0), score(text, 1)] for text in dev.texts]).mcc


def test_it_is_found_by_its_name(store: Store) -> None:
    """`sample` is the bundled corpus in any store."""
    assert find_corpus(store, "sample", ignore).split(TRAIN).digest == sample.sample_corpus().split(TRAIN).digest


def test_its_name_is_taken(store: Store, tmp_path: Path) -> None:
    """No corpus can be imported as `sample`."""
    with pytest.raises(UsageError, match="sample"):
        bring_in(store, tmp_path, "sample")


@pytest.mark.parametrize(
    ("written", "forms"),
    [
        ("agree", ("agree", "agrees", "agreed", "agreed", "agreeing")),
        ("carry", ("carry", "carries", "carried", "carried", "carrying")),
        ("hug!", ("hug", "hugs", "hugged", "hugged", "hugging")),
        ("hide/hid/hidden", ("hide", "hides", "hid", "hidden", "hiding")),
        ("watch", ("watch", "watches", "watched", "watched", "watching")),
    ],
)
def test_verbs_are_inflected(written: str, forms: tuple[str, ...]) -> None:
    """The spelling rules, and irregular forms as written."""
    found = verb(written)
    assert (found.base, found.third, found.past, found.participle, found.gerund) == forms


def test_nouns_and_articles() -> None:
    """-ies after a consonant, -es after a hiss; "an" by sound where spelling misleads."""
    assert [plural_of(one) for one in ("diary", "toy", "box", "bus")] == ["diaries", "toys", "boxes", "buses"]
    assert [article(one) for one in ("apple", "useful", "honest", "box")] == ["an", "a", "an", "a"]


def test_the_docs_show_every_phenomenon() -> None:
    """docs/sample.md has a row for each, with a pair that the grammar makes now."""
    text = (Path(__file__).parents[2] / "docs" / "sample.md").read_text(encoding="utf-8")
    for name, found in PHENOMENA.items():
        pair = draw(found, Chooser(f"docs {name}"))
        assert f"| {name} | {pair.good} | {pair.bad} |" in text
