"""Made-up answers of classifiers, for tests of statistics."""

from __future__ import annotations

import numpy as np

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
