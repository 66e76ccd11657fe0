"""What a corpus should answer before anything is trained on it: the warnings of `data show`, with numbers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from colacli.data.corpus import TRAIN
from colacli.data.summary import CorpusSummary, Overlap, SplitSummary

_NAMED = 5
"""Sources that a message names at most."""
_LABELS = ("unacceptable", "acceptable")


@dataclass(frozen=True)
class CorpusWarning:
    """One thing to know of a split."""

    kind: Literal["constant_label", "both_labels", "in_train", "one_label_sources"]
    split: str
    sentences: int
    """Rows that it concerns."""
    message: str


def warnings_of(summary: CorpusSummary) -> list[CorpusWarning]:
    """All of a corpus, split by split."""
    return [warning for split in summary.splits for warning in _of_split(split, summary)]


def _of_split(split: SplitSummary, summary: CorpusSummary) -> Iterator[CorpusWarning]:
    if split.constant_label is not None:
        consequence = "nothing can be learnt from it" if split.name == TRAIN else "accuracy and MCC say nothing there"
        message = f"all {split.n:,} sentences of {split.name} are {_LABELS[split.constant_label]}: {consequence}"
        yield CorpusWarning("constant_label", split.name, split.n, message)
    if texts := split.contradictions.texts:
        rows = texts + split.contradictions.extra_rows
        message = f"sentences of {split.name} that have both labels: {texts:,}, in {rows:,} of {split.n:,} rows"
        yield CorpusWarning("both_labels", split.name, rows, message)
    yield from (_in_train(overlap, split) for overlap in summary.overlaps if overlap.split == split.name and overlap.n)
    if split.constant_label is None and split.one_label.sources:
        yield _one_label(split)


def _in_train(overlap: Overlap, split: SplitSummary) -> CorpusWarning:
    message = (
        f"{overlap.n:,} of {split.n:,} sentences of {split.name} are also in train, {overlap.other_label:,} of them "
        "with the other label: these measure memory"
    )
    return CorpusWarning("in_train", split.name, overlap.n, message)


def _one_label(split: SplitSummary) -> CorpusWarning:
    found = split.one_label
    named = ", ".join(
        f"{source.source or '—'} ({source.n:,} {_LABELS[round(source.acceptable_share)]})"
        for source in found.largest[:_NAMED]
    )
    message = (
        f"{found.sources:,} of {split.distinct_sources:,} sources of {split.name} have one label only, "
        f"{found.rows:,} of {split.n:,} sentences; the largest: {named}"
    )
    return CorpusWarning("one_label_sources", split.name, found.rows, message)
