"""Curves as text, drawn by plotext."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

from colacli.render.console import NARROWEST

_PANEL = 33  # columns that a panel needs beside others: three of them fit into 100
_GAP = "  "
_LOWEST = 8  # least rows of a panel
_LARGEST = 1e300  # beyond it a range could overflow
_SMALLEST = 1e-9  # a range below it is drawn as a flat line,
_FLAT = 1e-4  # and so is a smaller fraction of the values, which labels of five digits could not tell apart

# One style per curve. Colours of medium lightness are legible on dark and on light terminals; characters differ too,
# since colour may be off. Lines are thin dots, thick blocks, then letters. A single point of the first two would be a
# speck, so points have letters of their own.
_COLOURS = (32, 208, 36, 170, 178, 167)
_LINES = ("braille", "hd", "x", "o", "+", "#", "*", "@")
_POINTS = ("o", "x", "+", "#", "*", "@", "%", "=")
_EDGE = "·"
_SAMPLES = {"braille": "⠒⠒", "hd": "▄▄"}
_SGR = r"\x1b\[[0-9;]*m"


@dataclass(frozen=True)
class Curve:
    """Values by epoch; for the mean of several runs, also the band between their least and largest values."""

    label: str
    xs: Sequence[int]
    """Epochs."""
    ys: Sequence[float]
    lows: Sequence[float] | None = None
    highs: Sequence[float] | None = None

    @property
    def lines(self) -> list[Sequence[float]]:
        """The edges of the band, if any, then the curve itself."""
        return [values for values in (self.lows, self.highs, self.ys) if values is not None]


@dataclass(frozen=True)
class Panel:
    """Curves on the same axes."""

    title: str
    curves: Sequence[Curve]


@dataclass(frozen=True)
class _Style:
    marker: str
    colour: int

    def sample(self, *, colour: bool) -> str:
        text = _SAMPLES.get(self.marker, self.marker * 2)
        return f"\x1b[38;5;{self.colour}m{text}\x1b[0m" if colour else text


def draw(panels: Sequence[Panel], *, width: int, height: int = 15, colour: bool) -> str | None:
    """The panels with one legend as text: side by side where they fit, else one below another.

    Values that are not finite are left out, and so are curves and panels without finite values.

    Args:
        panels: what to draw.
        width: columns at most.
        height: rows of panels side by side; stacked ones take two thirds of it.
        colour: whether to use escape codes for colour.

    Returns:
        The text, or None where plotext can't be imported, nothing is left to draw, or there is no room.
    """
    drawable = [panel for panel in map(_finite, panels) if panel.curves]
    plotext = _plotext() if drawable and width >= NARROWEST else None
    if plotext is None:
        return None
    styles = _styles(drawable)
    beside = width >= _PANEL * len(drawable)
    columns = (width + len(_GAP)) // len(drawable) - len(_GAP) if beside else width
    rows = max(height if beside else height * 2 // 3, _LOWEST)
    blocks = [_draw_panel(plotext, panel, styles, (columns, rows), colour=colour) for panel in drawable]
    lines = map(_GAP.join, zip(*blocks, strict=True)) if beside else chain.from_iterable(blocks)
    return "\n".join(_trimmed(line) for line in (*lines, *_legend(styles, width, colour=colour)))


def _plotext() -> Any:
    """The module, or None: its wheels have compiled code and don't cover every platform."""
    try:
        import plotext
    except (ImportError, OSError):
        return None
    plotext.terminal.limit(width=False, height=False)  # the caller's width counts, not the one that plotext finds
    return plotext


def _finite(panel: Panel) -> Panel:
    """The panel without what can't be drawn: a NaN in plotext would abort the process."""
    return replace(panel, curves=[curve for curve in map(_finite_curve, panel.curves) if curve.xs])


def _finite_curve(curve: Curve) -> Curve:
    points = [
        (x, ys)
        for x, *ys in zip(curve.xs, *curve.lines, strict=True)
        if all(abs(y) < _LARGEST for y in ys)  # NaN < is False
    ]
    columns = [list(column) for column in zip(*(ys for _, ys in points), strict=True)] or [[]]
    lows, highs = columns[:2] if len(columns) > 1 else (None, None)
    return replace(curve, xs=[x for x, _ in points], ys=columns[-1], lows=lows, highs=highs)


