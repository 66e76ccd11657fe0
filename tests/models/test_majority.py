"""The constant baseline: its log-odds, and its file."""

import math

import pytest

from colacli.errors import IntegrityError
from colacli.models.majority import MAJORITY, Majority, load_majority


@pytest.mark.parametrize(("labels", "odds"), [([1, 1, 0], 3 / 2), ([0, 0, 1, 0], 2 / 4), ([1, 0], 1.0), ([1, 1], 3.0)])
def test_the_log_odds_are_those_of_the_counts_and_one_each(labels, odds):
    """Finite, whatever the labels are; the sign is that of the more common one."""
    assert Majority.of(labels).log_odds == pytest.approx(math.log(odds))
    assert Majority.of(labels).log_odds_of(["a", "b"]).tolist() == [Majority.of(labels).log_odds] * 2


def test_it_is_read_as_it_was_written(tmp_path):
    """To the bit."""
    Majority.of([1, 1, 0]).save(tmp_path)

    assert load_majority(tmp_path / MAJORITY) == Majority.of([1, 1, 0])


@pytest.mark.parametrize("content", [b"", b"{}", b'{"log_odds": 1e9}', b'{"log_odds": "1"}', b'{"log_odds": NaN}'])
def test_another_document_is_refused(tmp_path, content):
    """It says where and what to do."""
    (tmp_path / MAJORITY).write_bytes(content)

    with pytest.raises(IntegrityError, match=r"majority\.json is damaged"):
        load_majority(tmp_path / MAJORITY)
