"""Two arms compared on the same sentences: a run each, or several runs each, one a seed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import product
from typing import TYPE_CHECKING

from colacli.metrics import confusion
from colacli.statistics.holm import holm
from colacli.statistics.paired import McNemar, Paired, difference_interval, mcnemar, pair
from colacli.statistics.power import TARGET, detectable_difference, sentences_needed
from colacli.statistics.seeds import TTest, paired_t, welch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from colacli.metrics import Confusion
    from colacli.statistics.bootstrap import Cells
    from colacli.statistics.two_way import Difference, Spread


@dataclass(frozen=True)
class Answers:
    """An arm: what each of its runs answers."""

    name: str
    predictions: Sequence[Sequence[int]]
    """(R, n)"""


@dataclass(frozen=True)
class Rarest:
    """The answer that a run gives least often, in the run of an arm where it is rarest."""

    label: int
    count: int


@dataclass(frozen=True)
class Needed:
    """What would show a difference with 80 % power, everything else left as it is; None where no number would."""

    seeds: int | None
    """An arm; None too where each has a single run."""
    sentences: int | None


@dataclass(frozen=True)
class OverSeeds:
    """What is known of a difference beyond these seeds and these sentences."""

    paired: bool
    """Whether runs of one seed were set against each other."""
    error: float
    """Standard error of the accuracy difference, over seeds and sentences."""
    degrees: float
    spread: Spread
    t_test: TTest | None
    """Of accuracy, on these sentences; None where one arm is a single run."""
    mcc_t_test: TTest | None


@dataclass(frozen=True)
class Comparison:
    """What is reported of two arms; every difference is a less b."""

    a: str
    b: str
    n: int
    runs: tuple[int, int]
    """Of a and of b."""
    constant: tuple[int, int]
    """How many of them give one answer to every sentence."""
    rarest: tuple[Rarest | None, Rarest | None]
    """Of a's and of b's runs that give both answers; None where there is no such run."""
    paired: Paired | None
    """Summed over pairs of runs; None where the runs are not paired."""
    accuracy_difference: float
    interval: tuple[float, float]
    """95 % interval of it: Tango's for single runs, over seeds and sentences for several."""
    mcc_difference: float
    mcc_interval: tuple[float, float]
    """The same of MCC: by the jackknife for single runs."""
    mcnemar: McNemar | None
    """None for several runs: they answer the same sentences again, so counts over them are not independent."""
    over_seeds: OverSeeds | None
    """None for single runs."""
    p: float
    """What the verdict rests on: McNemar's mid-p, or Student's t over seeds and sentences."""
    holm_p: float
    """The same, corrected for all pairs of a comparison."""
    detectable: float | None
    """The smallest difference this design shows with 80 % power; None where it shows none."""
    needed: Needed
    """To show `TARGET`."""
    needed_observed: Needed
    """To show the difference that was found."""


def compare_arms(labels: Sequence[int], a: Answers, b: Answers, *, by_seed: bool = False) -> Comparison:
    """Compare two arms by their predictions for the same labels.

    Args:
        labels: (n,), at least one.
        a: one arm, with a run or more.
        b: the other.
        by_seed: whether run r of one belongs to run r of the other.

    Raises:
        ValueError: a run has more or fewer answers than there are labels.
    """
    counts = [[confusion(labels, run) for run in arm.predictions] for arm in (a, b)]
    if len(a.predictions) == len(b.predictions) == 1:
        return _of_runs(labels, a, b, counts[0][0], counts[1][0])
    return _of_seeds(labels, a, b, counts, by_seed=by_seed)


def corrected(comparisons: Sequence[Comparison]) -> list[Comparison]:
    """The same with `holm_p` corrected for all of them."""
    values = holm([one.p for one in comparisons])
    return [replace(one, holm_p=value) for one, value in zip(comparisons, values, strict=True)]


def _of_runs(labels: Sequence[int], a: Answers, b: Answers, count_a: Confusion, count_b: Confusion) -> Comparison:
    from colacli.statistics.bootstrap import mcc_interval

    paired = pair(labels, a.predictions[0], b.predictions[0])
    test = mcnemar(paired.only_a_right, paired.only_b_right)
    share = paired.discordant / paired.n
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
        mcc_interval=mcc_interval(_cells(labels, a, b)),
        mcnemar=test,
        over_seeds=None,
        p=test.mid_p,
        holm_p=test.mid_p,
        detectable=detectable_difference(paired.n, paired.discordant),
        needed=Needed(None, sentences_needed(TARGET, share)),
        needed_observed=Needed(None, sentences_needed(paired.accuracy_difference, share)),
    )


def _of_seeds(
    labels: Sequence[int], a: Answers, b: Answers, counts: Sequence[Sequence[Confusion]], *, by_seed: bool
) -> Comparison:
    from colacli.statistics.two_way import differences

    accuracy, mcc = differences(_cells(labels, a, b), paired=by_seed)
    runs = (len(a.predictions), len(b.predictions))
    seeds = min(one for one in runs if one > 1)
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
    both = all(len(arm) > 1 for arm in counts)
    a, b = ([one.accuracy for one in arm] for arm in counts)
    mcc_a, mcc_b = ([one.mcc for one in arm] for arm in counts)
    return OverSeeds(
        by_seed,
        accuracy.error,
        accuracy.degrees,
        accuracy.spread,
        test(a, b) if both else None,
        test(mcc_a, mcc_b) if both else None,
    )


def _needed(spread: Spread | None, difference: float, seeds: int, sentences: int) -> Needed:
    if spread is None:
        return Needed(None, None)
    return Needed(spread.seeds_needed(difference, sentences), spread.sentences_needed(difference, seeds))


def _separated(a: Answers, b: Answers, *, by_seed: bool) -> bool:
    pairs = zip(a.predictions, b.predictions, strict=True) if by_seed else product(a.predictions, b.predictions)
    return any(list(one) != list(other) for one, other in pairs)


def _summed(labels: Sequence[int], a: Answers, b: Answers) -> Paired:
    first, *others = (pair(labels, *both) for both in zip(a.predictions, b.predictions, strict=True))
    return sum(others, first)


def _cells(labels: Sequence[int], a: Answers, b: Answers) -> Cells:
    from colacli.statistics.bootstrap import cells

    return cells(labels, a.predictions, b.predictions)


def _constant(counts: Sequence[Confusion]) -> int:
    return sum(one.constant_prediction is not None for one in counts)


def _rarest(counts: Sequence[Confusion]) -> Rarest | None:
    judging = [one for one in counts if one.constant_prediction is None]
    answers = [(one.true_negative + one.false_negative, 0) for one in judging]
    answers += [(one.true_positive + one.false_positive, 1) for one in judging]
    count, label = min(answers, default=(0, 0))
    return Rarest(label, count) if count else None
