"""Made-up answers of classifiers, for tests of statistics."""

from __future__ import annotations

import numpy as np
from scipy.special import ndtr, ndtri

from colacli.statistics.comparison import Answers, compare_arms
from colacli.statistics.paired import Paired


def draws(n, only_a, only_b, times):
    """Counts of n sentences drawn independently, a and b each alone right with the given probability."""
    random = np.random.default_rng(20130713)
    agree = 1 - only_a - only_b
    for right, a, b, wrong in random.multinomial(n, [agree * 0.7, only_a, only_b, agree * 0.3], size=times):
        yield Paired(int(right), int(a), int(b), int(wrong))


def compared(paired, a="a", b="b"):
    """A comparison of two runs with these counts, on sentences of which every other is acceptable."""
    outcomes = [(1, 1)] * paired.both_right + [(1, 0)] * paired.only_a_right
    outcomes += [(0, 1)] * paired.only_b_right + [(0, 0)] * paired.neither_right
    labels = [row % 2 for row in range(len(outcomes))]
    sides = (
        [label if one[side] else 1 - label for label, one in zip(labels, outcomes, strict=True)] for side in (0, 1)
    )
    return compare_arms(labels, *(Answers(name, [side]) for name, side in zip((a, b), sides, strict=True)))


def crossed(random, runs, n, *, ahead=0.0, seed=0.1, sentence=0.5, answer=0.6, shared=0.0):
    """Labels (n,) and two arms' answers (runs, n): seeds and sentences drawn anew from one population.

    An answer is right where skill exceeds difficulty. Arm a is `ahead` of b in skill; the other numbers are standard
    deviations between seeds, between sentences as the arms differ on them, and of single answers; `shared` is that
    of what a seed has in common in both arms.
    """
    labels = (random.random(n) < 0.7).astype(int)
    easy, common = random.normal(0.6, 1, n), random.normal(0, 1, runs) * shared
    arms = []
    for lead in (ahead, 0.0):
        own = random.normal(0, seed, runs)[:, None] + common[:, None]
        skill = easy + random.normal(0, sentence, n) + lead + own + random.normal(0, answer, (runs, n))
        arms.append(np.where(skill > 0, labels, 1 - labels).tolist())
    return labels.tolist(), *arms


def answer_probabilities(a, b, *, together=0.5, acceptable=0.7):
    """Of (label, answer of a, answer of b) in the order of `product((0, 1), repeat=3)`, (8,).

    Args:
        a: the chance that a calls a sentence unacceptable, of one that is not and of one that is acceptable.
        b: the same of b.
        together: how far b's such answers are on a's sentences: 0 by chance alone, 1 as far as can be.
        acceptable: share of acceptable sentences.
    """
    found = []
    for share, one, other in zip((1 - acceptable, acceptable), a, b, strict=True):
        both = together * min(one, other) + (1 - together) * one * other
        found += [share * part for part in (both, one - both, other - both, 1 - one - other + both)]
    return np.array(found)


def graded(random, runs, n, a, b, *, acceptable=0.7):
    """Labels (n,) and two arms' answers (runs, n) that depend on a threshold that differs between seeds.

    Each arm is (how far acceptable sentences score above others, mean and deviation of the thresholds); scores of one
    sentence have a correlation of 0.6 between runs. A threshold of -99 is a constant answer.
    """
    labels = (random.random(n) < acceptable).astype(int)
    common = random.normal(0, np.sqrt(0.6), n)
    arms = []
    for apart, mean, deviation in (a, b):
        scores = common + random.normal(0, np.sqrt(0.4), (runs, n)) + apart * labels
        arms.append((scores >= random.normal(mean, deviation, runs)[:, None]).astype(int).tolist())
    return labels.tolist(), *arms


def graded_truth(a, b, *, acceptable=0.7):
    """Differences in accuracy and MCC of such arms, over all seeds and sentences."""
    quantiles = ndtri((np.arange(20_000) + 0.5) / 20_000)
    sides = []
    for apart, mean, deviation in (a, b):
        thresholds = mean + deviation * quantiles
        wrong, right = acceptable * ndtr(thresholds - apart), (1 - acceptable) * ndtr(thresholds)
        called = right + wrong
        covariance = right * acceptable - wrong * (1 - acceptable)
        spread = np.sqrt(called * (1 - called) * acceptable * (1 - acceptable))
        mcc = np.divide(covariance, spread, out=np.zeros_like(spread), where=spread > 0)
        sides.append((np.mean(right + acceptable - wrong), np.mean(mcc)))
    return np.subtract(*sides)
