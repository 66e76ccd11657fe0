"""Two arms compared on the same sentences: one run each, or several runs each, one a seed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from typing import TYPE_CHECKING

from colacli.metrics import Confusion, confusion
from colacli.statistics.holm import holm
from colacli.statistics.paired import McNemar, Paired, difference_interval, mcnemar, pair
from colacli.statistics.power import TARGET, detectable_difference, sentences_needed
from colacli.statistics.seeds import TTest, paired_t, welch

if TYPE_CHECKING:  # numpy is slow to import
    from colacli.statistics.threshold_free import Estimate, Measures
    from colacli.statistics.two_way import Difference, Spread


@dataclass(frozen=True)
class Answers:
    """An arm: the predictions of its runs."""

    name: str
    predictions: Sequence[Sequence[int]]
    """(R, n)"""
    measures: Sequence[Measures] = ()
    """Of each run, those that need no threshold; empty where its scores are not known."""


@dataclass(frozen=True)
class Rarest:
    """The rarest prediction of an arm: the label that one of its runs predicts least often."""

    label: int
    count: int


@dataclass(frozen=True)
class Needed:
    """Sample sizes that show a difference with 80 % power, each alone; None where no number does."""

    seeds: int | None
    """An arm; None too where each arm has a single run."""
    sentences: int | None


@dataclass(frozen=True)
class OverSeeds:
    """How a difference generalises to other seeds and other sentences."""

    paired: bool
    """Whether runs are paired by seed."""
    standard_error: float
    """Of the accuracy difference, over seeds and sentences."""
    degrees_of_freedom: float
    spread: Spread
    t_test: TTest | None
    """Of accuracy, on these sentences; None where an arm is a single run."""
    mcc_t_test: TTest | None


@dataclass(frozen=True)
class Comparison:
    """What is reported of two arms; every difference is a − b."""

    a: str
    b: str
    n: int
    runs: tuple[int, int]
    """Of a and of b."""
    constant: tuple[int, int]
    """How many of them predict one label for every sentence."""
    rarest: tuple[Rarest | None, Rarest | None]
    """Of a's and of b's runs that predict both labels; None where there is no such run."""
    paired: Paired | None
    """Summed over pairs of runs; None where the runs are not paired."""
    accuracy_difference: float
    interval: tuple[float, float]
    """Its 95 % interval: Tango's for single runs, over seeds and sentences for several."""
    mcc_difference: float
    mcc_interval: tuple[float, float]
    """The same of MCC: by the jackknife for single runs."""
    mcnemar: McNemar | None
    """None for several runs: they share their sentences, so counts over them are not independent."""
    over_seeds: OverSeeds | None
    """None for single runs."""
    p: float
    """The verdict's p-value: McNemar's mid-p, or Student's t over seeds and sentences."""
    holm_p: float
    """The same, corrected for all pairs of a comparison."""
    detectable: float | None
    """The smallest difference that this design shows with 80 % power; None where it shows none."""
    needed: Needed
    """To show `TARGET`."""
    needed_observed: Needed
    """To show the observed difference."""
    threshold_free: dict[str, Estimate] = field(default_factory=dict)
    """Differences in the measures that need no threshold; empty where an arm's are not known."""


def compare_arms(labels: Sequence[int], a: Answers, b: Answers, *, by_seed: bool = False) -> Comparison:
    """Compare two arms by their predictions for the same sentences.

    Args:
        labels: (n,), at least one.
        a: one arm, with at least one run.
        b: the other.
        by_seed: whether run r of one is paired with run r of the other.

    Raises:
        ValueError: a run has more or fewer predictions than there are labels.
    """
    counts = [[confusion(labels, run) for run in arm.predictions] for arm in (a, b)]
    if len(a.predictions) == len(b.predictions) == 1:
        comparison = _of_runs(labels, a, b, counts[0][0], counts[1][0])
    else:
        comparison = _of_seeds(labels, a, b, counts, by_seed=by_seed)
    if not a.measures or not b.measures:
        return comparison
    from colacli.statistics.threshold_free import difference_estimates

    return replace(comparison, threshold_free=difference_estimates(a.measures, b.measures, by_seed=by_seed))


def corrected(comparisons: Sequence[Comparison]) -> list[Comparison]:
    """The same with `holm_p` corrected for all of them."""
    values = holm([comparison.p for comparison in comparisons])
    return [replace(comparison, holm_p=p) for comparison, p in zip(comparisons, values, strict=True)]


