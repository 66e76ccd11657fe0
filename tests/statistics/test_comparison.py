"""Two arms, measured against each other."""

import math
from dataclasses import astuple

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from colacli.metrics import confusion
from colacli.statistics.comparison import Answers, Rarest, compare_arms, corrected
from colacli.statistics.paired import Paired, difference_interval, mcnemar, pair
from colacli.statistics.seeds import paired_t, welch
from colacli.statistics.verdict import verdict
from factories.arms import compared, crossed, draws


@pytest.fixture(scope="module")
def arms():
    """Labels and four runs each of two arms."""
    return crossed(np.random.default_rng(3), 4, 120, ahead=0.3)


def accuracies(labels, arm):
    """Of each run."""
    return [confusion(labels, run).accuracy for run in arm]


def test_single_runs_agree_with_their_parts():
    """Differences are a − b, in the order asked, whoever is better; there is nothing over seeds."""
    labels = [1, 1, 0, 0]
    found = compare_arms(labels, Answers("a", [[1, 0, 0, 1]]), Answers("b", [[1, 1, 0, 1]]))

    assert found.paired == Paired(2, 0, 1, 1)
    assert (found.accuracy_difference, found.mcnemar, found.over_seeds) == (-0.25, mcnemar(0, 1), None)
    assert found.mcc_difference == pytest.approx(0 - 1 / math.sqrt(3))
    assert found.interval == difference_interval(found.paired)
    assert (found.p, found.holm_p, found.runs) == (found.mcnemar.mid_p, found.mcnemar.mid_p, (1, 1))


def test_the_rarest_answer_of_an_arm():
    """In the run where it is rarest, constant runs left out; None where all are constant."""
    labels, some, few, all_one = [1, 0] * 5, [0, 1] * 5, [0] * 8 + [1] * 2, [1] * 10
    single = compare_arms(labels, Answers("a", [few]), Answers("b", [all_one]))
    several = compare_arms(labels, Answers("a", [some, few, all_one]), Answers("b", [all_one] * 2))

    assert single.rarest == several.rarest == (Rarest(label=1, count=2), None)


def test_means_over_seeds(arms):
    """The differences are those of the means of both arms."""
    labels, a, b = arms
    found = compare_arms(labels, Answers("a", a), Answers("b", b), by_seed=True)
    mccs = [np.mean([confusion(labels, run).mcc for run in arm]) for arm in (a, b)]

    assert found.accuracy_difference == pytest.approx(np.mean(accuracies(labels, a)) - np.mean(accuracies(labels, b)))
    assert found.mcc_difference == pytest.approx(mccs[0] - mccs[1])
    assert found.interval[0] < found.accuracy_difference < found.interval[1]
    assert (found.runs, found.mcnemar) == ((4, 4), None)


def test_paired_seeds_are_counted_and_tested_in_pairs(arms):
    """Counts are summed over pairs, and t is Student's."""
    labels, a, b = arms
    found = compare_arms(labels, Answers("a", a), Answers("b", b), by_seed=True)

    assert found.paired == sum((pair(labels, *both) for both in zip(a, b, strict=True)), Paired(0, 0, 0, 0))
    assert found.over_seeds.t_test == paired_t(accuracies(labels, a), accuracies(labels, b))


def test_unpaired_seeds_are_not_counted(arms):
    """No run belongs to another: there are no pairs to count, and t is Welch's."""
    labels, a, b = arms
    found = compare_arms(labels, Answers("a", a), Answers("b", b[:3]))

    assert (found.paired, found.over_seeds.paired) == (None, False)
    assert found.over_seeds.t_test == welch(accuracies(labels, a), accuracies(labels, b[:3]))


def test_a_single_run_against_several(arms):
    """There is an interval, but no t-test: a single run has no spread."""
    labels, a, b = arms
    found = compare_arms(labels, Answers("a", a), Answers("b", b[:1]))

    assert (found.runs, found.over_seeds.t_test) == ((4, 1), None)
    assert found.interval[0] < found.accuracy_difference < found.interval[1]


def test_the_interval_holds_zero_just_where_p_is_above_its_level(arms):
    """Both come from one standard error."""
    labels, a, b = arms
    found = [compare_arms(labels, Answers("a", a[:r]), Answers("b", b[:r]), by_seed=True) for r in (2, 3, 4)]

    assert [one.p < 0.05 for one in found] == [not one.interval[0] <= 0 <= one.interval[1] for one in found]


