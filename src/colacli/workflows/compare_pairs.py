"""Compare arms on minimal pairs, phenomenon by phenomenon. No torch where every score is stored."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from colacli.data.pairs import PairSet, find_pairs
from colacli.events import OnEvent
from colacli.statistics.credits import CreditComparison, compare_credits, corrected
from colacli.store.store import Store
from colacli.workflows.compare import Arm, CompareResult, paired_by_seed
from colacli.workflows.pair_scores import scores_of
from colacli.workflows.pairs import PairsOptions, judge_of

if TYPE_CHECKING:  # numpy is slow to import
    from colacli.statistics.bootstrap import Reals


@dataclass(frozen=True)
class OnPhenomenon:
    """Two arms on the pairs of one phenomenon."""

    phenomenon: str
    a: str
    b: str
    ties: tuple[int, int]
    """Of all runs of a and of b."""
    comparison: CreditComparison
    """Of credits: a tie is half right. Its p-value is corrected for all phenomena and all pairs of arms."""


@dataclass(frozen=True)
class PairsComparison:
    """Every two arms on every phenomenon."""

    data: str
    digest: str
    rows: list[OnPhenomenon]
    """Arms in their order; of two arms the largest difference first."""


def compare_pairs(result: CompareResult, data: str, store: Store, on_event: OnEvent) -> PairsComparison:
    """Compare the arms of a comparison on minimal pairs; what is not stored is computed.

    Raises:
        DataError: the pairs can't be used.
        ColacliError: a run's model can't be had.
    """
    pair_set = find_pairs(store, data)
    scored = {arm.label: _credits(arm, pair_set, store, on_event) for arm in result.arms}
    phenomena: dict[str, list[int]] = {}
    for index, pair in enumerate(pair_set.pairs):
        phenomena.setdefault(pair.phenomenon or pair.paradigm, []).append(index)
    rows: list[OnPhenomenon] = []
    for a, b in result.arm_pairs:
        credits_a, credits_b = scored[a.label], scored[b.label]
        by_seed = paired_by_seed(a, b)
        found = [
            _on_phenomenon(name, a, b, credits_a[:, chosen], credits_b[:, chosen], by_seed=by_seed)
            for name, chosen in phenomena.items()
        ]
        rows += sorted(found, key=lambda row: (-abs(row.comparison.difference), row.phenomenon))
    comparisons = corrected([row.comparison for row in rows])
    adjusted = [replace(row, comparison=comparison) for row, comparison in zip(rows, comparisons, strict=True)]
    return PairsComparison(pair_set.name, pair_set.digest, adjusted)


def _credits(arm: Arm, pair_set: PairSet, store: Store, on_event: OnEvent) -> Reals:
    """Of each run (runs, pairs): 1 where the good sentence is preferred, 1/2 where neither is, else 0."""
    import numpy as np

    scores = np.array(
        [scores_of(judge_of(run, PairsOptions(), store), pair_set, pair_set, store, on_event)[0] for run in arm.runs]
    )  # (runs, pairs, 2)
    right: Reals = (scores[:, :, 0] > scores[:, :, 1]) + (scores[:, :, 0] == scores[:, :, 1]) / 2
    return right


def _on_phenomenon(name: str, a: Arm, b: Arm, credits_a: Reals, credits_b: Reals, *, by_seed: bool) -> OnPhenomenon:
    ties = int((credits_a == 1 / 2).sum()), int((credits_b == 1 / 2).sum())
    return OnPhenomenon(name, a.label, b.label, ties, compare_credits(credits_a, credits_b, by_seed=by_seed))
