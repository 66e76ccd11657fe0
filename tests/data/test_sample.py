"""The bundled corpus: whole, balanced, and not to be judged by single words."""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from colacli.cli.main import run
from colacli.data import sample
from colacli.data.corpus import IN_DOMAIN_DEV, OUT_OF_DOMAIN_DEV, TRAIN
from colacli.data.locate import find_corpus
from colacli.data.sample import sample_corpus
from colacli.errors import IntegrityError, UsageError
from colacli.events import ignore
from colacli.metrics import measure
from colacli.workflows.data import bring_in

if TYPE_CHECKING:
    from collections.abc import Callable

    from colacli.data.corpus import Split
    from colacli.store.store import Store

SIZES = {TRAIN: 4000, IN_DOMAIN_DEV: 500, OUT_OF_DOMAIN_DEV: 500}


def words(text: str) -> list[str]:
    """The words of a sentence in small letters, and its marks."""
    return re.findall(r"[a-z']+|[.,?]", text.lower())


@pytest.mark.parametrize("damage", [lambda path: path.write_bytes(b"split"), Path.unlink])
def test_a_damaged_file_is_an_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    """Other bytes than colacli came with, or none, are never trained on."""
    monkeypatch.setattr(sample, "_FILE", tmp_path / "sample.tsv")
    (tmp_path / "sample.tsv").write_bytes(b"whole")
    damage(tmp_path / "sample.tsv")
    sample_corpus.cache_clear()
    with pytest.raises(IntegrityError, match=r"bundled corpus|sample\.tsv") as caught:
        sample_corpus()

    assert "install" in caught.value.hint
    sample_corpus.cache_clear()


@pytest.mark.parametrize("name", SIZES)
def test_splits_have_their_sizes_and_balance(name: str) -> None:
    """4,000, 500 and 500 sentences, seven of ten acceptable, as in CoLA."""
    split = sample_corpus().split(name)

    assert len(split) == SIZES[name]
    assert sum(split.labels) / len(split) == pytest.approx(0.7, abs=0.01)


def test_no_sentence_stands_twice() -> None:
    """Neither in one split nor in two, whatever its label."""
    texts = [text for split in sample_corpus().splits.values() for text in split.texts]

    assert len(set(texts)) == len(texts)


@pytest.mark.parametrize("name", SIZES)
def test_phenomena_have_like_shares(name: str) -> None:
    """As many sentences each, but for one; and of each three of ten unacceptable, as good as can be."""
    split = sample_corpus().split(name)
    count = Counter(one.source for one in split.sentences)
    bad = Counter(one.source for one in split.sentences if not one.label)

    assert max(count.values()) - min(count.values()) <= 1
    assert all(abs(bad[source] - 0.3 * n) <= 0.5 for source, n in count.items())


def test_marks_follow_labels() -> None:
    """A star where a sentence is unacceptable, nothing else; and no line, since there is no file."""
    rows = [one for split in sample_corpus().splits.values() for one in split.sentences]

    assert {(one.label, one.mark, one.line) for one in rows} == {(1, "", 0), (0, "*", 0)}


def test_words_alone_give_little_away() -> None:
    """A naive Bayes on words, trained on train, is near the constant answer on both dev splits."""
    corpus = sample_corpus()

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


def test_it_is_found_by_its_name(store: Store) -> None:
    """`sample` is the bundled corpus in any store."""
    assert find_corpus(store, "sample", ignore) is sample_corpus()


def test_its_name_is_taken(store: Store, tmp_path: Path) -> None:
    """No corpus can be imported as `sample`."""
    with pytest.raises(UsageError, match="sample") as caught:
        bring_in(store, tmp_path, "sample")

    assert "--name" in caught.value.hint


def test_the_command_shows_it(store_home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`data show sample --json` has the fields that every corpus has."""
    assert run(["data", "show", "sample", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)

    assert [(split["name"], split["n"]) for split in document["splits"]] == list(SIZES.items())
    assert all(overlap["n"] == 0 for overlap in document["overlaps"])
    assert not store_home.exists()


def test_the_command_lists_it(store_home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`data list --json` has it among the others, always there and nowhere on the disk."""
    assert run(["data", "list", "--json"]) == 0
    found = {one["name"]: one for one in json.loads(capsys.readouterr().out)["corpora"]}

    assert found["sample"] == {"name": "sample", "path": None, "splits": SIZES, "unlabelled": 0, "problem": ""}
