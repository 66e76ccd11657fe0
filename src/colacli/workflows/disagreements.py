"""The sentences that only one of two arms gets right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from colacli.data.corpus import Sentence
from colacli.statistics.calibration import probabilities
from colacli.workflows.compare import Arm, CompareResult


@dataclass(frozen=True)
class Disagreement:
    """A sentence that only one of two arms gets right: more than half of its runs do, and not so of the other's."""

    sentence: Sentence
    probability: tuple[float, float]
    """That it is acceptable, in the eyes of a and of b: means over their runs."""
    right: tuple[float, float]
    """The fractions of a's and of b's runs that are right."""


@dataclass(frozen=True)
class Disagreements:
    """Those of two arms: the largest difference of the two fractions first, then that of the two probabilities."""

    a: str
    b: str
    only_a_right: list[Disagreement]
    only_b_right: list[Disagreement]


def disagreements(result: CompareResult, sentences: Sequence[Sentence]) -> list[Disagreements]:
    """Those of every pair of arms, from the sentences (n,) that they were compared on."""
    answers = {arm.label: _answers(result, arm) for arm in result.arms}
    found = []
    for a, b in [(a.label, b.label) for a, b in result.arm_pairs]:
        rows = [
            Disagreement(sentence, (chance_a, chance_b), (right_a, right_b))
            for sentence, (chance_a, right_a), (chance_b, right_b) in zip(
                sentences, answers[a], answers[b], strict=True
            )
        ]
        rows.sort(key=lambda row: (-abs(row.right[0] - row.right[1]), -abs(row.probability[0] - row.probability[1])))
        only_a, only_b = ([row for row in rows if row.right[one] > 0.5 >= row.right[1 - one]] for one in (0, 1))
        found.append(Disagreements(a, b, only_a, only_b))
    return found


def _answers(result: CompareResult, arm: Arm) -> list[tuple[float, float]]:
    """For each sentence the mean probability of an arm's runs, and the fraction of them that is right."""
    stored = [result.predictions[run.key] for run in arm.runs]
    chances = zip(*(probabilities(run.logits) for run in stored), strict=True)
    answers = zip(*(run.predicted for run in stored), strict=True)
    return [
        (fmean(chance), answer.count(label) / len(answer))
        for chance, answer, label in zip(chances, answers, stored[0].labels, strict=True)
    ]
