"""A measurement source by source: which phenomena, or which publications, a judge finds hard."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from colacli.data.cola import find_cola
from colacli.data.corpus import HOLDOUT, TRAIN
from colacli.data.holdout import holdout_rows
from colacli.data.locate import COLA, find_corpus
from colacli.errors import ColacliError, DataError
from colacli.events import ignore
from colacli.metrics import measure
from colacli.statistics import wilson_interval

if TYPE_CHECKING:
    from collections.abc import Sequence

    from colacli.data.corpus import Corpus, Sentence
    from colacli.metrics import Metrics
    from colacli.store.run import Predictions, Run
    from colacli.store.store import Store


@dataclass(frozen=True)
class SourceMetrics:
    """What is reported of one model on the sentences of one source."""

    source: str
    metrics: Metrics
    interval: tuple[float, float]
    """95 % interval of the accuracy."""


def by_source(sentences: Sequence[Sentence], predictions: Predictions) -> list[SourceMetrics]:
    """Measure each source by itself.

    Args:
        sentences: (n,), those that were judged, in order.
        predictions: theirs, (n, 2).

    Returns:
        The least accurate first; of equally accurate ones the larger, then by name.
    """
    rows: dict[str, list[int]] = {}
    for row, sentence in enumerate(sentences):
        rows.setdefault(sentence.source, []).append(row)
    parts = [_part(source, predictions, chosen) for source, chosen in rows.items()]
    return sorted(parts, key=lambda part: (part.metrics.accuracy, -part.metrics.n, part.source))


def _part(source: str, predictions: Predictions, rows: list[int]) -> SourceMetrics:
    metrics = measure([predictions.labels[row] for row in rows], [predictions.logits[row] for row in rows])
    right = metrics.confusion.true_positive + metrics.confusion.true_negative
    return SourceMetrics(source, metrics, wilson_interval(right, metrics.n))


def judged_sentences(run: Run, split: str, predictions: Predictions, store: Store) -> Sequence[Sentence]:
    """The sentences of a run's stored predictions, from the corpus it was made with. Nothing is fetched for it.

    Raises:
        DataError: that corpus is not here, can't be read, or has other sentences now.
    """
    corpus = _corpus_here(run.manifest.sources.get("data", ""), store)
    whole = corpus.splits.get(TRAIN if split == HOLDOUT else split)
    if whole is None or whole.digest != run.spec.data.get(whole.name):
        raise changed(run, corpus, split)
    sentences = whole.sentences
    if split == HOLDOUT:
        sentences = tuple(whole.sentences[row] for row in holdout_rows(whole.labels)[1])
    if [sentence.label for sentence in sentences] != predictions.labels:
        raise changed(run, corpus, split)
    return sentences


def changed(run: Run, corpus: Corpus, split: str) -> DataError:
    """What is wrong where a corpus no longer holds what a run was made with."""
    return DataError(
        f"{corpus.origin} has changed since run {run.key[:12]} was made: its {split} has other sentences",
        f"name the corpus to measure on: --data {corpus.origin}",
    )


def _corpus_here(origin: str, store: Store) -> Corpus:
    try:
        if origin != COLA or find_cola(store.data) is not None:
            return find_corpus(store, origin, ignore)
    except (ColacliError, OSError) as error:  # also a folder that may not be looked into, as another user's
        raise DataError(
            f"the corpus it was made with, {origin or 'whose name is not known'}, can't be read here",
            "name the corpus with --data",
        ) from error
    raise DataError("CoLA is not here", "`colacli data fetch cola` fetches it")
