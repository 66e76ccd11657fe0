"""The interval of one run's MCC; docs/statistics.md has the table of its coverage.

`pytest -m slow -s tests/statistics/test_correlation.py` prints it.
"""

import numpy as np
import pytest

from colacli.metrics import Confusion
from colacli.statistics.correlation import single_mcc_interval

JUDGES = {
    "cautious": (0.08, 0.02),
    "more cautious": (0.03, 0.003),
    "nearly constant": (0.01, 0.01),
    "constant": (0.0, 0.0),
    "a coin": (0.5, 0.5),
    "judging": (0.5, 0.15),
    "strong": (0.8, 0.05),
    "nearly perfect": (0.97, 0.01),
    "perfect": (1.0, 0.0),
    "inverted": (0.2, 0.6),
}
"""Chances that a judge calls an unacceptable, and an acceptable sentence unacceptable."""


def coverage(n, judge, times):
    """How often the interval of n sentences, 70 % acceptable, holds the judge's MCC."""
    bad, good = JUDGES[judge]
    cells = [0.7 * (1 - good), 0.3 * (1 - bad), 0.7 * good, 0.3 * bad]
    truth = Confusion(*(round(10**9 * cell) for cell in cells)).mcc
    drawn = np.random.default_rng(n).multinomial(n, cells, size=times)
    intervals = (single_mcc_interval(Confusion(*counts)) for counts in drawn.tolist())
    return np.mean([low - 1e-9 <= truth <= high + 1e-9 for low, high in intervals])


@pytest.mark.parametrize("judge", JUDGES)
def test_a_few_draws_are_covered(judge):
    """Of 200 draws of 100 sentences, at least 90 %: `test_coverage` in small."""
    assert coverage(100, judge, 200) >= 0.9


@pytest.mark.slow
@pytest.mark.parametrize("judge", JUDGES)
def test_coverage(judge):
    """At least 93 % of 4,000 draws, with 100 sentences and with 527."""
    held = [coverage(n, judge, 4000) for n in (100, 527)]
    chances = ", ".join(f"{100 * chance:g}" for chance in JUDGES[judge])
    print(f"| {judge} | {chances} % | " + " | ".join(f"{100 * one:.1f} %" for one in held) + " |")

    assert min(held) >= 0.93


@pytest.mark.parametrize("counts", [(3, 0, 0, 2), (0, 3, 2, 0), (70, 30, 0, 0), (1, 0, 0, 0), (0, 0, 0, 0)])
def test_it_holds_the_mcc_and_ends_within_its_range(counts):
    """For a perfect judge, an inverted one, a constant one, one sentence and none; it always has a width."""
    low, high = single_mcc_interval(Confusion(*counts))

    assert -1 <= low <= Confusion(*counts).mcc <= high <= 1
    assert low < high


def test_it_turns_with_the_answers():
    """An inverted judge's is turned over."""
    low, high = single_mcc_interval(Confusion(50, 15, 10, 25))

    assert single_mcc_interval(Confusion(10, 25, 50, 15)) == pytest.approx((-high, -low))


def test_of_many_sentences_it_is_wald_s():
    """Half a sentence more is nothing then."""
    counts = Confusion(50_000, 15_000, 10_000, 25_000)
    margin = 1.959963984540054 * counts.mcc_error

    assert single_mcc_interval(counts) == pytest.approx((counts.mcc - margin, counts.mcc + margin), abs=1e-5)
