"""A report's plots, drawn by matplotlib: the same bytes each time."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from colacli.render.console import printable
from colacli.render.figures import COLOURS
from colacli.render.plots import Panel

if TYPE_CHECKING:
    from colacli.render.report.blocks import Forest

_PANEL = (3.2, 2.4)
"""Inches: three of them stand side by side on a page, with text of 6 points."""
_FOREST = 4.2
_TEXT = "#010203"
"""Stands for the colour of the text around a plot, which depends on the reader's theme."""
_DASHES = ("-", "--", "-.", ":")
_LONGEST = 28
_NO_DATE = {"svg": {"Date": None, "Creator": None}, "pdf": {"CreationDate": None, "Creator": None, "Producer": None}}


def plot(drawing: Panel | Forest, form: str) -> bytes:
    """One plot as `svg` or `pdf`."""
    figure = _figure(_PANEL if isinstance(drawing, Panel) else (_FOREST, 1.2 + 0.4 * len(drawing.intervals)))
    with _style():
        axes = figure.subplots()
        if isinstance(drawing, Panel):
            _draw_panel(axes, drawing)
        else:
            _draw_forest(axes, drawing)
        axes.spines[["top", "right"]].set_visible(False)
        return _saved(figure, form)


def formula(tex: str) -> bytes:
    """An equation as SVG, with its letters as paths."""
    figure = _figure((0.1, 0.1))
    with _style({"svg.fonttype": "path", "text.parse_math": True, "mathtext.fontset": "cm"}):
        figure.text(0, 0, f"${tex}$", fontsize=14)
        return _saved(figure, "svg", bbox_inches="tight", pad_inches=0.03)


def inline(svg: bytes, description: str) -> str:
    """An SVG as a part of a page: as wide as there is room, in the colour of the text around it, named for a reader."""
    text = svg.decode()
    text = text[text.index("<svg") :].replace(_TEXT, "currentColor")
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    text = re.sub(r'<g id="[^"]*">', "<g>", text)  # the same in every plot, and a page has a name but once
    label = _attribute(description)
    return text.replace("<svg", f'<svg role="img" aria-label="{label}"', 1)


def _attribute(text: str) -> str:
    from html import escape

    return escape(text)


def _draw_panel(axes: Any, panel: Panel) -> None:
    for index, curve in enumerate(panel.curves):
        colour, dash = COLOURS[index % len(COLOURS)], _DASHES[index % len(_DASHES)]
        marker = "o" if len(curve.xs) == 1 else None
        axes.plot(curve.xs, curve.ys, dash, color=colour, marker=marker, label=_short(curve.label), linewidth=2)
        if curve.lows is not None and curve.highs is not None:
            axes.fill_between(curve.xs, curve.lows, curve.highs, color=colour, alpha=0.2, linewidth=0)
    axes.set(xlabel="epoch", title=panel.title)
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.legend(frameon=False, fontsize=8)


def _draw_forest(axes: Any, forest: Forest) -> None:
    intervals = forest.intervals[::-1]  # an axis counts from below
    for row, one in enumerate(intervals):
        reach = [[one.value - one.low], [one.high - one.value]]
        axes.errorbar(one.value, row, xerr=reach, fmt="o", color=COLOURS[0], capsize=4)
    axes.set_yticks(range(len(intervals)), [_short(one.label) for one in intervals])
    axes.margins(y=0.3)
    axes.axvline(0, color="gray", linewidth=1)
    axes.set(xlabel=forest.title)


def _short(label: str) -> str:
    label = printable(label)
    return label if len(label) <= _LONGEST else f"{label[: _LONGEST - 1]}…"


def _figure(size: tuple[float, float]) -> Any:
    from matplotlib.figure import Figure

    return Figure(figsize=size, layout="constrained")


def _style(others: Mapping[str, object] | None = None) -> Any:
    from matplotlib import rc_context

    colours = dict.fromkeys(("text.color", "axes.edgecolor", "axes.labelcolor", "xtick.color", "ytick.color"), _TEXT)
    plain = {"text.parse_math": False, "svg.fonttype": "none", "svg.hashsalt": "colacli", "pdf.fonttype": 42}
    settings: Any = {**colours, **plain, "font.size": 9, **(others or {})}
    return rc_context(settings)


def _saved(figure: Any, form: str, **options: Any) -> bytes:
    stream = io.BytesIO()
    figure.savefig(stream, format=form, metadata=_NO_DATE[form], transparent=True, **options)
    return stream.getvalue()
