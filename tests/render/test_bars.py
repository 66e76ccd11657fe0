"""Bars in a terminal: how long, where the mark is, and when there are none."""

import io

import pytest
from rich.console import Console

from colacli.render.bars import Bar, show_bars
from colacli.render.console import make_console

BARS = [Bar("short", 0.25, 0.5), Bar("a much longer label", 0.75, 0.5), Bar("", 1.0, 1.0)]


def drawn(bars=BARS, width=80, encoding="utf-8", *, colour=False):
    """What a terminal shows, as lines without the spaces at their ends."""
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    console = Console(file=stream, force_terminal=True, width=width, color_system="256" if colour else None)
    show_bars(bars, "accuracy", "majority", console)
    stream.seek(0)
    return [line.rstrip() for line in stream.read().splitlines()]


def test_a_row_has_its_label_its_fraction_and_its_bar():
    """Below a legend, one row each in the order given; all bars start in the same column."""
    legend, *rows = drawn()

    assert legend == "━━ accuracy   │ majority"
    assert [row[:29] for row in rows] == [
        "short                25.00 % ",
        "a much longer label  75.00 % ",
        "                    100.00 % ",
    ]
    assert {row[29] for row in rows} == {"━"}


@pytest.mark.parametrize(
    ("fraction", "mark", "cells"),
    [
        (0.0, 0.25, "     │"),
        (0.15, 0.25, "━━━  │"),
        (0.175, 0.25, "━━━╸ │"),
        (0.25, 0.25, "━━━━━│"),
        (0.275, 0.25, "━━━━━┥"),
        (0.4, 0.25, "━━━━━┿━━"),
        (0.4, 0.0, "┿━━━━━━━"),
        (0.9, 1.0, "━" * 18 + " │"),
        (1.0, 1.0, "━" * 19 + "┿"),
    ],
)
def test_a_bar_ends_at_its_fraction_and_has_its_mark(fraction, mark, cells):
    """To half a cell of its twenty; the mark stands beyond a bar that is shorter, and crosses one that is longer."""
    _, row = drawn([Bar("x" * 9, fraction, mark)], width=40)

    assert row.partition("% ")[2] == cells


@pytest.mark.parametrize("width", [40, 60, 80, 100, 200])
def test_no_line_is_wider_than_the_terminal(width):
    """A long label is cut, a bar never wraps."""
    lines = drawn([*BARS, Bar("x" * 300, 1.0, 1.0)], width)

    assert len(lines) == 5
    assert max(map(len, lines)) <= width
    assert "…" in lines[-1]


def test_without_colour_there_are_no_escape_codes():
    """Bar and mark are told apart by their shape."""
    assert not [line for line in drawn() if "\x1b" in line]


def test_colour_leaves_the_background_alone():
    """With colour there are foreground codes, and no background code."""
    text = "\n".join(drawn(colour=True))

    assert "\x1b[38;5;32m" in text
    assert "48;" not in text


@pytest.mark.parametrize(
    ("label", "shown"),
    [
        ("[red]x[/red]", "[red]x[/red]"),
        (":smile:", ":smile:"),
        ("\x1b[31mred", "\\x1b[31mred"),
        ("two\nlines", "two lines"),
    ],
)
def test_a_label_is_text(label, shown):
    """Whatever a corpus calls its sources, it is one line and no command to the terminal."""
    _, row = drawn([Bar(label, 0.5, 0.5)])

    assert row.startswith(f"{shown} ")


@pytest.mark.parametrize(("width", "encoding"), [(39, "utf-8"), (80, "latin-1"), (80, "ascii")])
def test_where_bars_can_not_be_drawn_there_are_none(width, encoding):
    """Not in a narrow terminal, nor where there are no characters for them."""
    assert drawn(width=width, encoding=encoding) == []


def test_no_rows_are_no_bars():
    """There is no legend of nothing."""
    assert drawn([]) == []


def test_a_pipe_gets_no_bars():
    """They are for people."""
    stream = io.StringIO()
    show_bars(BARS, "accuracy", "majority", make_console(stream))

    assert stream.getvalue() == ""
