"""How often 95 % intervals hold the truth, for judges of every kind; docs/statistics.md has the table.

`pytest -m slow -s tests/statistics/test_coverage.py` prints it.
"""

from functools import cache
from itertools import product

import numpy as np
import pytest

from arms_making import answer_probabilities, crossed, graded, graded_truth
from colacli.statistics.bootstrap import Cells, cells, mcc_interval, measures
from colacli.statistics.paired import Paired, difference_interval
from colacli.statistics.two_way import differences

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
}
"""Chances that each arm calls an unacceptable, and an acceptable sentence unacceptable."""
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


def coverage_of_runs(n, arms, times):
    """Of the intervals of accuracy and of MCC."""
    probabilities = answer_probabilities(*arms)
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
    found = [differences(cells(*graded(random, runs, n, *arms)), paired=paired, resamples=400) for _ in range(times)]
    return np.mean(
        [[holds(one.interval(), value) for one, value in zip(both, values, strict=True)] for both in found], axis=0
    )


@pytest.mark.parametrize("name", ["cautious", "constant, nearly so", "judging"])
def test_a_few_draws_are_covered(name):
    """Of 200 draws of 100 sentences, at least 92 %: `test_coverage_of_single_runs` in small."""
    assert coverage_of_runs(100, PAIRS[name], 200).min() >= 0.92


@pytest.mark.slow
@pytest.mark.parametrize("n", [100, 527])
@pytest.mark.parametrize("name", PAIRS)
def test_coverage_of_single_runs(name, n):
    """At least 93.5 % of 2,000 draws, in every case, of accuracy (Tango) and of MCC (smoothed jackknife)."""
    accuracy, mcc = coverage_of_runs(n, PAIRS[name], 2000)
    print(f"| {name} | {n} | {100 * accuracy:.1f} % | {100 * mcc:.1f} % |")

    assert min(accuracy, mcc) >= 0.935


@pytest.mark.slow
@pytest.mark.parametrize(("n", "ahead"), [(100, 0.0), (300, 0.3), (527, 0.1)])
def test_coverage_of_judges(n, ahead):
    """93.5 to 97 % of 2,000 draws of sentences, where nothing is rare."""
    random = np.random.default_rng(n)
    whole = cells(*crossed(random, 1, 1_000_000, ahead=ahead, seed=0.0))
    values = [measures(whole.labels, side, whole.counts[None])[:, 0, 0] for side in (whole.a, whole.b)]
    found = []
    for _ in range(2000):
        some = cells(*crossed(random, 1, n, ahead=ahead, seed=0.0))
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
