"""What a test set could show, and how many sentences another would take."""

import math

import numpy as np
import pytest

from colacli.statistics.paired import mcnemar
from colacli.statistics.power import detectable_difference, sentences_needed, smallest
from factories.arms import draws


def test_detectable_difference_inverts_the_sample_size_formula():
    """Connor's formula, given the difference, asks for the very number of sentences it was made of."""
    n, discordant = 527, 63
    share, difference = discordant / n, detectable_difference(n, discordant)
    root = 1.959963984540054 * math.sqrt(share) + 0.8416212335729143 * math.sqrt(share - difference**2)

    assert (root / difference) ** 2 == pytest.approx(n)


@pytest.mark.parametrize(("n", "discordant"), [(527, 63), (527, 160), (2000, 100)])
def test_detectable_difference_has_its_power(n, discordant):
    """In 3,000 seeded draws at that difference, mid-p is below 0.05 in 80 % of them, within 4 points."""
    share, difference = discordant / n, detectable_difference(n, discordant)
    drawn = draws(n, (share + difference) / 2, (share - difference) / 2, times=3000)
    shown = np.mean([mcnemar(paired.only_a_right, paired.only_b_right).mid_p < 0.05 for paired in drawn])

    assert shown == pytest.approx(0.8, abs=0.04)


@pytest.mark.parametrize(("n", "discordant"), [(0, 0), (2, 1), (527, 0), (527, 5)])
def test_no_difference_is_detectable_where_hardly_a_sentence_separates(n, discordant):
    """A difference can't exceed the share of sentences that separate the two."""
    assert detectable_difference(n, discordant) is None


@pytest.mark.parametrize(("n", "discordant"), [(527, 63), (527, 160), (2000, 100)])
def test_the_sentences_needed_for_what_is_detectable_are_those_there_are(n, discordant):
    """The two formulas are each other's inverse, to one sentence."""
    difference = detectable_difference(n, discordant)

    assert sentences_needed(difference, discordant / n) in (n, n + 1)


def test_the_sentences_needed_have_their_power():
    """3 points where 8 % of the sentences separate take 696, and in 3,000 seeded draws they show in 80 %."""
    needed = sentences_needed(0.03, 0.08)
    shown = [mcnemar(one.only_a_right, one.only_b_right).mid_p < 0.05 for one in draws(needed, 0.055, 0.025, 3000)]

    assert needed == 696
    assert np.mean(shown) == pytest.approx(0.8, abs=0.04)


def test_either_side_may_be_ahead():
    """The sign of a difference changes no number of sentences."""
    assert sentences_needed(-0.02, 0.1) == sentences_needed(0.02, 0.1)


def test_no_difference_needs_no_number():
    """Nothing shows what is not there."""
    assert sentences_needed(0.0, 0.1) is None


def test_a_difference_separates_at_least_as_many_sentences():
    """A share below the difference is impossible, and is taken to be the difference."""
    assert sentences_needed(0.03, 0.001) == sentences_needed(0.03, 0.03)


@pytest.mark.parametrize("least", [1, 2, 7])
@pytest.mark.parametrize("bound", [1, 2, 3, 4, 9, 100, 4096, 123_457])
def test_the_smallest_number_is_found(least, bound):
    """It is the bound itself, or the first number allowed."""
    assert smallest(lambda number: number >= bound, least) == max(least, bound)


def test_where_no_number_is_enough_there_is_none():
    """The search ends."""
    assert smallest(lambda _: False, 2) is None
