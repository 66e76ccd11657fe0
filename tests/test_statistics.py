"""Paired tests, intervals and the words made of them."""

import math

import numpy as np
import pytest

from colacli.statistics import (
    McNemar,
    Paired,
    compare_pair,
    detectable_difference,
    difference_interval,
    mcnemar,
    pair,
    verdict,
    wilson_interval,
)

WORKED = Paired(both_right=300, only_a_right=40, only_b_right=20, neither_right=167)


def test_pair_counts_who_is_right():
    """Each sentence is counted once, by which of the two judges it rightly."""
    paired = pair([1, 1, 0, 0, 1], [1, 0, 0, 1, 1], [1, 1, 1, 1, 0])

    assert paired == Paired(both_right=1, only_a_right=2, only_b_right=1, neither_right=1)
    assert (paired.n, paired.discordant, paired.accuracy_difference) == (5, 3, 1 / 5)


def test_pair_refuses_unequal_lengths():
    """A prediction missing on one side is an error."""
    with pytest.raises(ValueError, match="shorter"):
        pair([1, 0], [1, 0], [1])


def test_mcnemar_of_the_published_example():
    """One against seven gives 0.0703 exactly and 0.0391 by mid-p, as in Fagerland et al. 2013."""
    found = mcnemar(1, 7)

    assert (found.exact_p, found.mid_p) == pytest.approx((18 / 256, 10 / 256))


def test_mcnemar_is_symmetric():
    """Which of the two is called a does not change a p-value."""
    assert mcnemar(12, 30) == mcnemar(30, 12)


def test_mcnemar_without_discordant_pairs_is_one():
    """Where no sentence separates the two there is nothing to test."""
    assert mcnemar(0, 0) == McNemar(1.0, 1.0)


@pytest.mark.parametrize("count", [1, 2, 50, 50_000])
def test_mcnemar_of_an_even_split(count):
    """An even split has exact p 1, and mid-p less by half its own probability."""
    point = math.exp(math.lgamma(2 * count + 1) - 2 * math.lgamma(count + 1) - 2 * count * math.log(2))

    assert mcnemar(count, count).exact_p == 1.0
    assert mcnemar(count, count).mid_p == pytest.approx(1 - point / 2, rel=1e-9)


def test_mcnemar_of_a_hopelessly_one_sided_split_is_zero():
    """A probability below the smallest float is 0 and no error."""
    assert mcnemar(0, 100_000) == McNemar(0.0, 0.0)


def test_interval_is_antisymmetric():
    """Swapping a and b negates the interval and exchanges its ends."""
    low, high = difference_interval(WORKED)

    assert difference_interval(WORKED.swapped()) == pytest.approx((-high, -low))


def test_interval_is_walds_with_half_a_sentence_more_in_each_cell():
    """It equals mean and variance of the scores 1, -1 and 0 under the enlarged counts."""
    scores, weights = np.array([1.0, -1.0, 0.0]), np.array([40.5, 20.5, 468.0])
    mean = np.average(scores, weights=weights)
    spread = np.average((scores - mean) ** 2, weights=weights)
    margin = 1.959963984540054 * math.sqrt(spread / weights.sum())

    assert difference_interval(WORKED) == pytest.approx((mean - margin, mean + margin))


def test_interval_widens_with_confidence():
    """More confidence asks for a wider interval."""
    low, high = difference_interval(WORKED)
    lower, higher = difference_interval(WORKED, confidence=0.99)

    assert lower < low < high < higher


@pytest.mark.parametrize("paired", [Paired(0, 1, 0, 0), Paired(0, 0, 2, 0), Paired(0, 0, 0, 0)])
def test_interval_stays_within_possible_differences(paired):
    """However few the sentences, no end lies beyond -1 or 1."""
    low, high = difference_interval(paired)

    assert -1 <= low < high <= 1


@pytest.mark.parametrize(("n", "only_a", "only_b"), [(527, 0.10, 0.07), (527, 0.02, 0.02), (60, 0.20, 0.10)])
def test_interval_covers_the_true_difference(n, only_a, only_b):
    """In 4,000 seeded draws the 95 % interval holds the truth in 95 % of them, within 1.5 points."""
    draws = _draws(n, only_a, only_b, times=4000)
    intervals = [difference_interval(paired) for paired in draws]
    covered = np.mean([low <= only_a - only_b <= high for low, high in intervals])

    assert covered == pytest.approx(0.95, abs=0.015)


@pytest.mark.parametrize("n", [1, 2, 3, 5, 10, 49, 527, 8551])
def test_wilson_s_interval_holds_the_accuracy(n):
    """It lies within 0 and 1, has a width, and reaches the accuracy itself where none or all are right."""
    intervals = [wilson_interval(right, n) for right in range(n + 1)]

    assert all(0 <= low <= right / n <= high <= 1 for right, (low, high) in enumerate(intervals))
    assert all(low < high for low, high in intervals)
    assert (intervals[0][0], intervals[-1][1]) == (0.0, 1.0)


