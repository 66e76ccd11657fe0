"""Figures for a page, as SVG or PNG: the curves and intervals of `compare`, the calibration and sources of `eval`.

Drawn by matplotlib, which is an extra: `pip install 'colacli[plots]'`.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from statistics import fmean
from typing import IO, TYPE_CHECKING, Any

from colacli.errors import UnavailableError, UsageError
from colacli.output_files import check_output, open_output
from colacli.render.curves import Histories, by_epoch, training_panels
from colacli.results import history_of

if TYPE_CHECKING:  # each of two commands needs only its own
    from colacli.store.store import Store
    from colacli.workflows.compare import Arm, CompareResult
    from colacli.workflows.evaluate import Evaluation
    from colacli.workflows.pairs import PairsResult

_FORMATS = (".svg", ".png")
COLOURS = ("#0087d7", "#ff8700", "#00af87", "#d75fd7", "#d7af00", "#d75f5f")  # as in the terminal
_MOST_SOURCES = 25
_LONGEST_NAME = 24


def check_figure(path: Path | None, store: Store, *, force: bool) -> None:
    """Check, before anything is computed, that a figure can be drawn and saved; None asks for none.

    Raises:
        UsageError: the suffix is neither .svg nor .png, or the file exists without `force`, or can't be written.
        UnavailableError: matplotlib is not installed.
    """
    if path is None:
        return
    if path.suffix.lower() not in _FORMATS:
        raise UsageError(f"--save {path}: a figure is SVG or PNG", "let the file's name end in .svg or .png")
    check_matplotlib()
    check_output(path, force=force, store=store.root)


def check_matplotlib() -> None:
    """See that there is what draws figures.

    Raises:
        UnavailableError: there isn't.
    """
    if find_spec("matplotlib") is None:
        raise UnavailableError("matplotlib, which draws figures, is not installed", "pip install 'colacli[plots]'")


def draw_curves(arms: Mapping[str, Histories]) -> Any:
    """Loss, accuracy and MCC by epoch of the runs of each arm: on train and dev of one, on dev of several."""
    figure = _figure(height=3.5)
    for axes, panel in zip(figure.subplots(1, 3), training_panels(arms), strict=True):
        for index, curve in enumerate(panel.curves):
            colour = COLOURS[index % len(COLOURS)]
            axes.plot(curve.xs, curve.ys, color=colour, label=_name(curve.label))
            if curve.lows is not None and curve.highs is not None:
                axes.fill_between(curve.xs, curve.lows, curve.highs, color=colour, alpha=0.2, linewidth=0)
        axes.set(xlabel="epoch", title=panel.title)
        axes.xaxis.get_major_locator().set_params(integer=True)
    figure.axes[0].legend()
    return figure


def save_comparison(result: CompareResult, path: Path) -> None:
    """The figure of `draw_comparison`, in a file."""
    _save(draw_comparison(result), path)


def draw_comparison(result: CompareResult) -> Any:
    """Validation accuracy by epoch, and forest plots of accuracy and MCC differences."""
    figure = _figure(height=max(3.5, 1.5 + 0.4 * len(result.pairs)))
    curves, points, mcc = figure.subplots(1, 3, width_ratios=(4, 3, 3))
    for index, arm in enumerate(result.arms):
        _draw_curve(curves, arm, COLOURS[index % len(COLOURS)])
    curves.set(xlabel="epoch", ylabel="validation accuracy (%)", title="mean and range over seeds")
    curves.xaxis.get_major_locator().set_params(integer=True)
    curves.legend()
    pairs = result.pairs[::-1]  # an axis counts from below
    names = [f"{_name(pair.a)} − {_name(pair.b)}" for pair in pairs]
    _draw_forest(points, [[100 * value for value in (pair.accuracy_difference, *pair.interval)] for pair in pairs])
    points.set_yticks(range(len(pairs)), names)
    points.set(xlabel="points of accuracy", title=f"difference on {result.split}")
    _draw_forest(mcc, [[pair.mcc_difference, *pair.mcc_interval] for pair in pairs])
    mcc.set_yticks(range(len(pairs)), [""] * len(pairs))
    mcc.set(xlabel="MCC", title="95 % intervals")
    return figure


def save_evaluation(result: Evaluation, path: Path) -> None:
    """The reliability diagram, and the accuracy of the least accurate sources."""
    sources = result.breakdown.by_source[:_MOST_SOURCES] if result.breakdown else []
    figure = _figure(height=max(3.5, 1.5 + 0.22 * len(sources)))
    reliability, bars = figure.subplots(1, 2)
    reliability.plot([0, 1], [0, 1], color="gray", linewidth=1)
    if calibration := result.calibration:
        points = [(bin_.probability, bin_.acceptable) for bin_ in calibration.bins]
        reliability.plot(*zip(*points, strict=True), "o-", color=COLOURS[0])
        reliability.set_title(f"calibration error {calibration.expected_error:.3f}, its floor {calibration.floor:.3f}")
    reliability.set(xlabel="predicted P(acceptable)", ylabel="fraction that is acceptable", aspect="equal")
    bars.set_visible(bool(sources))
    names = [_name(part.name or "—") for part in reversed(sources)]
    bars.barh(names, [100 * part.metrics.accuracy for part in reversed(sources)], color=COLOURS[0])
    bars.set(xlabel="accuracy (%)", xlim=(0, 100), title=f"{result.split}, by source")
    _save(figure, path)


def save_pairs(result: PairsResult, path: Path) -> None:
    """The figure of `draw_pairs`, in a file."""
    _save(draw_pairs(result), path)


def draw_pairs(result: PairsResult) -> Any:
    """The accuracy of each phenomenon, or paradigm where there is only one, with its interval; the worst on top."""
    groups = (result.by_phenomenon if len(result.by_phenomenon) > 1 else result.by_paradigm)[::-1]
    figure = _figure(height=max(3.5, 1.5 + 0.22 * len(groups)))
    axes = figure.subplots()
    values = [100 * group.accuracy for group in groups]
    ends = [[100 * end for end in group.interval] for group in groups]
    errors = [[value - low for value, (low, _) in zip(values, ends, strict=True)]]
    errors.append([high - value for value, (_, high) in zip(values, ends, strict=True)])
    axes.barh(range(len(groups)), values, xerr=errors, color=COLOURS[0], ecolor="gray")
    axes.set_yticks(range(len(groups)), [_name(group.name) for group in groups])
    axes.axvline(50, color="gray", linewidth=1)
    title = f"{_name(result.model)}: {100 * result.mean:.1f} %, mean over {len(result.by_paradigm)} paradigms"
    axes.set(xlabel="pairs whose good sentence is preferred (%)", xlim=(0, 100), title=title)
    return figure


def _draw_curve(axes: Any, arm: Arm, colour: str) -> None:
    """An arm's mean by epoch, in the band between its worst and its best run."""
    if not arm.has_epochs:
        if not history_of(arm.runs[0]):  # trained elsewhere
            return
        axes.axhline(100 * history_of(arm.runs[0])[0].dev_accuracy, color=colour, label=_name(arm.label))
        return
    history = by_epoch([history_of(run) for run in arm.runs])
    epochs = [epochs_of_runs[0].epoch for epochs_of_runs in history]
    values = [[100 * epoch.dev_accuracy for epoch in epochs_of_runs] for epochs_of_runs in history]
    axes.plot(epochs, list(map(fmean, values)), color=colour, label=_name(arm.label))
    axes.fill_between(epochs, list(map(min, values)), list(map(max, values)), color=colour, alpha=0.2, linewidth=0)


