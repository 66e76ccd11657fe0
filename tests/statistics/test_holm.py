"""Several p-values at once."""

import pytest

from colacli.statistics.holm import holm


def test_the_smallest_is_multiplied_by_their_number():
    """0.01 of three becomes 0.03, 0.02 becomes 0.04, and the last stays."""
    assert holm([0.02, 0.5, 0.01]) == pytest.approx([0.04, 0.5, 0.03])


def test_none_becomes_smaller_than_one_before_it():
    """0.03 times one would overtake 0.02 times two."""
    assert holm([0.02, 0.03]) == pytest.approx([0.04, 0.04])


def test_none_exceeds_one():
    """A probability stays one."""
    assert holm([0.9, 0.8, 1.0]) == [1.0, 1.0, 1.0]


@pytest.mark.parametrize("values", [[], [0.03]])
def test_a_single_test_needs_no_correction(values):
    """One value, or none, stays as it is."""
    assert holm(values) == values
