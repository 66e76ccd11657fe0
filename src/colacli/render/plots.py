"""Curves of training as text, drawn by plotext; callers fall back on a table where nothing can be drawn."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from itertools import chain
from statistics import fmean
from typing import TYPE_CHECKING, Any

from colacli.render.histories import by_epoch

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from colacli.events import Epoch

NARROWEST = 40
"""Columns below which no curve is legible."""

_PANEL = 33  # columns a panel needs beside others, so three of them from 100 columns on
_GAP = "  "
_LOWEST = 8  # rows of a panel, whatever is asked
_LARGEST = 1e300  # beyond it a range could overflow
_SMALLEST = 1e-9  # a spread below it is drawn as a flat line,
_FLAT = 1e-4  # and so is a smaller share of the values, which labels of five digits could not tell apart

# One style a curve. Colours of middling lightness stand out on dark and on light terminals; characters
# differ too, since colour may be off. A line is thin dots, thick blocks, then letters; a single point of the
# first two would be a speck, so points have letters of their own.
_COLOURS = (32, 208, 36, 170, 178, 167)
_LINES = ("braille", "hd", "x", "o", "+", "#", "*", "@")
_POINTS = ("o", "x", "+", "#", "*", "@", "%", "=")
_EDGE = "·"
_SAMPLES = {"braille": "⠒⠒", "hd": "▄▄"}
_MEASURES = (("loss", "loss"), ("accuracy", "accuracy"), ("mcc", "MCC"))  # field of Epoch, title
_SGR = r"\x1b\[[0-9;]*m"


@dataclass(frozen=True)
class Curve:
    """Values by epoch, and where there are several of each, the band that they are in."""

    label: str
    xs: Sequence[int]
    """Epochs."""
    ys: Sequence[float]
    lows: Sequence[float] | None = None
    highs: Sequence[float] | None = None

    @property
    def lines(self) -> list[Sequence[float]]:
        """Values by epoch, the curve's own last."""
        return [one for one in (self.lows, self.highs, self.ys) if one is not None]


@dataclass(frozen=True)
class Panel:
    """Curves that share their axes."""

    title: str
    curves: Sequence[Curve]


@dataclass(frozen=True)
class _Style:
    marker: str
    colour: int

    def sample(self, *, colour: bool) -> str:
        text = _SAMPLES.get(self.marker, self.marker * 2)
        return f"\x1b[38;5;{self.colour}m{text}\x1b[0m" if colour else text


def training_panels(arms: Mapping[str, Sequence[Sequence[Epoch]]]) -> list[Panel]:
    """Loss, accuracy and MCC by epoch: training and validation of one arm, or validation of several.

    Args:
        arms: the histories of each one's runs, one or more.
    """
    if len(arms) == 1:
        (runs,) = arms.values()
        of = f" (mean of {len(runs)})" if len(runs) > 1 else ""
        return [
            Panel(title, [_curve(side + of, side, field, runs) for side in ("train", "dev")])
            for field, title in _MEASURES
        ]
    return [
        Panel(f"dev {title}", [_curve(name, "dev", field, runs) for name, runs in arms.items()])
        for field, title in _MEASURES
    ]


def _curve(label: str, side: str, field: str, runs: Sequence[Sequence[Epoch]]) -> Curve:
    """The mean of an arm's runs, in the band between the least and the largest of them."""
    epochs = by_epoch(runs)
    xs = [together[0].epoch for together in epochs]
    values = [[getattr(one, f"{side}_{field}") for one in together] for together in epochs]
    if len(runs) == 1:
        return Curve(label, xs, [value for (value,) in values])
    return Curve(label, xs, list(map(fmean, values)), list(map(min, values)), list(map(max, values)))


