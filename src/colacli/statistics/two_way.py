"""Arms of several seeds: how far their difference would move with other seeds and other sentences.

Every run answers every sentence, so seeds and sentences are crossed. A bootstrap that resamples both counts three
times what belongs to a seed and a sentence together (Owen 2007, "The pigeonhole bootstrap", Annals of Applied
Statistics 1:386). Resampling also each alone tells how much that is, and it is counted once.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from colacli.statistics.bootstrap import measures, smoothed
from colacli.statistics.distributions import t_quantile, t_two_sided
from colacli.statistics.power import LEVEL, POWER, smallest
from colacli.statistics.seeds import satterthwaite

if TYPE_CHECKING:
    from collections.abc import Sequence

    from colacli.statistics.bootstrap import Cells, Reals

RESAMPLES = 4_000


@dataclass(frozen=True)
class Spread:
    """Where the variance of a difference between two arms of seeds comes from."""

    per_seed: float
    """Variance between seeds; over the number of seeds an arm it is a part of the difference's variance."""
    per_sentence: float
    """Between sentences; likewise over the number of sentences."""
    per_answer: float
    """Of one seed on one sentence; likewise over the product of both numbers."""
    arms: int
    """1 where runs are paired by seed, else the number of arms that have more than one seed."""

    def error(self, seeds: int, sentences: int) -> float:
        """Standard error of the difference in a design with so many seeds an arm, two or more."""
        return math.sqrt(sum(self._parts(seeds, sentences)))

    def detectable(self, seeds: int, sentences: int) -> float:
        """The smallest difference that a design shows at `LEVEL` with `POWER`: (t_a + t_b) standard errors."""
        seed, sentence, answer = self._parts(seeds, sentences)
        parts = [(seed + answer, self.arms * (seeds - 1)), (sentence + answer, max(1, sentences - 1))]
        degrees = satterthwaite(seed + sentence + answer, parts)
        factor = t_quantile(1 - LEVEL / 2, degrees) + t_quantile(POWER, degrees)
        return factor * self.error(seeds, sentences)

    def seeds_needed(self, difference: float, sentences: int) -> int | None:
        """How many seeds an arm would show a difference on so many sentences; None where no number would."""
        if self.detectable(10**9, sentences) > abs(difference):
            return None
        return smallest(lambda seeds: self.detectable(seeds, sentences) <= abs(difference), 2)

    def sentences_needed(self, difference: float, seeds: int) -> int | None:
        """How many sentences would show a difference with so many seeds an arm; None where no number would."""
        if self.detectable(seeds, 10**12) > abs(difference):
            return None
        return smallest(lambda sentences: self.detectable(seeds, sentences) <= abs(difference), 2)

    def _parts(self, seeds: int, sentences: int) -> tuple[float, float, float]:
        return self.per_seed / seeds, self.per_sentence / sentences, self.per_answer / (seeds * sentences)


@dataclass(frozen=True)
class Difference:
    """A difference of two means over seeds, and how sure it is over seeds and sentences."""

    value: float
    centre: float
    """Of the interval: the difference with the sentences of `smoothed`."""
    error: float
    """Standard error."""
    degrees: float
    """Degrees of freedom of the error (Satterthwaite)."""
    spread: Spread

    @property
    def p(self) -> float:
        """Two-sided p-value of no difference, by Student's t."""
        return t_two_sided(self.centre / self.error, self.degrees)

    def interval(self, confidence: float = 0.95) -> tuple[float, float]:
        """`centre` with a margin of t standard errors; it holds `value`."""
        margin = t_quantile((1 + confidence) / 2, self.degrees) * self.error
        return min(self.value, self.centre - margin), max(self.value, self.centre + margin)


def differences(found: Cells, *, paired: bool, resamples: int = RESAMPLES) -> tuple[Difference, Difference]:
    """The differences in mean accuracy and in mean MCC, a less b.

    Args:
        found: answers of all runs of both arms, of which one has two runs or more.
        paired: whether run r of one arm belongs to run r of the other; each pair is then resampled as one.
        resamples: of the bootstrap.
    """
    values = sum(side.mean(axis=2)[:, 0] for side in _sides(found, found.counts[None], paired=paired))
    enlarged = smoothed(found)
    actual = _sides(enlarged, enlarged.counts[None], paired=paired)
    blocks = [_sides(enlarged, weights, paired=paired) for weights in enlarged.resampled(resamples)]
    drawn = [np.concatenate(side, axis=1) for side in zip(*blocks, strict=True)]
    accuracy, mcc = (
        _difference(float(value), enlarged.n, [side[index, 0] for side in actual], [side[index] for side in drawn])
        for index, value in enumerate(values)
    )
    return accuracy, mcc


def _sides(found: Cells, weights: Reals, *, paired: bool) -> list[Reals]:
    """Measures (2, B, R) of what is resampled over seeds by itself; their means over R add up to the difference."""
    a, b = (measures(found.labels, answers, weights) for answers in (found.a, found.b))
    return [a - b] if paired else [a, -b]


def _difference(value: float, n: int, actual: Sequence[Reals], drawn: Sequence[Reals]) -> Difference:
    """From one measure of the runs on the smoothed sentences, (R,) a side, and on resampled ones, (B, R) a side."""
    over_sentences = float(np.var(sum(side.mean(axis=1) for side in drawn)))
    parts, seed, answer, together = [(over_sentences, n - 1.0)], 0.0, 0.0, 0.0
    for index, side in enumerate(actual):
        runs = len(side)
        if runs == 1:  # its own seed's part can't be known
            continue
        over_seeds = float(np.var(side, ddof=1)) / runs
        both = _resampled_both(drawn, index)
        twice = max(0.0, both - over_sentences - over_seeds * (runs - 1) / runs) * runs / (runs - 1)
        twice = min(twice, over_seeds, over_sentences)
        parts.append((over_seeds, runs - 1.0))
        seed, answer, together = seed + runs * (over_seeds - twice), answer + runs * n * twice, together + twice
    variance = sum(part for part, _ in parts) - together
    spread = Spread(seed, max(0.0, over_sentences - together) * n, answer, len(parts) - 1)
    centre = float(sum(side.mean() for side in actual))
    return Difference(value, centre, math.sqrt(variance), satterthwaite(variance, parts), spread)


def _resampled_both(drawn: Sequence[Reals], index: int) -> float:
    """Variance of the difference when one side's seeds are resampled together with the sentences."""
    resamples, runs = drawn[index].shape
    chosen = np.random.default_rng(index + 1).multinomial(runs, [1 / runs] * runs, size=resamples) / runs
    sides = ((side * chosen).sum(axis=1) if at == index else side.mean(axis=1) for at, side in enumerate(drawn))
    return float(np.var(sum(sides)))
