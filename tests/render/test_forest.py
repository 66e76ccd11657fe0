"""Intervals around a line at 0."""

import io

import pytest
from rich.console import Console

from colacli.render.forest import Interval, show_forest

ROWS = [Interval("teacher − alone", 14.9, 18.8, 22.5), Interval("distilled − alone", -0.1, 3.6, 7.1)]


def drawn(rows, width=80, encoding="utf-8", terminal=True):
    """Lines of a terminal without colour."""
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    console = Console(file=stream, force_terminal=terminal, width=width, color_system=None)
    show_forest(rows, "points", console)
    stream.seek(0)
    return [line.rstrip() for line in stream.read().splitlines()]


def test_each_difference_has_a_row():
    """After a line that says what is drawn: name, value, and an interval with its value on it."""
    legend, *rows = drawn(ROWS)

    assert legend == "├─●─┤ points, 95 % interval   │ no difference"
    assert [row.split()[:4] for row in rows] == [
        ["teacher", "−", "alone", "+18.8"],
        ["distilled", "−", "alone", "+3.6"],
    ]
    assert all(row.count("├") <= 1 and row.count("●") == 1 for row in rows)


def test_the_line_at_zero_is_in_one_column():
    """It stands beside an interval that lies away from 0, and crosses one that holds it."""
    away, across = drawn([Interval("a", 5.0, 10.0, 15.0), Interval("b", -5.0, 5.0, 15.0)])[1:]

    assert away.index("│") == across.index("┼")
    assert across.index("├") < across.index("┼") < across.index("●") < across.index("┤")
    assert away.index("│") < away.index("├")


def test_one_scale_holds_all_rows():
    """The widest interval reaches both ends, the others lie within it."""
    wide, narrow = drawn([Interval("a", -20.0, 0.0, 20.0), Interval("b", -10.0, 0.0, 10.0)])[1:]

    assert wide.index("●") == narrow.index("●")
    assert wide.index("┤") - wide.index("├") == pytest.approx(2 * (narrow.index("┤") - narrow.index("├")), abs=2)


def test_no_difference_at_all_is_drawn():
    """An interval without width at 0 is a point."""
    assert drawn([Interval("a", 0.0, 0.0, 0.0)])[1].split() == ["a", "+0.0", "●"]


@pytest.mark.parametrize("width", [40, 57, 80, 200])
def test_no_line_is_wider_than_the_terminal(width):
    """However long the names."""
    rows = [Interval("a very long name of a run " * 4, -1.0, 0.5, 2.0), ROWS[0]]

    assert max(map(len, drawn(rows, width)[1:])) <= width


@pytest.mark.parametrize("where", [{"terminal": False}, {"encoding": "ascii"}, {"width": 39}])
def test_where_it_can_not_be_drawn_it_is_left_out(where):
    """A pipe, another encoding, too few columns: the table has the numbers."""
    assert drawn(ROWS, **where) == []
