"""How often 95 % intervals hold the truth, for judges of every kind; docs/statistics.md has the table.

`pytest -m slow -s tests/statistics/test_coverage.py` prints it.
"""

import math
from functools import cache
from itertools import product

import numpy as np
import pytest

from colacli.statistics import bootstrap
from colacli.statistics.bootstrap import Cells, mcc_interval, measures, tabulate
from colacli.statistics.paired import Paired, difference_interval
from colacli.statistics.proportions import wilson_interval
from colacli.statistics.two_way import differences
from factories.arms import answer_probabilities, crossed, graded, graded_truth

KINDS = np.array(list(product((0.0, 1.0), repeat=3))).T
NEVER = (0.0, 0.0)
PAIRS = {
    "cautious": ((0.08, 0.02), (0.06, 0.015)),
    "more cautious": ((0.03, 0.003), (0.02, 0.003)),
    "one cautious": ((0.30, 0.02), (0.06, 0.02)),
    "nearly constant, cautious": ((0.002, 0.002), (0.10, 0.01)),
    "constant, nearly so": (NEVER, (0.02, 0.003)),
    "constant, nearly so by chance": (NEVER, (0.01, 0.01)),
    "constant, judging": (NEVER, (0.50, 0.15)),
    "both constant": (NEVER, NEVER),
    "judging": ((0.50, 0.15), (0.45, 0.12)),
    "strong, weaker": ((0.80, 0.05), (0.45, 0.12)),
    "judging, one a little ahead": ((0.36, 0.0), (0.30, 0.0)),
}
"""Chances that each arm calls an unacceptable, and an acceptable sentence unacceptable.

All else is as `answer_probabilities` has it, but for those in `TOGETHER`.
"""
TOGETHER = {"judging, one a little ahead": 1.0}
"""One is right on whatever the other is right on."""
ARMS = {
    "cautious": ((0.8, -1.7, 0.2), (0.5, -1.8, 0.2)),
    "cautious, seeds apart": ((0.8, -1.8, 0.6), (0.5, -1.9, 0.6)),
    "constant, nearly so": ((0.0, -99.0, 0.0), (0.5, -2.3, 0.3)),
    "constant, cautious": ((0.0, -99.0, 0.0), (0.8, -1.6, 0.3)),
    "judging": ((1.2, -0.2, 0.1), (1.0, -0.2, 0.1)),
}
"""As `graded` takes them."""


def holds(interval, value):
    """Whether a value lies within, but for rounding."""
    return interval[0] - 1e-9 <= value <= interval[1] + 1e-9


def drawn(n, probabilities, times):
    """Cells of n sentences, drawn with a fixed seed, and the counts of who is right."""
    labels, a, b = KINDS
    kinds = [(a == labels) & (b == labels), (a == labels) > (b == labels), (a == labels) < (b == labels)]
    for counts in np.random.default_rng(n).multinomial(n, probabilities, size=times):
        right = [int(counts[kind].sum()) for kind in kinds]
        some = counts > 0
        yield Cells(labels[some], a[None, some], b[None, some], counts[some]), Paired(*right, n - sum(right))


def truth(probabilities):
    """The differences in accuracy and in MCC of two runs."""
    a, b = (measures(KINDS[0], side[None], 1e6 * probabilities[None])[:, 0, 0] for side in KINDS[1:])
    return a - b


def coverage_of_runs(n, name, times):
    """Of the intervals of accuracy and of MCC, for one of `PAIRS`."""
    probabilities = answer_probabilities(*PAIRS[name], together=TOGETHER.get(name, 0.5))
    accuracy, mcc = truth(probabilities)
    interval = cache(difference_interval)
    found = [
        (holds(interval(paired), accuracy), holds(mcc_interval(some), mcc))
        for some, paired in drawn(n, probabilities, times)
    ]
    return np.mean(found, axis=0)


def coverage_of_seeds(n, runs, arms, times, *, paired):
    """The same, of several seeds an arm."""
    random, values = np.random.default_rng(n + runs), graded_truth(*arms)
    found = [differences(tabulate(*graded(random, runs, n, *arms)), paired=paired, resamples=400) for _ in range(times)]
    return np.mean(
        [[holds(one.interval(), value) for one, value in zip(both, values, strict=True)] for both in found], axis=0
    )


@pytest.mark.parametrize("name", ["cautious", "constant, nearly so", "judging"])
def test_a_few_draws_are_covered(name):
    """Of 200 draws of 100 sentences, at least 92 %: `test_coverage_of_single_runs` in small."""
    assert coverage_of_runs(100, name, 200).min() >= 0.92


@pytest.mark.slow
@pytest.mark.parametrize("n", [100, 527])
@pytest.mark.parametrize("name", PAIRS)
def test_coverage_of_single_runs(name, n):
    """At least 93 % of 2,000 draws, in every case, of accuracy (Tango) and of MCC (smoothed jackknife).

    That is 94 % less two standard errors of such a count.
    """
    accuracy, mcc = coverage_of_runs(n, name, 2000)
    print(f"| {name} | {n} | {100 * accuracy:.1f} % | {100 * mcc:.1f} % |")

    assert min(accuracy, mcc) >= 0.93


