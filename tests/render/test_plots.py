"""Curves in a terminal: what is drawn, what is left out, and what never happens."""

import math
import subprocess
import sys

import pytest

from colacli.events import Epoch
from colacli.render.console import NARROWEST
from colacli.render.curves import training_panels
from colacli.render.plots import Curve, Panel, draw

FALLING = Curve("train", [1, 2, 3, 4], [0.7, 0.6, 0.5, 0.45])
PANELS = [Panel("loss", [FALLING]), Panel("accuracy", [FALLING]), Panel("MCC", [FALLING])]


def _epoch(number, value=0.5):
    return Epoch(number, 1e-3, 100 * number, value, value, value, value + 0.1, value + 0.1, value + 0.1)


def _one(xs, ys, label="train"):
    return draw([Panel("loss", [Curve(label, xs, ys)])], width=80, colour=False)


@pytest.mark.parametrize("width", [40, 80, 100, 120, 200])
def test_without_colour_there_are_no_escape_codes(width):
    """Without colour the text is plain, with no space at the end of a line and none wider than asked."""
    lines = draw(PANELS, width=width, colour=False).splitlines()

    assert not [line for line in lines if "\x1b" in line or line != line.rstrip()]
    assert max(map(len, lines)) <= width


def test_colour_leaves_the_background_alone():
    """With colour there are foreground codes, all reset at the end of their line, and no background code."""
    drawn = draw(PANELS, width=120, colour=True)

    assert "\x1b[38;5;" in drawn
    assert "48;" not in drawn
    assert all(line.endswith("\x1b[0m") for line in drawn.splitlines() if "\x1b" in line)


@pytest.mark.parametrize(("width", "rows"), [(120, 15 + 1), (80, 3 * 10 + 1)])
def test_panels_stand_side_by_side_where_they_fit(width, rows):
    """Three panels share their rows on a wide terminal and are stacked, lower, on a narrow one."""
    lines = draw(PANELS, width=width, colour=False).splitlines()

    assert len(lines) == rows
    assert (width == 120) == ("MCC by epoch" in lines[0])


def test_ticks_are_whole_epochs_and_short_numbers():
    """The epoch axis counts in whole numbers, the other in as few decimals as tell its ticks apart."""
    *_, epochs, _ = (lines := _one([1, 2, 3, 4], [0.1 + 0.2, 0.4, 0.55, 0.61]).splitlines())
    ticks = [line.split("┤")[0].strip() for line in lines if "┤" in line]

    assert epochs.split() == ["1", "2", "3", "4"]
    assert ticks == ["0.7", "0.6", "0.5", "0.4", "0.3"]


def test_curves_are_told_apart_without_colour():
    """Every curve has a mark of its own, shown with its label under the plot."""
    curves = [Curve(name, [1, 2, 3], [k, k + 0.5, k]) for k, name in enumerate("abcde")]
    *plot, legend = draw([Panel("loss", curves)], width=80, colour=False).splitlines()
    marks, labels = legend.split()[::2], legend.split()[1::2]

    assert labels == list("abcde")
    assert len(set(marks)) == 5
    assert all(mark[0] in "\n".join(plot) for mark in marks[2:])


def test_a_label_has_one_mark_in_all_panels():
    """A curve missing from one panel does not shift the marks of the others."""
    gone = Curve("train", [1, 2], [math.nan, math.nan])
    dev = Curve("dev", [1, 2], [0.2, 0.9])
    panels = [Panel("loss", [Curve("train", [1, 2], [0.5, 0.4]), dev]), Panel("MCC", [gone, dev])]
    loss, _, mcc = draw(panels, width=60, colour=False).partition("MCC by epoch")

    assert mcc.splitlines()[-1].split() == ["⠒⠒", "train", "▄▄", "dev"]
    assert all(any(block in panel for block in "▀▟▞▛") for panel in (loss, mcc))


def test_a_long_legend_is_broken_and_cut_to_width():
    """Labels that don't fit take further lines, and one longer than a line is cut."""
    curves = [Curve(f"{letter}" * 50, [1, 2], [0.1, 0.2]) for letter in "ab"]
    legend = draw([Panel("loss", curves)], width=40, colour=False).splitlines()[-2:]

    assert legend == [f"   ⠒⠒ {'a' * 33}…", f"   ▄▄ {'b' * 33}…"]


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf, 1e308])
def test_what_is_not_finite_is_left_out(bad):
    """A point that can't be drawn leaves the plot of the others unchanged."""
    assert _one([1, 2, 3, 4], [0.7, 0.6, bad, 0.4]) == _one([1, 2, 4], [0.7, 0.6, 0.4])


def test_a_curve_without_finite_points_is_left_out():
    """A curve of nothing but NaN vanishes from plot and legend."""
    lost = Curve("lost", [1, 2], [math.nan, math.nan])

    assert "lost" not in draw([Panel("loss", [FALLING, lost])], width=80, colour=False)


@pytest.mark.parametrize("ys", [[], [math.nan], [math.inf, -math.inf]])
def test_nothing_finite_gives_no_plot(ys):
    """Where no point can be drawn the caller gets None and shows a table."""
    assert _one(list(range(len(ys))), ys) is None


def test_no_panels_give_no_plot():
    """Nothing to draw is no plot."""
    assert draw(training_panels({}), width=80, colour=False) is None


def test_a_narrow_terminal_gives_no_plot():
    """Below the least width there is no plot."""
    assert draw(PANELS, width=NARROWEST - 1, colour=False) is None


