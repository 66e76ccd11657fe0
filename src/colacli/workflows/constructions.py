"""A comparison by construction: where does one arm know more grammar than the other?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from colacli.data.corpus import Sentence
from colacli.metrics import confusion
from colacli.statistics.comparison import Answers, Comparison, compare_arms, corrected
from colacli.statistics.proportions import wilson_interval
from colacli.workflows.breakdown import rows_by_name
from colacli.workflows.compare import Arm, CompareResult, paired_by_seed


@dataclass(frozen=True)
class Score:
    """An arm on the sentences of a construction."""

    accuracy: float
    """Mean over its runs."""
    mcc: float | None
    """Likewise; None where it is undefined for one of them."""
    interval: tuple[float, float] | None
    """Wilson's 95 % interval of a single run's accuracy; None for several runs, which share their sentences."""


@dataclass(frozen=True)
class ConstructionComparison:
    """Two arms on the sentences of a construction."""

    construction: str
    a: Score
    b: Score
    comparison: Comparison
    """Its `holm_p` is corrected for all constructions of all pairs of arms."""


def by_construction(result: CompareResult, sentences: Sequence[Sentence]) -> list[list[ConstructionComparison]]:
    """For each pair of arms every construction, from that in which a is worst beside b to that in which it is best."""
    rows = rows_by_name(sentence.constructions for sentence in sentences)
    pairs = [[_compared(result, name, rows[name], *arms) for name in rows] for arms in result.arm_pairs]
    adjusted = iter(corrected([one.comparison for pair in pairs for one in pair]))
    return [
        sorted(
            (ConstructionComparison(one.construction, one.a, one.b, next(adjusted)) for one in pair),
            key=lambda one: (one.comparison.accuracy_difference, -one.comparison.n, one.construction),
        )
        for pair in pairs
    ]


def _compared(result: CompareResult, name: str, rows: Sequence[int], a: Arm, b: Arm) -> ConstructionComparison:
    all_labels = result.predictions[a.runs[0].key].labels
    labels = [all_labels[row] for row in rows]
    answers = [
        [[predicted[row] for row in rows] for predicted in (result.predictions[run.key].predicted for run in arm.runs)]
        for arm in (a, b)
    ]
    comparison = compare_arms(
        labels, Answers(a.label, answers[0]), Answers(b.label, answers[1]), by_seed=paired_by_seed(a, b)
    )
    return ConstructionComparison(name, _score(labels, answers[0]), _score(labels, answers[1]), comparison)


def _score(labels: Sequence[int], runs: Sequence[Sequence[int]]) -> Score:
    counts = [confusion(labels, run) for run in runs]
    mccs = [None if count.mcc_error is None else count.mcc for count in counts]
    return Score(
        fmean(count.accuracy for count in counts),
        None if None in mccs else fmean(mcc for mcc in mccs if mcc is not None),
        wilson_interval(counts[0].true_positive + counts[0].true_negative, counts[0].n) if len(runs) == 1 else None,
    )
