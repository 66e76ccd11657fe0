"""The best of several trials: what to expect of it, and how much of it is luck."""

import itertools
import random
from statistics import fmean, pstdev

import pytest
from hypothesis import given
from hypothesis import strategies as st

from colacli.metrics import Confusion
from colacli.statistics.choice import choice_bias, expected_best

measures = st.lists(st.floats(-1, 1).map(lambda value: round(value, 3)), min_size=1, max_size=5)


@given(measures)
def test_expected_best_is_the_mean_over_all_draws(values):
    """Of n trials with replacement: every one of the N**n equally likely draws, counted out."""
    for best in expected_best(values)[:4]:
        maxima = [max(draw) for draw in itertools.product(values, repeat=best.trials)]
        assert best.mean == pytest.approx(fmean(maxima), abs=1e-12)
        assert best.standard_deviation == pytest.approx(pstdev(maxima), abs=1e-7)


@given(measures)
def test_expected_best_grows_with_the_budget(values):
    """From the mean of all trials towards the best of them, which it never passes."""
    means = [best.mean for best in expected_best(values)]

    assert means[0] == pytest.approx(fmean(values))
    assert all(later >= earlier - 1e-12 for earlier, later in itertools.pairwise(means))
    assert means[-1] <= max(values) + 1e-12


@pytest.mark.parametrize("by", ["accuracy", "mcc"])
def test_choosing_among_coins_is_all_bias(by):
    """Trials that guess are chance on fresh sentences, and better than chance where they were chosen."""
    rng = random.Random(0)
    labels = [rng.randrange(2) for _ in range(400)]
    coins = [[rng.randrange(2) for _ in labels] for _ in range(20)]
    chance = 0.5 if by == "accuracy" else 0.0

    result = choice_bias(labels, coins, by)

    assert result.chosen > chance + 0.04
    assert abs(result.fresh - chance) < 0.04


def test_a_clear_winner_has_little_bias():
    """One that is right nine times in ten among those that guess is always chosen: nothing was picked by luck."""
    rng = random.Random(1)
    labels = [rng.randrange(2) for _ in range(400)]
    good = [label if rng.random() < 0.9 else 1 - label for label in labels]
    result = choice_bias(labels, [good, *([rng.randrange(2) for _ in labels] for _ in range(5))], "accuracy")

    assert abs(result.bias) < 0.01


@given(st.lists(st.tuples(st.integers(0, 1), st.integers(0, 1)), min_size=4, max_size=30))
def test_mcc_is_that_of_the_metrics(pairs):
    """With one and the same trial twice, the halves' measures average what `Confusion` gives of the halves."""
    import numpy as np

    from colacli.statistics.choice import _measure

    labels, predicted = (list(column) for column in zip(*pairs, strict=True))
    counts = [sum(pair == cell for pair in pairs) for cell in ((1, 1), (0, 1), (1, 0), (0, 0))]
    expected = Confusion(*counts)

    for by in ("accuracy", "mcc"):
        value = _measure(np.array(labels, float), np.array([predicted], float), by)[0]
        assert value == pytest.approx(getattr(expected, by))


@pytest.mark.parametrize(("trials", "sentences"), [(1, 50), (3, 3)])
def test_no_bias_without_a_choice(trials, sentences):
    """One trial is not chosen; three sentences have no halves to speak of."""
    assert choice_bias([1] * sentences, [[1] * sentences] * trials, "accuracy") is None
