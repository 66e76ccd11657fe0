"""Variance of the difference of two arms over seeds and sentences.

Every run predicts every sentence, so seeds and sentences are crossed. A bootstrap that resamples both counts their
interaction three times (Owen 2007, "The pigeonhole bootstrap", Annals of Applied Statistics 1:386). Resampling each
alone too gives the size of the interaction, which is then counted once.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from colacli.statistics.bootstrap import Cells, Reals, measures, smoothed
from colacli.statistics.distributions import t_quantile, t_two_sided
from colacli.statistics.power import LEVEL, POWER, smallest
from colacli.statistics.seeds import satterthwaite

RESAMPLES = 4_000


@dataclass(frozen=True)
class Spread:
    """Components of the variance of a difference between two arms of seeds."""

    per_seed: float
    """Variance between seeds; divided by the seeds an arm it is a part of the difference's variance."""
    per_sentence: float
    """Between sentences; divided by the sentences."""
    per_answer: float
    """Of the interaction of seed and sentence; divided by the product of both numbers."""
    arms: int
    """1 where runs are paired by seed, else the number of arms with more than one seed; 0 for single runs."""

    def standard_error(self, seeds: int, sentences: int) -> float:
        """Of the difference in a design with this many seeds an arm."""
        return math.sqrt(sum(self._parts(seeds, sentences)))

    def detectable(self, seeds: int, sentences: int) -> float:
        """The smallest difference that a design shows at `LEVEL` with `POWER`: (t_a + t_b) standard errors."""
        seed, sentence, answer = self._parts(seeds, sentences)
        parts = [(seed + answer, max(1, self.arms * (seeds - 1))), (sentence + answer, max(1, sentences - 1))]
        degrees_of_freedom = satterthwaite(seed + sentence + answer, parts)
        factor = t_quantile(1 - LEVEL / 2, degrees_of_freedom) + t_quantile(POWER, degrees_of_freedom)
        return factor * self.standard_error(seeds, sentences)

    def seeds_needed(self, difference: float, sentences: int) -> int | None:
        """Seeds an arm that show a difference on this many sentences; None where no number does."""
        if self.detectable(10**9, sentences) > abs(difference):
            return None
        return smallest(lambda seeds: self.detectable(seeds, sentences) <= abs(difference), 2)

    def sentences_needed(self, difference: float, seeds: int) -> int | None:
        """Sentences that show a difference with this many seeds an arm; None where no number does."""
        if self.detectable(seeds, 10**12) > abs(difference):
            return None
        return smallest(lambda sentences: self.detectable(seeds, sentences) <= abs(difference), 2)

    def _parts(self, seeds: int, sentences: int) -> tuple[float, float, float]:
        return self.per_seed / seeds, self.per_sentence / sentences, self.per_answer / (seeds * sentences)


@dataclass(frozen=True)
class Difference:
    """A difference of two means over seeds, and its uncertainty over seeds and sentences."""

    value: float
    centre: float
    """Of the interval: the difference with the sentences of `smoothed`."""
    standard_error: float
    degrees_of_freedom: float
    """Of the standard error (Satterthwaite)."""
    spread: Spread

    @property
    def p(self) -> float:
        """Two-sided p-value of no difference, by Student's t."""
        return t_two_sided(self.centre / self.standard_error, self.degrees_of_freedom)

    def interval(self, confidence: float = 0.95) -> tuple[float, float]:
        """`centre` ± t standard errors, widened where needed to hold `value`."""
        margin = t_quantile((1 + confidence) / 2, self.degrees_of_freedom) * self.standard_error
        return min(self.value, self.centre - margin), max(self.value, self.centre + margin)


def differences(cells: Cells, *, paired: bool, resamples: int = RESAMPLES) -> tuple[Difference, Difference]:
    """The differences in mean accuracy and in mean MCC, a − b.

    Args:
        cells: predictions of all runs of both arms, of which at least one arm has several.
        paired: whether run r of one arm is paired with run r of the other; each pair is then resampled as one.
        resamples: of the bootstrap.
    """
    values = sum(side.mean(axis=2)[:, 0] for side in _sides(cells, cells.counts[None], paired=paired))
    enlarged = smoothed(cells)
    actual = _sides(enlarged, enlarged.counts[None], paired=paired)
    blocks = [_sides(enlarged, counts, paired=paired) for counts in enlarged.resampled(resamples)]
    drawn = [np.concatenate(side, axis=1) for side in zip(*blocks, strict=True)]
    accuracy, mcc = (
        _difference(float(value), enlarged.n, [side[index, 0] for side in actual], [side[index] for side in drawn])
        for index, value in enumerate(values)
    )
    return accuracy, mcc