def test_wilson_s_interval_is_the_same_seen_from_the_errors():
    """Counting the wrong ones instead mirrors it."""
    low, high = wilson_interval(3, 20)

    assert wilson_interval(17, 20) == pytest.approx((1 - high, 1 - low))


def test_no_sentence_tells_nothing_of_an_accuracy():
    """Without any it may be all there is between 0 and 1."""
    assert wilson_interval(0, 0) == (0.0, 1.0)


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
    draws = _draws(n, (share + difference) / 2, (share - difference) / 2, times=3000)
    shown = np.mean([mcnemar(paired.only_a_right, paired.only_b_right).mid_p < 0.05 for paired in draws])

    assert shown == pytest.approx(0.8, abs=0.04)


@pytest.mark.parametrize(("n", "discordant"), [(0, 0), (2, 1), (527, 0), (527, 5)])
def test_no_difference_is_detectable_where_hardly_a_sentence_separates(n, discordant):
    """A difference can't exceed the share of sentences that separate the two."""
    assert detectable_difference(n, discordant) is None


def test_verdict_names_the_better_one_first():
    """A real difference is stated with its interval and p, whichever way round the two are given."""
    expected = "gru is better than rnn by 3.8 points of accuracy (95 % interval 0.9 to 6.7, McNemar mid-p 0.0099)"

    assert verdict("gru", "rnn", WORKED) == expected
    assert verdict("rnn", "gru", WORKED.swapped()) == expected


def test_verdict_of_a_small_difference_says_what_would_show():
    """An inconclusive comparison says how large a difference this test set would show."""
    expected = (
        "inconclusive: a and b differ by 0.4 points of accuracy (95 % interval -2.1 to 2.8, "
        "McNemar mid-p 0.76); 42 of 527 sentences separate them; "
        "with so many, a difference of 3.4 points or more would show (80 % power)"
    )

    assert verdict("a", "b", Paired(400, 22, 20, 85)) == expected


@pytest.mark.parametrize(
    ("paired", "said"),
    [
        (Paired(5, 1, 0, 1), "1 of 7 sentences separates them"),
        (Paired(9, 1, 2, 1), "3 of 13 sentences separate them"),
    ],
)
def test_verdict_says_when_too_few_sentences_separate(paired, said):
    """A handful of discordant sentences can't show anything, and the verdict says so."""
    assert verdict("a", "b", paired).endswith(f"; {said}, too few for any difference to show (80 % power)")


def test_verdict_of_equal_answers():
    """Two classifiers right on the same sentences are said to be so."""
    expected = "no sentence separates them: both are right on the same ones and wrong on the same ones"

    assert verdict("a", "b", Paired(70, 0, 0, 30)).endswith(expected)


def test_verdict_hides_no_tiny_p_behind_a_zero():
    """A p that would print as 0 is given as a bound."""
    assert "McNemar mid-p below 0.001)" in verdict("a", "b", Paired(100, 90, 5, 30))


def test_compare_pair_agrees_with_its_parts():
    """The comparison holds differences a less b, in the order asked, whoever is better."""
    labels, predictions_a, predictions_b = [1, 1, 0, 0], [1, 0, 0, 1], [1, 1, 0, 1]
    compared = compare_pair("a", "b", labels, predictions_a, predictions_b)

    assert compared.paired == Paired(2, 0, 1, 1)
    assert (compared.accuracy_difference, compared.mcnemar) == (-0.25, mcnemar(0, 1))
    assert compared.mcc_difference == pytest.approx(0 - 1 / math.sqrt(3))
    assert compared.interval == difference_interval(compared.paired)
    assert compared.verdict == verdict("a", "b", compared.paired)


def test_compare_pair_names_constant_answers():
    """A side that gives one answer to every sentence is called out at the end of the verdict."""
    compared = compare_pair("rnn", "gru", [1, 1, 0, 1], [1, 1, 1, 1], [1, 0, 0, 1])

    assert compared.verdict.endswith("; rnn gives the same answer for every sentence")
    assert "gru gives" not in compared.verdict


def _draws(n, only_a, only_b, times):
    """Counts of n sentences drawn independently, a and b each alone right with the given probability."""
    random = np.random.default_rng(20130713)
    agree = 1 - only_a - only_b
    for right, a, b, wrong in random.multinomial(n, [agree * 0.7, only_a, only_b, agree * 0.3], size=times):
        yield Paired(int(right), int(a), int(b), int(wrong))
