"""Where a student is weak, by its own measurements: sources and constructions of its splits, and minimal pairs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from colacli.data.locate import imported
from colacli.data.pairs import PairSet, find_pairs, holds_pairs, sample_pairs
from colacli.data.sample import SAMPLE
from colacli.errors import DataError
from colacli.events import Note, OnEvent
from colacli.results import metrics_of, predictions_of
from colacli.statistics.proportions import wilson_interval
from colacli.store.run import Run
from colacli.store.store import Store
from colacli.workflows.breakdown import Part, break_down, own_corpus, stored_sentences
from colacli.workflows.pair_groups import groups
from colacli.workflows.pair_scores import Judge, PairScores, scores_of, stored_scores
from colacli.workflows.pairs import PairsOptions, judge_of

FEWEST = 10
"""Sentences, or pairs, of a group that can count as weak."""
_PAIRS_BY_CHANCE = 0.5
_ENGLISH = "English"


@dataclass(frozen=True)
class WeakGroup:
    """Sentences, or minimal pairs, of one kind, on which a student is weak."""

    name: str
    n: int
    accuracy: float
    interval: tuple[float, float]
    """95 %, Wilson's."""
    majority: float | None
    """Accuracy of always the label that is more common in it; None of pairs, where a half is right by chance."""

    def is_weak(self, overall: float) -> bool:
        """Whether the interval lies below the accuracy over all; of pairs also where it does not exceed chance."""
        return self.interval[1] < overall or (self.majority is None and self.interval[1] <= _PAIRS_BY_CHANCE)


@dataclass(frozen=True)
class Weaknesses:
    """A split, or a set of minimal pairs, divided in one way."""

    grouping: Literal["source", "construction", "phenomenon"]
    data: str
    """Name of the split, or of the pairs."""
    unit: Literal["sentences", "minimal pairs"]
    n: int
    overall: float
    """Accuracy over all."""
    overall_interval: tuple[float, float]
    groups: int
    """How many are large enough to count."""
    weak: list[WeakGroup]
    """The least accurate first."""


def weaknesses(run: Run, store: Store, on_event: OnEvent) -> list[Weaknesses]:
    """By source and construction, where the run's corpus is here; by phenomenon, where pairs have scores.

    The bundled pairs are judged now where they have none. All others come from what `colacli pairs` stored.
    """
    try:
        corpus = own_corpus(run, store)
    except DataError:
        return list(_of_pairs(run, store, on_event, english=False))
    found: list[Weaknesses] = []
    for split in metrics_of(run):
        if (sentences := stored_sentences(run, split, corpus)) is not None:
            parts = break_down(sentences, predictions_of(run, split), None)
            found += _of_split(run, split, "source", parts.by_source)
            found += _of_split(run, split, "construction", parts.by_construction)
    language = corpus.about.language if corpus.about else None
    return [*found, *_of_pairs(run, store, on_event, english=language in (None, _ENGLISH))]


def _of_split(
    run: Run, split: str, grouping: Literal["source", "construction"], parts: Sequence[Part]
) -> list[Weaknesses]:
    """None where there is only one group, which is the split itself."""
    made = [
        WeakGroup(one.name, one.metrics.n, one.metrics.accuracy, one.interval, one.metrics.confusion.majority_accuracy)
        for one in parts
        if one.metrics.n >= FEWEST
    ]
    if len(parts) < 2 or not made:
        return []
    counts = metrics_of(run)[split].confusion
    right = counts.true_positive + counts.true_negative
    weak = [one for one in made if one.is_weak(counts.accuracy)]
    interval = wilson_interval(right, counts.n)
    return [Weaknesses(grouping, split, "sentences", counts.n, counts.accuracy, interval, len(made), weak)]


def _of_pairs(run: Run, store: Store, on_event: OnEvent, *, english: bool) -> Iterator[Weaknesses]:
    """Of each set of pairs that is here and that the run has judged; `english`: the bundled one, if not, is judged."""
    judge = judge_of(run, PairsOptions(device="cpu"), store)
    bundled = sample_pairs()
    scores = stored_scores(judge, bundled, store)
    if scores is None and english:
        on_event(Note(f"judging the {len(bundled.pairs)} bundled minimal pairs, for where it is weak"))
        scores, _ = scores_of(judge, bundled, bundled, store, on_event)
    if scores is not None:
        yield from _by_phenomenon(bundled, scores)
    for name in imported(store):
        if holds_pairs(store.data / name):
            yield from _stored(judge, find_pairs(store, name), store)


def _stored(judge: Judge, pair_set: PairSet, store: Store) -> Iterator[Weaknesses]:
    if (scores := stored_scores(judge, pair_set, store)) is not None:
        yield from _by_phenomenon(pair_set, scores)


def _by_phenomenon(pair_set: PairSet, scores: PairScores) -> Iterator[Weaknesses]:
    """None where the pairs have no phenomena."""
    made = [
        WeakGroup(one.name, one.n, one.accuracy, one.interval, None)
        for one in groups(pair_set.pairs, scores, lambda pair: pair.phenomenon)
        if one.n >= FEWEST
    ]
    if not made:
        return
    (whole,) = groups(pair_set.pairs, scores, lambda _: "all")
    name = f"{SAMPLE}, in English, bundled with colacli" if pair_set.name == SAMPLE else pair_set.name
    weak = [one for one in made if one.is_weak(whole.accuracy)]
    yield Weaknesses("phenomenon", name, "minimal pairs", whole.n, whole.accuracy, whole.interval, len(made), weak)
