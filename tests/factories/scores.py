"""Scores of arms whose measures are known."""

import math


def scored(random, runs, n, *, apart=1.0, seed=0.0, common=0.6):
    """Labels (n,) and scores (runs, n) of one arm: scores of one sentence correlate by `common` between runs.

    `apart` is the distance of both labels' scores; `seed` is its deviation between runs.
    """
    labels = (random.random(n) < 0.7).astype(int)
    return labels, arm_scores(random, labels, random.normal(0, 1, n), runs, apart=apart, seed=seed, common=common)


def arm_scores(random, labels, sentence, runs, *, apart=1.0, seed=0.0, common=0.6):
    """Scores (runs, n) of an arm for sentences with these labels and difficulties."""
    own = random.normal(0, 1, (runs, len(labels)))
    skill = apart + seed * random.normal(0, 1, runs)[:, None]
    return math.sqrt(common) * sentence + math.sqrt(1 - common) * own + skill * labels