def difference_of_means(a: Reals, b: Reals, *, paired: bool) -> Difference:
    """The difference of two arms' mean values, a − b, over seeds and items, without a bootstrap.

    Two items are added, alike for all runs of an arm, whose differences are ±1/√2. For two single runs that are right
    or wrong the interval is then that of Agresti and Min 2005 (see `smoothed`).

    Args:
        a: (R, n) values of one arm's runs, in [0, 1]; R may be 1.
        b: (S, n) of the other's.
        paired: whether run r of one arm is paired with run r of the other.
    """
    sides = [a - b] if paired or len(a) == len(b) == 1 else [a, -b]
    added = math.sqrt(0.5) / len(sides)
    means = [side.mean(axis=1) for side in sides]
    totals = [mean * side.shape[1] / (side.shape[1] + 2) for mean, side in zip(means, sides, strict=True)]
    ends = np.array([added, -added])
    enlarged = [np.hstack([side, np.tile(ends, (len(side), 1))]) for side in sides]
    influences = [side - total[:, None] for side, total in zip(enlarged, totals, strict=True)]
    return replace(of_influences(totals, influences), value=float(sum(mean.mean() for mean in means)))


def of_influences(values: Sequence[Reals], influences: Sequence[Reals]) -> Difference:
    """A difference over seeds and sentences, from sides that are independent over seeds.

    Args:
        values: (R,) of each side's runs; the difference is the sum of their means.
        influences: (R, n) of each side: by how much each sentence's weight changes each run's value.
    """
    value = float(sum(side.mean() for side in values))
    mean = sum(side.mean(axis=0) for side in influences)
    n, parts = len(mean), []
    for run_values, side in zip(values, influences, strict=True):
        runs = len(side)
        if runs > 1:  # else the variance of its seed can't be estimated
            residuals = side - side.mean(axis=0)
            interaction = float((residuals**2).sum()) / (n**2 * runs * (runs - 1))
            parts.append((runs, float(np.var(run_values, ddof=1)) / runs, interaction))
    return combined(value, value, n, float(mean @ mean) / n**2, parts)


def _sides(cells: Cells, counts: Reals, *, paired: bool) -> list[Reals]:
    """Measures (2, B, R) of each set of runs that is resampled by itself; their means over R add up to it."""
    a, b = (measures(cells.labels, predictions, counts) for predictions in (cells.a, cells.b))
    return [a - b] if paired else [a, -b]


def _difference(value: float, n: int, actual: Sequence[Reals], drawn: Sequence[Reals]) -> Difference:
    """From one measure of the runs on the smoothed table, (R,) a side, and on resampled ones, (B, R) a side."""
    over_sentences = float(np.var(sum(side.mean(axis=1) for side in drawn)))
    seeds = []
    for index, side in enumerate(actual):
        runs = len(side)
        if runs > 1:  # else the variance of its seed can't be estimated
            over_seeds = float(np.var(side, ddof=1)) / runs
            over_both = _resampled_both(drawn, index)
            interaction = max(0.0, over_both - over_sentences - over_seeds * (runs - 1) / runs) * runs / (runs - 1)
            seeds.append((runs, over_seeds, interaction))
    return combined(value, float(sum(side.mean() for side in actual)), n, over_sentences, seeds)


def combined(
    value: float, centre: float, n: int, over_sentences: float, seeds: Sequence[tuple[int, float, float]]
) -> Difference:
    """A difference with the variance of its parts.

    Args:
        value: the difference.
        centre: of its interval.
        n: number of sentences.
        over_sentences: variance of the difference over sentences, the seeds fixed.
        seeds: for each set of runs that is independent of the others: its runs, the variance of their mean over seeds,
            the sentences fixed, and the interaction of seeds and sentences, which both variances contain.
    """
    parts, per_seed, per_answer, interactions = [(over_sentences, n - 1.0)], 0.0, 0.0, 0.0
    for runs, over_seeds, estimate in seeds:
        interaction = min(estimate, over_seeds, over_sentences)
        parts.append((over_seeds, runs - 1.0))
        per_seed += runs * (over_seeds - interaction)
        per_answer += runs * n * interaction
        interactions += interaction
    variance = sum(part for part, _ in parts) - interactions
    spread = Spread(per_seed, max(0.0, over_sentences - interactions) * n, per_answer, len(parts) - 1)
    return Difference(value, centre, math.sqrt(variance), satterthwaite(variance, parts), spread)


def _resampled_both(drawn: Sequence[Reals], index: int) -> float:
    """Variance of the difference when one side's seeds are resampled together with the sentences."""
    resamples, runs = drawn[index].shape
    chosen = np.random.default_rng(index + 1).multinomial(runs, [1 / runs] * runs, size=resamples) / runs
    sides = ((side * chosen).sum(axis=1) if number == index else side.mean(axis=1) for number, side in enumerate(drawn))
    return float(np.var(sum(sides)))
