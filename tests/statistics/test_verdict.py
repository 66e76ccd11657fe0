"""What is said of two arms."""

from dataclasses import replace

import numpy as np
import pytest

from colacli.statistics.comparison import Answers, Needed, compare_arms, corrected
from colacli.statistics.paired import Paired
from colacli.statistics.verdict import verdict
from factories.arms import compared, crossed


def seeds(runs=5, *, by_seed=True, n=527, **about):
    """Two arms of several seeds."""
    labels, a, b = crossed(np.random.default_rng(7), runs, n, **about)
    return compare_arms(labels, Answers("kd", a), Answers("nokd", b), by_seed=by_seed)


def test_the_better_one_is_named_first():
    """A real difference is stated with its interval and p, whichever way round the two are given."""
    expected = "gru is better than rnn by 3.8 points of accuracy (95 % interval 0.9 to 6.8, McNemar mid-p 0.0099)"

    assert verdict(compared(Paired(300, 40, 20, 167), "gru", "rnn")) == expected
    assert verdict(compared(Paired(300, 20, 40, 167), "rnn", "gru")) == expected


def test_a_small_difference_says_what_would_show():
    """An inconclusive comparison says how large a difference this test set would show, and how large one 3 points."""
    expected = (
        "inconclusive: a and b differ by 0.4 points of accuracy (95 % interval -2.1 to 2.9, "
        "McNemar mid-p 0.76); 42 of 527 sentences separate them; with so many, a difference of 3.4 points or more "
        "would show (80 % power), and 3 points with 693 sentences"
    )

    assert verdict(compared(Paired(400, 22, 20, 85))) == expected


def test_where_three_points_would_have_shown_no_more_sentences_are_asked_for():
    """A large test set could have shown them."""
    assert verdict(compared(Paired(3000, 102, 100, 800))).endswith(
        "a difference of 1.0 points or more would show (80 % power)"
    )


@pytest.mark.parametrize(
    ("paired", "said"),
    [
        (Paired(5, 1, 0, 1), "1 of 7 sentences separates them"),
        (Paired(9, 1, 2, 1), "3 of 13 sentences separate them"),
    ],
)
def test_too_few_sentences_that_separate_are_said_to_be(paired, said):
    """A handful of discordant sentences can't show anything, and the verdict says so."""
    assert f"; {said}, too few for any difference to show (80 % power)" in verdict(compared(paired))


def test_equal_answers():
    """Two classifiers right on the same sentences are said to be so."""
    expected = "no sentence separates them: both are right on the same ones and wrong on the same ones"

    assert expected in verdict(compared(Paired(70, 0, 0, 30)))


def test_no_tiny_p_hides_behind_a_zero():
    """A p that would print as 0 is given as a bound."""
    assert "McNemar mid-p below 0.001)" in verdict(compared(Paired(100, 90, 5, 30)))


def test_a_difference_that_a_correction_takes_back_is_inconclusive():
    """Its own p is below 0.05, but there were three of them; both are given."""
    first, *_ = corrected([compared(Paired(300, 40, 24, 167))] + [compared(Paired(300, 20, 20, 167))] * 2)
    said = verdict(first)

    assert first.p < 0.05 < first.holm_p
    assert said.startswith("inconclusive")
    assert "McNemar mid-p 0.046, 0.14 by Holm's correction)" in said


def test_seeds_give_an_interval_over_both():
    """A difference beyond both seeds and sentences is real, with what it rests on."""
    found = seeds(ahead=0.5)
    low, high = (100 * end for end in found.interval)

    assert verdict(found).startswith(
        f"kd is better than nokd by {100 * found.accuracy_difference:.1f} points of accuracy "
        f"(95 % interval {low:.1f} to {high:.1f} over seeds and sentences, 5 paired seeds, p "
    )


def test_seeds_that_show_nothing_say_what_would():
    """The design that would show 3 points, by either way."""
    found = replace(seeds(), needed=Needed(9, 1742))

    assert verdict(found).endswith(
        "; this design would need 9 seeds an arm or 1,742 sentences to show 3 points (80 % power)"
    )


def test_seeds_that_all_answer_alike_show_nothing():
    """Without any spread there is no difference that "would show"."""
    labels, answers = [0, 1, 1, 1], [1, 1, 1, 1]
    arms = [Answers(name, [answers, answers]) for name in "ab"]
    said = verdict(compare_arms(labels, *arms, by_seed=True))

    assert "no sentence separates them in any seed" in said
    assert "would show a difference" not in said
    assert said.endswith("2 of the 2 runs of b give the same answer for every sentence")