def draw(panels: Sequence[Panel], *, width: int, height: int = 15, colour: bool) -> str | None:
    """The panels as lines of text: side by side where they fit, else one under another, with one legend.

    Values that are no finite number are left out, and so are curves and panels without any other.

    Args:
        panels: what to draw.
        width: columns at most.
        height: rows of panels that stand side by side; stacked ones take two thirds of it.
        colour: whether to use escape codes for colour. Without, the text holds none.

    Returns:
        The text, or None where plotext can't be imported, nothing is left to draw, or there is no room. Rich
        should get it as `Text.from_ansi(text)`: labels may hold brackets.
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
    """The module, or None: its wheels hold a compiled kernel and don't cover every platform."""
    try:
        import plotext
    except (ImportError, OSError):
        return None
    plotext.terminal.limit(width=False, height=False)  # our width counts, not the one plotext finds
    return plotext


def _finite(panel: Panel) -> Panel:
    """The panel without what can't be drawn. A NaN that reached plotext would abort the process."""
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
    return {label: _style(index, length) for index, (label, length) in enumerate(lengths.items())}


def _style(index: int, length: int) -> _Style:
    markers = _LINES if length > 1 else _POINTS
    return _Style(markers[index % len(markers)], _COLOURS[index % len(_COLOURS)])


def _draw_panel(
    plotext: Any, panel: Panel, styles: Mapping[str, _Style], size: tuple[int, int], *, colour: bool
) -> list[str]:
    """Lines of one panel, each as wide as it."""
    figure = plotext.figure
    figure.clear()
    figure.theme("simple")  # paints no background: the terminal's own stays
    figure.axes(active=False, axis="x", side="upper")
    figure.axes(active=False, axis="y", side="right")
    figure.title(f"{panel.title} by epoch")
    lines = [(curve, ys) for curve in panel.curves for ys in curve.lines]
    for curve, ys in sorted(lines, key=lambda line: line[1] is line[0].ys):  # means over the edges of bands
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
    """First and last epoch, and round ones between them that stand clear of both."""
    first, last = min(xs), max(xs)
    if first == last:
        return [first]
    step = max(1, round(_round_step((last - first) / most)))
    between = range(first - first % step + step, last, step)
    return [first, *(x for x in between if x - first > step / 2 and last - x > step / 2), last]


def _value_ticks(ys: Sequence[float], most: int) -> list[float]:
    """Round values, evenly spaced, that enclose all of ys."""
    low, high = min(ys), max(ys)
    largest = max(abs(low), abs(high))
    if high - low <= max(_FLAT * largest, _SMALLEST):
        margin = largest / 10 if largest > _SMALLEST else 0.1
        low, high = low - margin, high + margin
    step = _round_step((high - low) / most)
    return [k * step for k in range(math.floor(low / step), math.ceil(high / step) + 1)]


def _round_step(step: float) -> float:
    """The least of 1, 2 or 5 times a power of ten that is not below `step`."""
    power = 10.0 ** math.floor(math.log10(step))
    return next(factor * power for factor in (1, 2, 5, 10, 20) if factor * power >= step)


def _value_labels(ticks: Sequence[float]) -> list[str]:
    """Just the decimals that tell neighbours apart, all the same number of them."""
    step = ticks[1] - ticks[0]
    decimals = max(0, -math.floor(math.log10(step * (1 + _SMALLEST))))  # 0.0999... counts as 0.1
    plain = decimals <= 5 and max(map(abs, ticks)) < 1e6
    return [f"{tick:z.{decimals}f}" if plain else f"{tick:.5g}" for tick in ticks]


def _legend(styles: Mapping[str, _Style], width: int, *, colour: bool) -> list[str]:
    """A sample and the label of every curve, on as few lines as hold them."""
    lines: list[str] = []
    room = 0
    for label, style in styles.items():
        shown = label if len(label) <= width - 6 else label[: width - 7] + "…"
        entry, taken = f"{style.sample(colour=colour)} {shown}", len(shown) + 6
        if room < taken:
            lines, room = [*lines, "   " + entry], width - taken
        else:
            lines[-1], room = f"{lines[-1]}   {entry}", room - taken
    return lines


def _trimmed(line: str) -> str:
    """The line without trailing spaces, not even coloured ones."""
    text = re.sub(rf"(?: |{_SGR})+$", "", line)
    return text + "\x1b[0m" if "\x1b" in text else text
