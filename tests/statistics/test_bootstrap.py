"""Resampled sentences."""

import math
from itertools import product

import numpy as np
import pytest

from colacli.metrics import confusion
from colacli.statistics.bootstrap import mcc_interval, measures, smoothed, tabulate
from factories.arms import crossed


@pytest.fixture(scope="module")
def found():
    """Three runs each of two arms on 200 sentences."""
    return tabulate(*crossed(np.random.default_rng(5), 3, 200))


def test_equal_sentences_are_put_together():
    """Five sentences of two kinds are two cells."""
    found = tabulate([1, 0, 1, 1, 0], [[1, 1, 1, 1, 1]], [[0, 1, 0, 0, 1]])

    assert (found.labels.tolist(), found.a.tolist(), found.b.tolist()) == ([0, 1], [[1, 1]], [[1, 0]])
    assert (found.counts.tolist(), found.n) == ([2, 3], 5)


def test_measures_are_those_of_each_run():
    """Accuracy and MCC of the sentences as they are, a constant answer's MCC being 0."""
    labels, a, b = crossed(np.random.default_rng(5), 3, 200)
    runs = [*a, [1] * 200]
    found = tabulate(labels, runs, b)
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


def test_smoothed_cells_hold_every_answer_half_a_sentence_more():
    """Each label with each answer of each arm, whose runs agree; what there was stays."""
    found = tabulate([1, 0], [[1, 1], [1, 0]], [[0, 1], [0, 0]])
    smooth = smoothed(found)
    added = {(*one,) for one in np.vstack([smooth.labels, smooth.a, smooth.b]).T[2:].tolist()}

    assert smooth.n == found.n + 4
    assert smooth.counts.tolist() == [1, 1] + [0.5] * 8
    assert added == {(label, a, a, b, b) for label in (0, 1) for a in (0, 1) for b in (0, 1)}


def test_the_interval_is_the_jackknife_s_of_the_smoothed_sentences():
    """Doubled, the smoothed counts are whole sentences: leaving out half a sentence each time says the same."""
    labels, (a,), (b,) = crossed(np.random.default_rng(6), 1, 400, ahead=0.3)
    every = np.array(list(product((0, 1), repeat=3))).T
    rows = np.hstack([labels, labels, every[0]]), np.hstack([a, a, every[1]]), np.hstack([b, b, every[2]])

    def difference(kept):
        return np.corrcoef(rows[0][kept], rows[1][kept])[0, 1] - np.corrcoef(rows[0][kept], rows[2][kept])[0, 1]

    everything = np.arange(len(rows[0]))
    left = np.array([difference(np.delete(everything, one)) for one in everything])
    margin = 1.959963984540054 * math.sqrt(2 * (len(left) - 1) * left.var())  # half as many sentences
    low, high = mcc_interval(tabulate(labels, [a], [b]))

    assert (low + high) / 2 == pytest.approx(difference(everything), abs=1e-9)
    assert (high - low) / 2 == pytest.approx(margin, rel=0.005)


def test_the_interval_turns_with_the_arms():
    """It holds the difference, and is turned over when the arms are."""
    labels, (a,), (b,) = crossed(np.random.default_rng(6), 1, 500, ahead=0.3)
    low, high = mcc_interval(tabulate(labels, [a], [b]))

    assert low < confusion(labels, a).mcc - confusion(labels, b).mcc < high
    assert mcc_interval(tabulate(labels, [b], [a])) == pytest.approx((-high, -low))


def test_equal_answers_are_not_certain_to_be_equal():
    """That no sentence separates two runs does not say that none would."""
    low, high = mcc_interval(tabulate([1, 0] * 50, [[1, 1] * 50], [[1, 1] * 50]))

    assert low < -0.1 < 0.1 < high


def test_a_few_sentences_keep_the_interval_within_what_is_possible():
    """One end may be the difference itself; none lies beyond -2 or 2."""
    low, high = mcc_interval(tabulate([0, 1], [[0, 1]], [[1, 0]]))

    assert -2 <= low < high == 2