def test_without_plotext_there_is_no_plot(monkeypatch):
    """Where plotext can't be imported the caller gets None."""
    monkeypatch.setitem(sys.modules, "plotext", None)

    assert draw(PANELS, width=120, colour=False) is None


def test_one_epoch_is_a_legible_point():
    """A single epoch shows as a letter at its only tick."""
    drawn = draw(training_panels({"run": [[_epoch(1)]]}), width=120, colour=False)
    *_, epochs, legend = drawn.splitlines()

    assert epochs.split() == ["1", "1", "1"]
    assert legend.split() == ["oo", "train", "xx", "dev"]
    assert (drawn.count("o  ") + drawn.count("o\n"), drawn.count("x  ") + drawn.count("x\n")) == (3, 3)


@pytest.mark.parametrize("value", [0.0, 0.6926, -0.2, 1e-320, 9e299])
def test_equal_values_are_a_flat_line(value):
    """A run that never changes is one straight line."""
    plot = _one([1, 2, 3], [value] * 3).splitlines()[:-1]

    assert len([line for line in plot if "\u2800" <= line[-1:] <= "\u28ff"]) == 1


def test_hundreds_of_epochs_have_few_ticks():
    """However many the epochs, their ticks don't run into each other."""
    *_, epochs, _ = _one(list(range(1, 701)), [1 / x for x in range(1, 701)]).splitlines()

    assert epochs.split() == ["1", "100", "200", "300", "400", "500", "600", "700"]


CASES = {
    "NaN first": ([1, 2, 3], "[nan, .5, .4]"),
    "infinite": ([1, 2, 3], "[inf, -inf, .4]"),
    "largest range": ([1, 2, 3], "[9e299, -9e299, 5.]"),
    "overflowing": ([1, 2, 3], "[1e308, -1e308, 5.]"),
    "denormal": ([1, 2], "[5e-324, 0.]"),
    "indistinct": ([1, 2], "[1e16, 1e16 + 2]"),
    "one": ([1], "[.5]"),
}


@pytest.mark.parametrize("case", CASES)
def test_no_values_bring_the_process_down(case):
    """The plotting kernel aborts the interpreter on some values; whatever is drawn, it lives on."""
    xs, ys = CASES[case]
    script = (
        "from math import inf, nan; from colacli.render.plots import Curve, Panel, draw\n"
        f"panel = Panel('loss', [Curve('a', {xs}, {ys}), Curve('b', {xs}, {ys})])\n"
        "sizes = [(w, h) for w in (40, 80, 120, 300) for h in (1, 8, 15, 60)]\n"
        "assert all(draw([panel] * 3, width=w, height=h, colour=True) for w, h in sizes)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_one_run_is_shown_by_training_and_validation():
    """The panels of one run hold a curve of each side, by epoch."""
    panels = training_panels({"run": [[_epoch(1, 0.2), _epoch(2, 0.4)]]})

    assert [panel.title for panel in panels] == ["loss", "accuracy", "MCC"]
    assert [[curve.label for curve in panel.curves] for panel in panels] == [["train", "dev"]] * 3
    assert panels[2].curves[0].ys == [0.2, 0.4]
    assert panels[2].curves[1].ys == pytest.approx([0.3, 0.5])


def test_several_runs_are_shown_by_validation():
    """The panels of several runs hold a validation curve of each."""
    panels = training_panels({"gru": [[_epoch(1, 0.2)]], "rnn": [[_epoch(1, 0.4), _epoch(2, 0.5)]]})

    assert [panel.title for panel in panels] == ["dev loss", "dev accuracy", "dev MCC"]
    assert [[curve.label for curve in panel.curves] for panel in panels] == [["gru", "rnn"]] * 3
    assert panels[0].curves[1].ys == pytest.approx([0.5, 0.6])


def test_runs_of_several_seeds_are_a_mean_in_a_band():
    """Of each epoch the mean, the least and the largest of the runs that got there, in one arm and in several."""
    runs = [[_epoch(1, 0.2), _epoch(2, 0.4)], [_epoch(1, 0.6)], [_epoch(1, 0.1), _epoch(2, 0.5)]]
    (curve, dev), *_ = (panel.curves for panel in training_panels({"arm": runs}))
    beside = training_panels({"arm": runs, "run": [[_epoch(1)]]})[0].curves

    assert (curve.label, dev.label) == ("train (mean of 3)", "dev (mean of 3)")
    assert (curve.xs, curve.ys) == ([1, 2], pytest.approx([0.3, 0.45]))
    assert (curve.lows, curve.highs) == ([0.1, 0.4], [0.6, 0.5])
    assert beside[0].highs == pytest.approx([0.7, 0.6])
    assert (beside[1].lows, beside[1].highs) == (None, None)


def test_a_band_is_drawn_between_its_edges():
    """Dots above and under the mean, and axes that hold them; without a number nothing of that epoch is drawn."""
    curve = Curve("arm", [1, 2, 3], [0.5, 0.6, 0.6], [0.4, 0.5, math.nan], [0.8, 0.9, 0.9])
    lines = draw([Panel("accuracy", [curve])], width=60, colour=False).splitlines()
    rows = [index for index, line in enumerate(lines) if "·" in line]
    (mean, *_) = [index for index, line in enumerate(lines) if "⠒" in line or "⠉" in line or "⣀" in line]

    assert rows[0] < mean < rows[-1]
    assert [line.split("┤")[0].strip() for line in lines if "┤" in line][::4][:1] == ["0.9"]
    assert lines[-2].split() == ["1", "2"]
