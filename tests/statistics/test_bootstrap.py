"""Resampled sentences."""

import numpy as np
import pytest

from arms_making import crossed
from colacli.metrics import confusion
from colacli.statistics.bootstrap import bca_intervals, cells, measures


@pytest.fixture(scope="module")
def found():
    """Three runs each of two arms on 200 sentences."""
    return cells(*crossed(np.random.default_rng(5), 3, 200))


def test_equal_sentences_are_put_together():
    """Five sentences of two kinds are two cells."""
    found = cells([1, 0, 1, 1, 0], [[1, 1, 1, 1, 1]], [[0, 1, 0, 0, 1]])

    assert (found.labels.tolist(), found.a.tolist(), found.b.tolist()) == ([0, 1], [[1, 1]], [[1, 0]])
    assert (found.counts.tolist(), found.n) == ([2, 3], 5)


def test_measures_are_those_of_each_run():
    """Accuracy and MCC of the sentences as they are, a constant answer's MCC being 0."""
    labels, a, b = crossed(np.random.default_rng(5), 3, 200)
    runs = [*a, [1] * 200]
    found = cells(labels, runs, b)
    accuracies, mccs = measures(found.labels, found.a, found.counts[None])
    counts = [confusion(labels, run) for run in runs]

    assert accuracies[0] == pytest.approx([one.accuracy for one in counts])
    assert mccs[0] == pytest.approx([one.mcc for one in counts])
    assert mccs[0][-1] == 0.0


def test_a_resample_has_as_many_sentences(found):
    """Whatever is drawn, n stays n; blocks add up to the number asked for."""
    blocks = list(found.resampled(1000))

    assert sum(map(len, blocks)) == 1000
    assert {total for block in blocks for total in block.sum(axis=1)} == {200.0}


def test_resamples_vary_around_the_counts(found):
    """A kind of sentence occurs on average as often as it does."""
    drawn = np.concatenate(list(found.resampled(4000)))

    assert drawn.mean(axis=0) == pytest.approx(found.counts, abs=0.2)
    assert drawn.var(axis=0) == pytest.approx(found.counts * (1 - found.counts / 200), rel=0.15)


def test_the_same_answers_give_the_same_interval():
    """Nothing is left to chance that is not seeded."""
    labels, (a,), (b,) = crossed(np.random.default_rng(5), 1, 300)

    assert bca_intervals(cells(labels, [a], [b])) == bca_intervals(cells(labels, [a], [b]))


def test_intervals_hold_the_difference():
    """Accuracy's and MCC's, in this order, and turned over when the arms are."""
    labels, (a,), (b,) = crossed(np.random.default_rng(6), 1, 500, ahead=0.3)
    first, second = bca_intervals(cells(labels, [a], [b])), bca_intervals(cells(labels, [b], [a]))
    counts = confusion(labels, a), confusion(labels, b)
    differences = [counts[0].accuracy - counts[1].accuracy, counts[0].mcc - counts[1].mcc]

    assert all(low < value < high for (low, high), value in zip(first, differences, strict=True))
    for (low, high), (other_low, other_high) in zip(first, second, strict=True):
        assert (low, high) == pytest.approx((-other_high, -other_low), abs=0.01)


def test_equal_answers_have_no_width():
    """Where no sentence separates two runs no resample does."""
    assert bca_intervals(cells([1, 0, 1], [[1, 1, 1]], [[1, 1, 1]])) == [(0.0, 0.0), (0.0, 0.0)]


@pytest.mark.slow
@pytest.mark.parametrize(("n", "ahead"), [(100, 0.0), (300, 0.3), (527, 0.1)])
def test_coverage(n, ahead):
    """95 % BCa intervals of both differences hold the truth in 93 to 96.5 % of 2,000 draws of sentences."""
    random = np.random.default_rng(n)
    truth = cells(*crossed(random, 1, 1_000_000, ahead=ahead, seed=0.0))
    values = [measures(truth.labels, side, truth.counts[None])[:, 0, 0] for side in (truth.a, truth.b)]
    drawn = (cells(*crossed(random, 1, n, ahead=ahead, seed=0.0)) for _ in range(2000))
    intervals = np.array([bca_intervals(one, resamples=2000) for one in drawn])  # (2000, 2, 2)
    low, high = intervals[..., 0], intervals[..., 1]
    covered = np.mean((low <= values[0] - values[1]) & (values[0] - values[1] <= high), axis=0)
    print(f"{n} sentences: coverage {covered[0]:.3f} of accuracy, {covered[1]:.3f} of MCC")

    assert np.all((covered >= 0.93) & (covered <= 0.965))
