"""A run's surest mistakes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from colacli.data.corpus import Sentence
from colacli.errors import DataError
from colacli.statistics.calibration import probabilities
from colacli.workflows.evaluate import Evaluation, Judged


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
    judged = judged_sentences(evaluation)
    accepted, rejected = (_mistakes(judged, label) for label in (0, 1))
    return Mistakes(accepted[:most], rejected[:most], (len(accepted), len(rejected)))


def judged_sentences(evaluation: Evaluation) -> Judged:
    """The sentences of an evaluation.

    Raises:
        DataError: they are not to be had.
    """
    if evaluation.judged is None:
        raise DataError(
            f"the sentences of {evaluation.split} can't be shown: {evaluation.missing}",
            "a run keeps its answers alone; name the corpus with --data",
        )
    return evaluation.judged


def _mistakes(judged: Judged, label: int) -> list[Mistake]:
    """All sentences with a label that the run gives the other one."""
    predictions = judged.predictions
    rows: Sequence[int] = [
        row
        for row, (actual, answer) in enumerate(zip(predictions.labels, predictions.predicted, strict=True))
        if actual == label != answer
    ]
    chances = probabilities(predictions.logits)
    surest = sorted(rows, key=lambda row: -abs(predictions.logits[row][1] - predictions.logits[row][0]))
    return [Mistake(judged.sentences[row], chances[row]) for row in surest]