def newcombe_s_interval(paired):
    """Of the difference in accuracy, by squaring and adding (Newcombe 1998, Statistics in Medicine 17:2635, no. 10)."""
    a_right, b_right = paired.both_right + paired.only_a_right, paired.both_right + paired.only_b_right
    (low_a, high_a), (low_b, high_b) = (wilson_interval(right, paired.n) for right in (a_right, b_right))
    a, b = a_right / paired.n, b_right / paired.n
    product_ = paired.both_right * paired.neither_right - paired.only_a_right * paired.only_b_right
    scale = math.sqrt(a_right * (paired.n - a_right) * b_right * (paired.n - b_right))
    less = max(0.0, product_ - paired.n / 2) if product_ > 0 else product_
    phi = less / scale if scale else 0.0
    below = (a - low_a) ** 2 - 2 * phi * (a - low_a) * (high_b - b) + (high_b - b) ** 2
    above = (high_a - a) ** 2 - 2 * phi * (high_a - a) * (b - low_b) + (b - low_b) ** 2
    return a - b - math.sqrt(below), a - b + math.sqrt(above)


def agresti_and_min_s_interval(paired):
    """Wald's after half a sentence is added to each count."""
    n = paired.n + 2
    difference = (paired.only_a_right - paired.only_b_right) / n
    margin = 1.959963984540054 * math.sqrt(((paired.discordant + 1) / n - difference**2) / n)
    return difference - margin, difference + margin


@pytest.mark.slow
def test_why_tango_s_interval():
    """Where half of the sentences are beyond both runs and one is right on 2 % more of 100, others hold it in 88 %."""
    right = np.random.default_rng(100).multinomial(100, [0.5, 0.02, 0.48], size=2000)
    counts = [Paired(int(both), 0, int(only_b), int(neither)) for both, only_b, neither in right]
    methods = (difference_interval, newcombe_s_interval, agresti_and_min_s_interval)
    tango, newcombe, agresti = (np.mean([holds(one(paired), -0.02) for paired in counts]) for one in methods)
    print(f"one-sided: Tango {tango:.3f}, Newcombe {newcombe:.3f}, Agresti and Min {agresti:.3f}")

    assert tango >= 0.94
    assert max(newcombe, agresti) < 0.9


@pytest.mark.slow
def test_why_half_a_sentence(monkeypatch):
    """The lowest coverage of MCC's interval, of 60 random pairs and of a cautious one: with a quarter, a half, three.

    500 draws of 100 sentences each. The random pairs are extreme: of the eight probabilities most are near 0. The
    cautious one calls one sentence of a hundred unacceptable, the other none.
    """
    random = np.random.default_rng(0)
    pairs = [random.dirichlet([0.2] * 8) for _ in range(60)]
    pairs.append(answer_probabilities((0.02, 0.0), NEVER, acceptable=0.5))
    lowest = {}
    for added in (0.25, 0.5, 0.75):
        monkeypatch.setattr(bootstrap, "_ADDED", added)
        lowest[added] = min(
            np.mean([holds(mcc_interval(some), truth(pair)[1]) for some, _ in drawn(100, pair, 500)]) for pair in pairs
        )
    print("lowest coverage of MCC:", lowest)

    assert lowest[0.5] >= 0.9
    assert max(lowest[0.25], lowest[0.75]) < 0.9


@pytest.mark.slow
@pytest.mark.parametrize(("n", "ahead"), [(100, 0.0), (300, 0.3), (527, 0.1)])
def test_coverage_of_judges(n, ahead):
    """93.5 to 97 % of 2,000 draws of sentences, where nothing is rare."""
    random = np.random.default_rng(n)
    whole = tabulate(*crossed(random, 1, 1_000_000, ahead=ahead, seed=0.0))
    values = [measures(whole.labels, side, whole.counts[None])[:, 0, 0] for side in (whole.a, whole.b)]
    found = []
    for _ in range(2000):
        some = tabulate(*crossed(random, 1, n, ahead=ahead, seed=0.0))
        a_right, b_right = (some.a[0] == some.labels), (some.b[0] == some.labels)
        kinds = (a_right & b_right, a_right & ~b_right, ~a_right & b_right, ~a_right & ~b_right)
        paired = Paired(*(int(some.counts[kind].sum()) for kind in kinds))
        intervals = difference_interval(paired), mcc_interval(some)
        found.append([holds(one, value) for one, value in zip(intervals, values[0] - values[1], strict=True)])
    accuracy, mcc = np.mean(found, axis=0)
    print(f"| drawn, ahead by {ahead} | {n} | {100 * accuracy:.1f} % | {100 * mcc:.1f} % |")

    assert all(0.935 <= one <= 0.97 for one in (accuracy, mcc))


@pytest.mark.slow
@pytest.mark.parametrize("n", [100, 527])
@pytest.mark.parametrize("name", ARMS)
def test_coverage_of_seeds_where_answers_are_rare(name, n):
    """At least 93 % of 500 draws of seeds and sentences, 3 and 5 an arm, paired or not: 2.2 deviations below 95 %."""
    found = [coverage_of_seeds(n, runs, ARMS[name], 500, paired=paired) for runs in (3, 5) for paired in (True, False)]
    numbers = " | ".join(", ".join(f"{100 * one:.1f}" for one in side) + " %" for side in zip(*found, strict=True))
    print(f"| {name} | {n} | {numbers} |")

    assert np.min(found) >= 0.93
