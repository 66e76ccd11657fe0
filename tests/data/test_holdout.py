"""A tenth of the training sentences is held out, always the same."""

import random
from collections import Counter

import pytest

from colacli.data.holdout import holdout_rows
from colacli.errors import DataError

LABELS = [1, 1, 0, 1, 1, 0, 1, 1, 0, 1] * 20


def test_held_out_rows_are_disjoint_and_complete():
    """Every sentence is either trained on or validated on, in its order."""
    kept, held = holdout_rows(LABELS)

    assert sorted(kept + held) == list(range(len(LABELS)))
    assert (kept, held) == (sorted(kept), sorted(held))


def test_held_out_rows_are_a_tenth_of_each_label():
    """Stratified: a tenth of the acceptable, a tenth of the others."""
    _, held = holdout_rows(LABELS)

    assert Counter(LABELS[row] for row in held) == {1: 14, 0: 6}


def test_held_out_rows_are_the_same_every_time():
    """They depend on the labels alone, not on what was drawn before."""
    first = holdout_rows(LABELS)
    random.seed(5)

    assert holdout_rows(LABELS) == first


def test_too_few_sentences_to_hold_out():
    """A tenth of four is none, which is said with what to do."""
    with pytest.raises(DataError, match="4 training sentences") as caught:
        holdout_rows([0, 1, 0, 1])

    assert "--validation dev" in caught.value.hint