def test_a_design_that_needs_no_more_shows_what_it_needs(arms):
    """At the difference it just shows, it needs the seeds and sentences it has."""
    labels, a, b = arms
    found = compare_arms(labels, Answers("a", a), Answers("b", b), by_seed=True)
    spread = found.over_seeds.spread

    assert spread.seeds_needed(found.detectable, found.n) == 4
    assert spread.sentences_needed(found.detectable, 4) == found.n


def test_constant_runs_are_counted(arms):
    """Runs that do not judge, an arm."""
    labels, a, _ = arms
    found = compare_arms(labels, Answers("a", a), Answers("b", [[1] * 120, [0] * 120, labels]))

    assert found.constant == (0, 2)


def test_answers_of_another_length_are_refused(arms):
    """A missing answer is an error, not a silent loss."""
    labels, a, b = arms

    with pytest.raises(ValueError, match="shorter"):
        compare_arms(labels, Answers("a", a), Answers("b", [b[0][:-1]]))


def test_corrections_leave_all_else_as_it_is():
    """Only holm_p changes, and only where there are several."""
    found = compared(Paired(300, 40, 20, 167))

    assert corrected([found]) == [found]
    assert [one.holm_p for one in corrected([found, found])] == [2 * found.p] * 2


@st.composite
def few(draw):
    """A handful of sentences, and up to three runs an arm."""
    answers = st.lists(st.integers(0, 1), min_size=(n := draw(st.integers(1, 8))), max_size=n)
    arms = [draw(st.lists(answers, min_size=1, max_size=3)) for _ in range(2)]
    return draw(answers), *arms


@settings(deadline=None, max_examples=150)
@given(few(), st.booleans())
@example(([1], [[1], [0]], [[0], [1]]), True)
@example(([1], [[1]], [[0]]), False)
@example(([1, 0], [[1, 0]] * 2, [[0, 1]] * 2), True)
def test_the_oddest_answers_are_compared(few, pairable):
    """Whatever the answers, all is finite, intervals hold their difference, p lies within 0 and 1, words are found."""
    labels, a, b = few
    by_seed = pairable and len(a) == len(b) > 1
    found = compare_arms(labels, Answers("a", a), Answers("b", b), by_seed=by_seed)
    (low, high), (mcc_low, mcc_high) = found.interval, found.mcc_interval

    assert low <= found.accuracy_difference <= high
    assert mcc_low <= found.mcc_difference <= mcc_high
    assert 0 <= found.p <= 1
    assert all(map(math.isfinite, (low, high, mcc_low, mcc_high, found.mcc_difference)))
    assert ("better" in verdict(found)) or ("inconclusive" in verdict(found))


@pytest.mark.slow
@pytest.mark.parametrize(("n", "share"), [(100, 0.12), (527, 0.12), (527, 0.06), (527, 0.02)])
def test_false_alarms_of_mcnemar_s_test(n, share):
    """Equal classifiers are told apart in 4 to 5.2 % of 20,000 draws by mid-p, in fewer by the exact test."""
    tests = [mcnemar(one.only_a_right, one.only_b_right) for one in draws(n, share / 2, share / 2, 20_000)]
    exact, mid = (np.mean([p < 0.05 for p in side]) for side in zip(*map(astuple, tests), strict=True))
    print(f"{n} sentences, {share} separate: mid-p {mid:.4f}, exact {exact:.4f}")

    assert exact < mid
    assert 0.04 <= mid <= 0.052


@pytest.mark.slow
def test_false_alarms_of_what_is_not_done():
    """Counts pooled over five seeds cry wolf in 30 % of 2,000 draws; a t-test over seeds forgets the sentences.

    Seeds and sentences are drawn anew, and both arms are equal; see `test_two_way.py` for what is done instead.
    """
    random, pooled, over_seeds = np.random.default_rng(5), [], []
    for _ in range(2000):
        labels, a, b = crossed(random, 5, 300, seed=0.1, shared=0.1)
        counted = sum((pair(labels, *both) for both in zip(a, b, strict=True)), Paired(0, 0, 0, 0))
        pooled.append(mcnemar(counted.only_a_right, counted.only_b_right).mid_p < 0.05)
        over_seeds.append(paired_t(accuracies(labels, a), accuracies(labels, b)).p < 0.05)
    print(f"pooled McNemar {np.mean(pooled):.3f}, t over seeds {np.mean(over_seeds):.3f}")

    assert np.mean(pooled) > 0.2
    assert 0.06 < np.mean(over_seeds) < 0.12