def _draw_forest(axes: Any, differences: Sequence[Sequence[float]]) -> None:
    """Value, low and high of each, from the bottom up."""
    for row, (value, low, high) in enumerate(differences):
        axes.errorbar(value, row, xerr=[[value - low], [high - value]], fmt="o", color=COLOURS[0], capsize=4)
    axes.margins(y=0.2)
    axes.axvline(0, color="gray", linewidth=1)


def _name(label: str) -> str:
    """A label cut to the room for it; an unescaped dollar would start a formula."""
    return (label if len(label) <= _LONGEST_NAME else f"{label[: _LONGEST_NAME - 1]}…").replace("$", r"\$")


def _figure(height: float) -> Any:
    from matplotlib.figure import Figure

    return Figure(figsize=(13, height), layout="constrained")


def svg(figure: Any) -> str:
    """A figure as SVG."""
    stream = io.BytesIO()
    _write(figure, stream, "svg")
    return stream.getvalue().decode()


def _save(figure: Any, path: Path) -> None:
    with open_output(path) as stream:
        _write(figure, stream, path.suffix.lower()[1:])


def _write(figure: Any, stream: IO[bytes], form: str) -> None:
    """The same bytes each time: without a date, and with a fixed salt for the names in SVG."""
    from matplotlib import rc_context

    with rc_context({"svg.hashsalt": "colacli"}):
        figure.savefig(stream, format=form, metadata={"Date": None} if form == "svg" else {}, dpi=150)
