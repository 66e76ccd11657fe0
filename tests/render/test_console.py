"""Text made safe, numbers for people, and tables in a terminal and in a pipe."""

import io
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from colacli.render.console import Table, duration, make_console, percent, points, printable, size

_STYLE = re.compile(r"\x1b\[[01]?m")  # bold, and plain again: all that Rich may add here
TABLE = Table(["name", "fraction"], [["one", "70.45 %"], ["two", "5.00 %"]], "things")


def plain(table):
    """A table in a pipe."""
    stream = io.StringIO()
    table.show(make_console(stream))
    return stream.getvalue()


def drawn(table, width=60):
    """A table in a terminal, as lines."""
    stream = io.StringIO()
    console = Console(
        file=stream, force_terminal=True, width=width, highlight=False, markup=False, emoji=False, no_color=True
    )
    table.show(console)
    return _STYLE.sub("", stream.getvalue()).splitlines()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("two\n\tlines", "two\n\tlines"),
        ("\x1b[31mred", "\\x1b[31mred"),
        ("\x00\x07\r\x7f", "\\x00\\x07\\r\\x7f"),
        ("\x9b31m", "\\x9b31m"),
        ("a\u202eb", "a\\u202eb"),
        ("\u2066a\u2069", "\\u2066a\\u2069"),
        ("a\u2028b\u2029c\x85d", "a\\u2028b\\u2029c\\x85d"),
        ("Nö 😀", "Nö 😀"),
        ("\ud800", "\N{REPLACEMENT CHARACTER}"),
    ],
)
def test_control_characters_are_shown(text, shown):
    """Escape codes and their kin become text; letters of any script stay as they are."""
    assert printable(text) == shown


@given(st.text())
def test_what_is_printable_can_be_printed(text):
    """Nothing that is left can be a command to a terminal, or is no text at all."""
    shown = printable(text)

    assert all(character.isprintable() or character.isspace() for character in shown)
    assert not set(shown) & {chr(code) for code in (*range(9), *range(11, 32), *range(127, 160))}
    shown.encode()


@pytest.mark.parametrize(
    ("fraction", "shown"), [(0.7045, "70.45 %"), (1, "100.00 %"), (0, "0.00 %"), (365 / 527, "69.26 %")]
)
def test_percent(fraction, shown):
    """A fraction in percent, with two decimals."""
    assert percent(fraction) == shown


@pytest.mark.parametrize(("difference", "shown"), [(0.021, "+2.10"), (-0.3, "-30.00"), (0.0, "+0.00")])
def test_points(difference, shown):
    """A difference in percentage points always has its sign."""
    assert points(difference) == shown


@pytest.mark.parametrize(
    ("count", "shown"),
    [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (62_659, "62.7 kB"), (548_105_171, "548.1 MB"), (6.4e9, "6.4 GB")],
)
def test_size(count, shown):
    """Bytes in powers of ten."""
    assert size(count) == shown


def test_size_never_shows_a_thousand_of_a_unit():
    """What rounds up to a thousand is one of the next unit."""
    assert size(999_999) == "1.0 MB"


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0, "0.0 s"),
        (8.34, "8.3 s"),
        (61, "1:01"),
        (247, "4:07"),
        (3599.4, "59:59"),
        (3599.6, "1:00:00"),
        (3723, "1:02:03"),
    ],
)
def test_duration(seconds, shown):
    """Seconds, minutes or hours."""
    assert duration(seconds) == shown


def test_duration_never_shows_sixty_seconds():
    """What rounds up to a minute is a minute."""
    assert duration(59.97) == "1:00"


def test_a_table_in_a_pipe_is_tab_separated():
    """Title after a #, then the names, then a line a row, with a tab between cells."""
    assert plain(TABLE) == "# things\nname\tfraction\none\t70.45 %\ntwo\t5.00 %\n"


def test_a_table_in_a_pipe_may_have_no_header():
    """Then its rows stand alone."""
    assert plain(replace(TABLE, header=False, title="")).split() == ["one", "70.45", "%", "two", "5.00", "%"]


def test_a_table_without_names_has_no_header_line():
    """A list of facts begins with the first."""
    assert plain(Table(["", ""], [["run", "abc"]])).split() == ["run", "abc"]


def test_a_table_without_rows_still_has_its_names():
    """So a script finds a header to skip."""
    assert plain(Table(["a", "b"], [])).split() == ["a", "b"]


def test_a_cell_in_a_pipe_stays_on_its_line():
    """Newlines and tabs in a cell become spaces, so a line is a row."""
    shown = plain(Table(["a", "b"], [["x\ny", "1\t2"]], header=False))

    assert shown.count("\n") == 1
    assert "x y" in shown
    assert "1 2" in shown


def test_a_title_in_a_pipe_stays_on_its_line():
    """A newline in a title makes no line of its own, which would look like a row."""
    assert plain(replace(TABLE, title="two\nlines")).count("\n") == 4


def test_a_long_cell_in_a_pipe_is_complete():
    """It is neither wrapped nor cut."""
    assert f"{'x' * 500}\n" in plain(Table(["a"], [["x" * 500]]))


@pytest.mark.parametrize("text", ["[red]x[/red]", ":smile:", "[/]"])
@pytest.mark.parametrize("show", [plain, lambda table: "\n".join(drawn(table))], ids=["pipe", "terminal"])
@pytest.mark.parametrize("where", ["cell", "title"])
def test_markup_is_text(show, text, where):
    """Brackets and colons are shown as they are."""
    table = Table(["a"], [[text]]) if where == "cell" else Table(["a"], [["x" * 20]], text)

    assert text in show(table)


@pytest.mark.parametrize("show", [plain, lambda table: "\n".join(drawn(table))], ids=["pipe", "terminal"])
@pytest.mark.parametrize("where", ["cell", "title"])
def test_control_characters_reach_no_console(show, where):
    """Neither a cell's nor a title's escape code gets through."""
    table = Table(["a"], [["\x1b[31mred"]]) if where == "cell" else Table(["a"], [["x" * 20]], "\x1b[31mred")

    assert "\x1b[31m" not in show(table)
    assert "\\x1b[31mred" in show(table)


def test_numbers_are_aligned_on_the_right():
    """A column of nothing but numbers ends in one line; a column with words begins in one."""
    first, second = (line.rstrip() for line in drawn(TABLE) if "%" in line)

    assert first.endswith(" 70.45 %")
    assert second.endswith("  5.00 %")
    assert len(first) == len(second)
    assert first.index("one") == second.index("two")


def test_a_terminal_s_table_fits_its_width():
    """A cell that is too long takes several lines, and is whole on them."""
    lines = drawn(Table(["a"], [["x" * 100]]), width=30)

    assert max(map(len, lines)) <= 30
    assert sum(line.count("x") for line in lines) == 100


def test_a_piped_console_has_no_colour(monkeypatch):
    """A console on a stream that is no terminal is none."""
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    console = make_console(io.StringIO())

    assert (console.is_terminal, console.color_system) == (False, None)