@pytest.mark.parametrize(
    ("needed", "said"),
    [
        (Needed(None, 1742), "1,742 sentences"),
        (Needed(9, None), "9 seeds an arm"),
        (Needed(None, None), "more seeds and more sentences"),
    ],
)
def test_what_would_never_show_is_not_offered(needed, said):
    """More seeds don't help where too few sentences are the trouble, nor the other way round."""
    found = replace(seeds(), needed=needed)

    assert f"; this design would need {said} to show 3 points (80 % power)" in verdict(found)


def test_a_strong_design_says_what_it_would_show():
    """Where 3 points would have shown, nothing more is asked for."""
    found = replace(seeds(), detectable=0.024)

    assert "; this design would show a difference of 2.4 points or more (80 % power)" in verdict(found)


def test_unpaired_seeds_are_called_so():
    """Arms whose seeds do not belong together say how many each has."""
    labels, a, b = crossed(np.random.default_rng(7), 5, 200)

    assert "5 seeds each" in verdict(seeds(by_seed=False))
    assert "5 seeds against 3 seeds" in verdict(compare_arms(labels, Answers("a", [labels] * 5), Answers("b", b[:3])))
    assert "3 seeds against 5 seeds" in verdict(compare_arms(labels, Answers("a", a), Answers("b", [labels] * 3)))
    assert "5 seeds against a single run" in verdict(compare_arms(labels, Answers("a", a), Answers("b", b[:1])))


@pytest.mark.parametrize("turned", [False, True])
def test_mcc_is_heard_where_accuracy_is_silent(turned):
    """A constant answer may be as accurate as a judge; whose MCC is larger is said, whichever comes first."""
    labels = [1] * 350 + [0] * 150
    judging, constant = [1] * 250 + [0] * 100 + [1] * 50 + [0] * 100, [1] * 500
    arms = [Answers("judge", [judging]), Answers("constant", [constant])]
    said = verdict(compare_arms(labels, *(arms[::-1] if turned else arms)))

    assert said.startswith("inconclusive")
    assert "; by MCC judge is better, by 0.36 (95 % interval 0.17 to 0.49)" in said


def test_mcc_that_agrees_is_not_repeated():
    """Where accuracy has said it there is no more to say, nor where MCC's interval holds 0."""
    assert "MCC" not in verdict(compared(Paired(300, 40, 20, 167)))
    assert "MCC" not in verdict(compared(Paired(400, 22, 20, 85)))


def test_a_constant_answer_is_named():
    """A side that gives one answer to every sentence is called out at the end."""
    labels, judged = [1, 1, 0, 1] * 3, [1, 0, 0, 1] * 3
    said = verdict(compare_arms(labels, Answers("rnn", [[1] * 12]), Answers("gru", [judged])))

    assert said.endswith("; rnn gives the same answer for every sentence")
    assert "gru gives" not in said


@pytest.mark.parametrize(("constant", "said"), [(1, "1 of the 3 runs of b gives"), (2, "2 of the 3 runs of b give")])
def test_constant_runs_of_an_arm_are_counted(constant, said):
    """Some runs of an arm may be no judges."""
    labels, a, b = crossed(np.random.default_rng(7), 3, 50)
    runs = [[1] * 50] * constant + b[constant:]

    assert verdict(compare_arms(labels, Answers("a", a), Answers("b", runs))).endswith(
        f"; {said} the same answer for every sentence"
    )


@pytest.mark.parametrize("count", [1, 3, 4, 5])
def test_an_answer_that_is_hardly_ever_given_is_named(count):
    """Fewer than five of a kind: MCC rests on them, and by MCC nothing is said to be better."""
    labels = ([0] + [1] * 2) * 40
    few = [0] + [1, 1, 0] * (count - 1) + [1] * (119 - 3 * (count - 1))
    said = verdict(compare_arms(labels, Answers("rnn", [few]), Answers("gru", [[1] * 120])))
    answers = "1 answer" if count == 1 else f"{count} answers"

    assert (f"; rnn gives only {answers} 'not acceptable', so its MCC rests on few" in said) == (count < 5)
    assert "by MCC" not in said


def test_the_rarest_answers_of_several_runs():
    """One run of an arm is enough to be named."""
    labels, a, b = crossed(np.random.default_rng(7), 3, 50)
    runs = [[0] * 48 + [1] * 2, *b[1:]]

    assert verdict(compare_arms(labels, Answers("a", a), Answers("b", runs))).endswith(
        "; a run of b gives only 2 answers 'acceptable', so its MCC rests on few"
    )