def _styles(panels: Iterable[Panel]) -> dict[str, _Style]:
    """A style for each label, the same in every panel."""
    lengths: dict[str, int] = {}
    for curve in (curve for panel in panels for curve in panel.curves):
        lengths[curve.label] = max(lengths.get(curve.label, 0), len(curve.xs))
    styles = {}
    for index, (label, length) in enumerate(lengths.items()):
        markers = _LINES if length > 1 else _POINTS
        styles[label] = _Style(markers[index % len(markers)], _COLOURS[index % len(_COLOURS)])
    return styles


def _draw_panel(
    plotext: Any, panel: Panel, styles: Mapping[str, _Style], size: tuple[int, int], *, colour: bool
) -> list[str]:
    """The lines of one panel, each as wide as the panel."""
    figure = plotext.figure
    figure.clear()
    figure.theme("simple")  # leaves the terminal's background
    figure.axes(active=False, axis="x", side="upper")
    figure.axes(active=False, axis="y", side="right")
    figure.title(f"{panel.title} by epoch")
    lines = [(curve, ys) for curve in panel.curves for ys in curve.lines]
    for curve, ys in sorted(lines, key=lambda line: line[1] is line[0].ys):  # means above edges of bands
        style = styles[curve.label]
        marker = style.marker if ys is curve.ys else _EDGE
        signal = figure.signal(curve.xs, ys, marker=plotext.marker(marker, style.colour))
        figure.draw(signal.lines().density("full"))
    _set_rulers(figure, panel, size)
    text: str = figure.plot_size(*size).build().string(colorless=not colour)
    return text.splitlines()


def _set_rulers(figure: Any, panel: Panel, size: tuple[int, int]) -> None:
    columns, rows = size
    epochs = _epoch_ticks([x for curve in panel.curves for x in curve.xs], most=columns // 8)
    values = _value_ticks([y for curve in panel.curves for ys in curve.lines for y in ys], most=rows * 2 // 5)
    margin = 0 if len(epochs) > 1 else 1
    figure.ruler("x").lim(epochs[0] - margin, epochs[-1] + margin).ticks(epochs, [str(x) for x in epochs])
    figure.ruler("y").lim(values[0], values[-1]).ticks(values, _value_labels(values))


def _epoch_ticks(xs: Sequence[int], most: int) -> list[int]:
    """First and last epoch, and round numbers between them that are not too close to either."""
    first, last = min(xs), max(xs)
    if first == last:
        return [first]
    step = max(1, round(_round_step((last - first) / most)))
    between = range(first - first % step + step, last, step)
    return [first, *(x for x in between if x - first > step / 2 and last - x > step / 2), last]


def _value_ticks(ys: Sequence[float], most: int) -> list[float]:
    """Round values, evenly spaced, that include the range of ys."""
    low, high = min(ys), max(ys)
    largest = max(abs(low), abs(high))
    if high - low <= max(_FLAT * largest, _SMALLEST):
        margin = largest / 10 if largest > _SMALLEST else 0.1
        low, high = low - margin, high + margin
    step = _round_step((high - low) / most)
    return [k * step for k in range(math.floor(low / step), math.ceil(high / step) + 1)]


def _round_step(step: float) -> float:
    """The least number 1, 2 or 5 times a power of ten that is at least `step`."""
    power = 10.0 ** math.floor(math.log10(step))
    return next(factor * power for factor in (1, 2, 5, 10, 20) if factor * power >= step)


def _value_labels(ticks: Sequence[float]) -> list[str]:
    """Labels with just the decimals that tell neighbours apart."""
    step = ticks[1] - ticks[0]
    decimals = max(0, -math.floor(math.log10(step * (1 + _SMALLEST))))  # 0.0999... counts as 0.1
    plain = decimals <= 5 and max(map(abs, ticks)) < 1e6
    return [f"{tick:z.{decimals}f}" if plain else f"{tick:.5g}" for tick in ticks]


def _legend(styles: Mapping[str, _Style], width: int, *, colour: bool) -> list[str]:
    """A sample and the label of every curve, on as few lines as possible."""
    lines: list[str] = []
    room = 0
    for label, style in styles.items():
        shown = label if len(label) <= width - 6 else label[: width - 7] + "…"
        entry, columns = f"   {style.sample(colour=colour)} {shown}", len(shown) + 6
        if room < columns:
            lines, room = [*lines, entry], width - columns
        else:
            lines[-1], room = lines[-1] + entry, room - columns
    return lines


def _trimmed(line: str) -> str:
    """The line without trailing spaces, coloured ones included."""
    text = re.sub(rf"(?: |{_SGR})+$", "", line)
    return text + "\x1b[0m" if "\x1b" in text else text
