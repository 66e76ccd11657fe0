"""Compare arms on minimal pairs, phenomenon by phenomenon. No torch where every score is stored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from colacli.data.pairs import PairSet, find_pairs
from colacli.events import OnEvent
from colacli.statistics.comparison import Answers, Comparison, compare_arms, corrected
from colacli.store.store import Store
from colacli.workflows.compare import Arm, CompareResult, paired_by_seed
from colacli.workflows.pairs import PairsOptions, judge_of, scores_of


@dataclass(frozen=True)
class OnPhenomenon:
    """Two arms on the pairs of one phenomenon."""

    phenomenon: str
    accuracies: tuple[float, float]
    """Of a and of b, means over their runs."""
    ties: tuple[int, int]
    """Of all runs of a and of b."""
    comparison: Comparison
    """Its p-value is corrected for all phenomena and all pairs of arms."""


@dataclass(frozen=True)
class PairsComparison:
    """Every two arms on every phenomenon."""

    data: str
    digest: str
    rows: list[OnPhenomenon]
    """Arms in their order; of two arms the largest difference first."""


def compare_pairs(result: CompareResult, data: str, store: Store, on_event: OnEvent) -> PairsComparison:
    """Compare the arms of a comparison on minimal pairs; what is not stored is computed.

    A run is right where it prefers the good sentence. A tie is no preference: it is wrong, for either arm.

    Raises:
        DataError: the pairs can't be used.
        ColacliError: a run's model can't be had.
    """
    pair_set = find_pairs(store, data)
    scored = [(arm, *_preferences(arm, pair_set, store, on_event)) for arm in result.arms]
    groups: dict[str, list[int]] = {}
    for row, pair in enumerate(pair_set.pairs):
        groups.setdefault(pair.phenomenon or pair.paradigm, []).append(row)
    rows: list[OnPhenomenon] = []
    for (a, right_a, tied_a), (b, right_b, tied_b) in combinations(scored, 2):
        found = []
        for name, group in groups.items():
            ours, theirs = (_picked(right, group) for right in (right_a, right_b))
            comparison = compare_arms(
                [1] * len(group), Answers(a.label, ours), Answers(b.label, theirs), by_seed=paired_by_seed(a, b)
            )
            ties = tuple(sum(map(sum, _picked(tied, group))) for tied in (tied_a, tied_b))
            found.append(OnPhenomenon(name, (_mean(ours), _mean(theirs)), (ties[0], ties[1]), comparison))
        rows += sorted(found, key=lambda row: (-abs(row.comparison.accuracy_difference), row.phenomenon))
    comparisons = corrected([row.comparison for row in rows])
    adjusted = [
        OnPhenomenon(row.phenomenon, row.accuracies, row.ties, comparison)
        for row, comparison in zip(rows, comparisons, strict=True)
    ]
    return PairsComparison(pair_set.name, pair_set.digest, adjusted)


def _preferences(
    arm: Arm, pair_set: PairSet, store: Store, on_event: OnEvent
) -> tuple[list[list[int]], list[list[int]]]:
    """Of each run (runs, pairs): 1 where the good sentence is preferred; 1 where neither is."""
    scores = [
        scores_of(judge_of(run, PairsOptions(), store), pair_set, pair_set, store, on_event)[0] for run in arm.runs
    ]
    right = [[int(good > bad) for good, bad in of_run] for of_run in scores]
    return right, [[int(good == bad) for good, bad in of_run] for of_run in scores]


def _picked(values: Sequence[Sequence[int]], rows: Sequence[int]) -> list[list[int]]:
    return [[of_run[row] for row in rows] for of_run in values]


def _mean(right: Sequence[Sequence[int]]) -> float:
    return sum(map(sum, right)) / sum(map(len, right))
