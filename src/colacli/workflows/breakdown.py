"""A measurement in parts: by source, by length, by construction, and by whether a sentence also stands in train."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from colacli.data.cola import find_cola
from colacli.data.corpus import HOLDOUT, TRAIN, Corpus, Sentence
from colacli.data.holdout import holdout_rows
from colacli.data.layout import AS_USUAL, LAYOUT, Layout, parse_layout
from colacli.data.locate import COLA, find_corpus
from colacli.errors import ColacliError, DataError
from colacli.events import ignore
from colacli.metrics import Metrics, Predictions, measure
from colacli.statistics.proportions import wilson_interval
from colacli.store.run import Run
from colacli.store.store import Store
from colacli.workflows.lengths import Lengths, Unit, word_lengths


@dataclass(frozen=True)
class Part:
    """What is reported of one model on some of a split's sentences."""

    name: str
    metrics: Metrics
    interval: tuple[float, float]
    """95 % interval of the accuracy."""

    @property
    def mcc(self) -> float | None:
        """None where it is undefined: one label, or one answer, throughout."""
        return None if self.metrics.confusion.mcc_error is None else self.metrics.mcc


@dataclass(frozen=True)
class Breakdown:
    """A split's measurement in parts, four ways."""

    by_source: list[Part]
    """The least accurate first; of equally accurate ones the larger, then by name."""
    by_length: list[Part]
    """By words, tokens or characters, the shortest first."""
    by_overlap: list[Part] | None
    """`new` sentences, then those `in train`; None where the run's training sentences are not here."""
    length_unit: Unit = "words"
    by_construction: list[Part] = field(default_factory=list)
    """As `by_source`; a sentence counts in each of its constructions, and in none where none is marked."""


def break_down(
    sentences: Sequence[Sentence],
    predictions: Predictions,
    trained_on: frozenset[str] | None,
    lengths: Lengths | None = None,
) -> Breakdown:
    """Measure each part by itself.

    Args:
        sentences: (n,), those that were judged, in order.
        predictions: theirs, (n, 2).
        trained_on: the run's training sentences, where they are known.
        lengths: theirs; in words by default.
    """
    lengths = lengths or word_lengths([sentence.text for sentence in sentences])
    sources = _parts(predictions, ([sentence.source] for sentence in sentences))
    constructions = _parts(predictions, (sentence.constructions for sentence in sentences))
    overlap = None
    if trained_on is not None:
        parts = _parts(predictions, (["in train" if sentence.text in trained_on else "new"] for sentence in sentences))
        overlap = sorted(parts, key=lambda part: part.name, reverse=True)
    return Breakdown(
        _worst_first(sources),
        sorted(
            _parts(predictions, ([name] for name in lengths.names)), key=lambda part: lengths.order.index(part.name)
        ),
        overlap,
        lengths.unit,
        _worst_first(constructions),
    )


def _worst_first(parts: Iterable[Part]) -> list[Part]:
    return sorted(parts, key=lambda part: (part.metrics.accuracy, -part.metrics.n, part.name))


def _parts(predictions: Predictions, names: Iterable[Iterable[str]]) -> list[Part]:
    """A part for each name, of the sentences that have it."""
    return [_part(name, predictions, rows) for name, rows in rows_by_name(names).items()]


def rows_by_name(names: Iterable[Iterable[str]]) -> dict[str, list[int]]:
    """The rows that have each name, from the names of each row."""
    rows: dict[str, list[int]] = {}
    for row, names_of_row in enumerate(names):
        for name in names_of_row:
            rows.setdefault(name, []).append(row)
    return rows


def _part(name: str, predictions: Predictions, rows: list[int]) -> Part:
    metrics = measure([predictions.labels[row] for row in rows], [predictions.logits[row] for row in rows])
    correct = metrics.confusion.true_positive + metrics.confusion.true_negative
    return Part(name, metrics, wilson_interval(correct, metrics.n))


def stored_sentences(run: Run, split: str, corpus: Corpus) -> Sequence[Sentence] | None:
    """The sentences of a run's stored predictions, from its own corpus; None where that has others now."""
    source = corpus.splits.get(TRAIN if split == HOLDOUT else split)
    if source is None or source.digest != run.spec.data.get(source.name):
        return None
    if split != HOLDOUT:
        return source.sentences
    return [source.sentences[row] for row in holdout_rows(source.labels)[1]]


def training_texts(run: Run, corpus: Corpus) -> frozenset[str] | None:
    """The sentences that a run was trained on, from its own corpus; None where that has others now."""
    train = corpus.splits.get(TRAIN)
    if train is None or train.digest != run.spec.data.get(TRAIN):
        return None
    if run.spec.training.validation == "dev":
        return frozenset(train.texts)
    return frozenset(train.texts[row] for row in holdout_rows(train.labels)[0])


def changed_corpus(run: Run, corpus: Corpus, split: str) -> DataError:
    """The error where a run's own corpus no longer has what it was made with."""
    return DataError(
        f"{corpus.origin} has changed since run {run.key[:12]} was made: its {split} has other sentences",
        f"name the corpus to measure on: --data {corpus.origin}",
    )


def layout_of(run: Run) -> Layout:
    """The layout that the corpus' files were read with.

    Raises:
        DataError: what the run says of it is none.
    """
    text = run.manifest.sources.get(LAYOUT)
    return AS_USUAL if text is None else parse_layout(text)


def own_corpus(run: Run, store: Store) -> Corpus:
    """The corpus that a run was made with. Nothing is fetched for it.

    Raises:
        DataError: it is not here, or can't be read.
    """
    origin = run.manifest.sources.get("data", "")
    try:
        if origin != COLA or find_cola(store.data) is not None:
            return find_corpus(store, origin, ignore, layout_of(run))
    except (ColacliError, OSError) as error:  # also a folder that may not be looked into, as another user's
        raise DataError(
            f"the corpus it was made with, {origin or 'whose name is not known'}, can't be read here",
            "name the corpus with --data",
        ) from error
    raise DataError("CoLA is not here", "`colacli data fetch cola` fetches it")