def _of_runs(labels: Sequence[int], a: Answers, b: Answers, count_a: Confusion, count_b: Confusion) -> Comparison:
    from colacli.statistics.bootstrap import mcc_interval, tabulate

    paired = pair(labels, a.predictions[0], b.predictions[0])
    test = mcnemar(paired.only_a_right, paired.only_b_right)
    discordant = paired.discordant / paired.n
    return Comparison(
        a=a.name,
        b=b.name,
        n=paired.n,
        runs=(1, 1),
        constant=(_constant([count_a]), _constant([count_b])),
        rarest=(_rarest([count_a]), _rarest([count_b])),
        paired=paired,
        accuracy_difference=paired.accuracy_difference,
        interval=difference_interval(paired),
        mcc_difference=count_a.mcc - count_b.mcc,
        mcc_interval=mcc_interval(tabulate(labels, a.predictions, b.predictions)),
        mcnemar=test,
        over_seeds=None,
        p=test.mid_p,
        holm_p=test.mid_p,
        detectable=detectable_difference(paired.n, paired.discordant),
        needed=Needed(None, sentences_needed(TARGET, discordant)),
        needed_observed=Needed(None, sentences_needed(paired.accuracy_difference, discordant)),
    )


def _of_seeds(
    labels: Sequence[int], a: Answers, b: Answers, counts: Sequence[Sequence[Confusion]], *, by_seed: bool
) -> Comparison:
    from colacli.statistics.bootstrap import tabulate
    from colacli.statistics.two_way import differences

    accuracy, mcc = differences(tabulate(labels, a.predictions, b.predictions), paired=by_seed)
    runs = (len(a.predictions), len(b.predictions))
    seeds = min(count for count in runs if count > 1)
    spread = accuracy.spread if _separated(a, b, by_seed=by_seed) else None
    return Comparison(
        a=a.name,
        b=b.name,
        n=len(labels),
        runs=runs,
        constant=(_constant(counts[0]), _constant(counts[1])),
        rarest=(_rarest(counts[0]), _rarest(counts[1])),
        paired=_summed(labels, a, b) if by_seed else None,
        accuracy_difference=accuracy.value,
        interval=accuracy.interval(),
        mcc_difference=mcc.value,
        mcc_interval=mcc.interval(),
        mcnemar=None,
        over_seeds=_over_seeds(accuracy, counts, by_seed=by_seed),
        p=accuracy.p,
        holm_p=accuracy.p,
        detectable=spread.detectable(seeds, len(labels)) if spread else None,
        needed=_needed(spread, TARGET, seeds, len(labels)),
        needed_observed=_needed(spread, accuracy.value, seeds, len(labels)),
    )


def _over_seeds(accuracy: Difference, counts: Sequence[Sequence[Confusion]], *, by_seed: bool) -> OverSeeds:
    test = paired_t if by_seed else welch
    has_test = all(len(arm) > 1 for arm in counts)
    accuracies = [[run.accuracy for run in arm] for arm in counts]
    mccs = [[run.mcc for run in arm] for arm in counts]
    return OverSeeds(
        by_seed,
        accuracy.standard_error,
        accuracy.degrees_of_freedom,
        accuracy.spread,
        test(*accuracies) if has_test else None,
        test(*mccs) if has_test else None,
    )


def _needed(spread: Spread | None, difference: float, seeds: int, sentences: int) -> Needed:
    if spread is None:
        return Needed(None, None)
    return Needed(spread.seeds_needed(difference, sentences), spread.sentences_needed(difference, seeds))


def _separated(a: Answers, b: Answers, *, by_seed: bool) -> bool:
    pairs = zip(a.predictions, b.predictions, strict=True) if by_seed else product(a.predictions, b.predictions)
    return any(list(run_a) != list(run_b) for run_a, run_b in pairs)


def _summed(labels: Sequence[int], a: Answers, b: Answers) -> Paired:
    first, *others = (pair(labels, *runs) for runs in zip(a.predictions, b.predictions, strict=True))
    return sum(others, first)


def _constant(counts: Sequence[Confusion]) -> int:
    return sum(run.constant_prediction is not None for run in counts)


def _rarest(counts: Sequence[Confusion]) -> Rarest | None:
    varied = [run for run in counts if run.constant_prediction is None]
    predicted = [(run.true_negative + run.false_negative, 0) for run in varied]
    predicted += [(run.true_positive + run.false_positive, 1) for run in varied]
    count, label = min(predicted, default=(0, 0))
    return Rarest(label, count) if count else None
