"""A summary counts what a reader of results should know: sizes, sources, repeats and contradictions."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from colacli.data.corpus import Corpus, Sentence, Split
from colacli.data.readers import read_corpus
from colacli.data.summary import EXAMPLES, SOURCES, Lengths, Occurrence, Overlap, Repeat, SourceSummary, summarise

COLA = Path(__file__).parents[2].parent / "shared" / "cola"
needs_cola = pytest.mark.skipif(not COLA.is_dir(), reason="the public release is not beside this checkout")


def split_of(name, *rows):
    """A split of (text, label) or (text, label, source) rows, with lines from 1."""
    return Split(name, tuple(Sentence(*row[:2], *row[2:], line=line) for line, row in enumerate(rows, start=1)))


def summary_of(*splits):
    """The summary of a corpus of these splits."""
    return summarise(Corpus("here", {split.name: split for split in splits}))


def test_sizes_and_lengths():
    """Sentences, acceptable ones and words are counted; the digest is the split's own."""
    split = split_of("train", ("a b  c", 1), ("a", 0), ("a\u00a0b", 1), ("a b c d e f", 1))
    (summary,) = summary_of(split).splits
    assert (summary.name, summary.n, summary.acceptable, summary.acceptable_share) == ("train", 4, 3, 0.75)
    assert summary.words == Lengths(min=1, median=2.5, mean=3.0, max=6)
    assert summary.digest == split.digest


def test_sources_come_most_frequent_first():
    """Each source has its own share; no more than ten are shown, and all are counted."""
    rows = [(f"s{i}", 1, f"source{i}") for i in range(SOURCES + 2)]
    (summary,) = summary_of(split_of("train", *rows, ("x", 0, "source3"))).splits
    assert summary.distinct_sources == SOURCES + 2
    assert len(summary.sources) == SOURCES
    assert summary.sources[:2] == (SourceSummary("source3", 2, 0.5), SourceSummary("source0", 1, 1.0))


def test_repeats_within_a_split():
    """A text that stands three times is one text with two extra rows; both labels make it a contradiction."""
    (summary,) = summary_of(split_of("train", ("a", 1), ("b", 1), ("a", 1), ("b", 0), ("a", 1), ("c", 1))).splits
    contradiction = Repeat("b", (Occurrence("train", 2, 1), Occurrence("train", 4, 0)))
    assert (summary.duplicates.texts, summary.duplicates.extra_rows) == (2, 3)
    assert [place.line for place in summary.duplicates.examples[0].places] == [1, 3, 5]
    assert (summary.contradictions.texts, summary.contradictions.extra_rows) == (1, 1)
    assert summary.contradictions.examples == (contradiction,)


def test_texts_are_compared_exactly():
    """Case, white space and Unicode form make another sentence."""
    (summary,) = summary_of(split_of("train", ("\u00e9", 1), ("e\u0301", 1), ("A", 1), ("a", 1), ("a ", 1))).splits
    assert summary.duplicates.texts == 0


def test_examples_are_few():
    """However many sentences are repeated, ten are shown and all are counted."""
    rows = [(f"s{i}", 1) for i in range(EXAMPLES + 5)]
    summary = summary_of(split_of("train", *rows, *rows), split_of("in_domain_dev", *rows))
    assert summary.splits[0].duplicates.texts == EXAMPLES + 5
    assert len(summary.splits[0].duplicates.examples) == EXAMPLES
    assert len(summary.overlaps[0].examples) == EXAMPLES


def test_overlap_with_training():
    """Rows of a split that stand in training are counted, and those judged the other way there."""
    train = split_of("train", ("a", 1), ("b", 1), ("a", 0), ("d", 1))
    dev = split_of("in_domain_dev", ("b", 1), ("x", 1), ("a", 0), ("a", 0))
    (overlap,) = summary_of(train, dev).overlaps
    in_train = (Occurrence("train", 1, 1), Occurrence("train", 3, 0))
    assert overlap == Overlap(
        split="in_domain_dev",
        n=3,
        other_label=2,
        examples=(
            Repeat("b", (Occurrence("in_domain_dev", 1, 1), Occurrence("train", 2, 1))),
            Repeat("a", (Occurrence("in_domain_dev", 3, 0), *in_train)),
            Repeat("a", (Occurrence("in_domain_dev", 4, 0), *in_train)),
        ),
    )


def test_overlaps_need_a_training_split():
    """A corpus without training sentences has nothing to overlap with."""
    assert summary_of(split_of("in_domain_dev", ("a", 1))).overlaps == ()


@given(st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from([0, 1])), min_size=1))
def test_counts_agree_with_sets(rows):
    """Rows are distinct texts and extra ones; contradictions are the texts with both labels."""
    (summary,) = summary_of(split_of("train", *rows)).splits
    texts = {text for text, _ in rows}
    assert summary.n == len(texts) + summary.duplicates.extra_rows
    assert summary.contradictions.texts == sum({(text, 0), (text, 1)} <= set(rows) for text in texts)


@needs_cola
def test_the_public_release_repeats_itself():
    """CoLA's training repeats 19 texts, 11 with both labels; 6 of dev stand there, 2 judged otherwise."""
    summary = summarise(read_corpus(COLA))
    train, dev = summary.splits
    assert (train.duplicates.texts, train.duplicates.extra_rows, train.contradictions.texts) == (19, 19, 11)
    assert dev.duplicates.texts == 0
    assert [(overlap.n, overlap.other_label) for overlap in summary.overlaps] == [(6, 2)]
    assert asdict(summary)["splits"][1]["acceptable"] == 365
