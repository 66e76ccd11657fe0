"""A run's surest mistakes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from colacli.data.corpus import Sentence
from colacli.errors import DataError
from colacli.statistics.calibration import probabilities
from colacli.workflows.evaluate import Evaluation, SentencePredictions


@dataclass(frozen=True)
class Mistake:
    """A sentence whose label is not the run's answer."""

    sentence: Sentence
    probability: float
    """That it is acceptable, in the model's eyes."""


@dataclass(frozen=True)
class Mistakes:
    """The surest of each kind first, by the distance of the logits; of equally sure ones the earlier in the split."""

    accepted: list[Mistake]
    """Not acceptable."""
    rejected: list[Mistake]
    """Acceptable."""
    total: tuple[int, int]
    """How many there are of each kind."""


def surest_mistakes(evaluation: Evaluation, most: int) -> Mistakes:
    """At most so many mistakes of each kind.

    Raises:
        DataError: the sentences are not to be had.
    """
    by_sentence = sentence_predictions(evaluation)
    accepted, rejected = (_mistakes(by_sentence, label) for label in (0, 1))
    return Mistakes(accepted[:most], rejected[:most], (len(accepted), len(rejected)))


def sentence_predictions(evaluation: Evaluation) -> SentencePredictions:
    """The sentences of an evaluation.

    Raises:
        DataError: they are not to be had.
    """
    if evaluation.by_sentence is None:
        raise DataError(
            f"the sentences of {evaluation.split} can't be shown: {evaluation.missing}",
            "a run keeps its answers alone; name the corpus with --data",
        )
    return evaluation.by_sentence


def _mistakes(by_sentence: SentencePredictions, label: int) -> list[Mistake]:
    """All sentences with a label that the run gives the other one."""
    predictions = by_sentence.predictions
    rows: Sequence[int] = [
        row
        for row, (actual, answer) in enumerate(zip(predictions.labels, predictions.predicted, strict=True))
        if actual == label != answer
    ]
    chances = probabilities(predictions.logits)
    surest = sorted(rows, key=lambda row: -abs(predictions.logits[row][1] - predictions.logits[row][0]))
    return [Mistake(by_sentence.sentences[row], chances[row]) for row in surest]
