"""Figures for a page, as SVG or PNG: the curves and intervals of `compare`, the calibration and sources of `eval`.

Drawn by matplotlib, which is an extra: `pip install 'colacli[plots]'`.
"""

from __future__ import annotations

from importlib.util import find_spec
from statistics import fmean
from typing import TYPE_CHECKING, Any

from colacli.errors import UnavailableError, UsageError
from colacli.output_files import check_output, open_output
from colacli.render.histories import by_epoch

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from colacli.store.store import Store
    from colacli.workflows.compare import Arm, CompareResult
    from colacli.workflows.evaluate import Evaluation

_FORMATS = (".svg", ".png")
_COLOURS = ("#0087d7", "#ff8700", "#00af87", "#d75fd7", "#d7af00", "#d75f5f")  # those of the terminal
_WORST = 25
"""Sources that a figure has room for."""
_LONGEST = 24
"""Characters of a name that it has room for."""


def check_figure(path: Path | None, store: Store, *, force: bool) -> None:
    """See, before anything is computed, that a figure can be drawn and saved; None asks for none.

    Raises:
        UsageError: the file's suffix is neither .svg nor .png, or it is there and `force` is not set, or can't be
            written.
        UnavailableError: matplotlib is not installed.
    """
    if path is None:
        return
    if path.suffix.lower() not in _FORMATS:
        raise UsageError(f"--save {path}: a figure is SVG or PNG", "let the file's name end in .svg or .png")
    if find_spec("matplotlib") is None:
        raise UnavailableError("matplotlib, which draws figures, is not here", "pip install 'colacli[plots]'")
    check_output(path, force=force, store=store.root)


def save_comparison(result: CompareResult, path: Path) -> None:
    """Validation accuracy by epoch, mean and range over seeds, and every pair's differences with their intervals."""
    figure = _figure(height=max(3.5, 1.5 + 0.4 * len(result.pairs)))
    curves, points, mcc = figure.subplots(1, 3, width_ratios=(4, 3, 3))
    for index, arm in enumerate(result.arms):
        _draw_curve(curves, arm, _COLOURS[index % len(_COLOURS)])
    curves.set(xlabel="epoch", ylabel="validation accuracy (%)", title="mean and range over seeds")
    curves.xaxis.get_major_locator().set_params(integer=True)
    curves.legend()
    pairs = result.pairs[::-1]  # an axis counts from below
    names = [f"{_name(pair.a)} − {_name(pair.b)}" for pair in pairs]
    _draw_forest(points, [(100 * pair.accuracy_difference, *(100 * end for end in pair.interval)) for pair in pairs])
    points.set_yticks(range(len(pairs)), names)
    points.set(xlabel="points of accuracy", title=f"difference on {result.split}")
    _draw_forest(mcc, [(pair.mcc_difference, *pair.mcc_interval) for pair in pairs])
    mcc.set_yticks(range(len(pairs)), [""] * len(pairs))
    mcc.set(xlabel="MCC", title="95 % intervals")
    _save(figure, path)


def save_evaluation(result: Evaluation, path: Path) -> None:
    """The reliability diagram, and the accuracy of the least accurate sources."""
    sources = result.breakdown.by_source[:_WORST] if result.breakdown else []
    figure = _figure(height=max(3.5, 1.5 + 0.22 * len(sources)))
    reliability, bars = figure.subplots(1, 2)
    reliability.plot([0, 1], [0, 1], color="gray", linewidth=1)
    if found := result.calibration:
        points = [(one.probability, one.acceptable) for one in found.bins]
        reliability.plot(*zip(*points, strict=True), "o-", color=_COLOURS[0])
        title = f"calibration error {found.expected_error:.3f}, its floor {found.floor:.3f}"
        reliability.set_title(title)
    reliability.set(xlabel="P(acceptable), as the model has it", ylabel="share that is acceptable", aspect="equal")
    bars.set_visible(bool(sources))
    names = [_name(part.name or "—") for part in reversed(sources)]
    bars.barh(names, [100 * part.metrics.accuracy for part in reversed(sources)], color=_COLOURS[0])
    bars.set(xlabel="accuracy (%)", xlim=(0, 100), title=f"{result.split}, by source")
    _save(figure, path)


def _draw_curve(axes: Any, arm: Arm, colour: str) -> None:
    """An arm's mean by epoch, in the band between its worst and its best run."""
    together = by_epoch([run.history for run in arm.runs])
    epochs = [running[0].epoch for running in together]
    values = [[100 * one.dev_accuracy for one in running] for running in together]
    axes.plot(epochs, list(map(fmean, values)), color=colour, label=_name(arm.label))
    axes.fill_between(epochs, list(map(min, values)), list(map(max, values)), color=colour, alpha=0.2, linewidth=0)


def _draw_forest(axes: Any, differences: Sequence[tuple[float, ...]]) -> None:
    """Value, low and high of each, from below."""
    for row, (value, low, high) in enumerate(differences):
        axes.errorbar(value, row, xerr=[[value - low], [high - value]], fmt="o", color=_COLOURS[0], capsize=4)
    axes.margins(y=0.2)
    axes.axvline(0, color="gray", linewidth=1)


def _name(label: str) -> str:
    """Short enough to leave room for what is drawn; a dollar would begin a formula."""
    return (label if len(label) <= _LONGEST else f"{label[: _LONGEST - 1]}…").replace("$", r"\$")


def _figure(height: float) -> Any:
    from matplotlib.figure import Figure

    return Figure(figsize=(13, height), layout="constrained")


def _save(figure: Any, path: Path) -> None:
    """Write it, the same bytes each time: without a date, and with names that are not drawn at random."""
    from matplotlib import rc_context

    form = path.suffix.lower()[1:]
    metadata = {"Date": None} if form == "svg" else {}
    with open_output(path) as stream, rc_context({"svg.hashsalt": "colacli"}):
        figure.savefig(stream, format=form, metadata=metadata, dpi=150)
