"""Cost as the work grows, as an SVG: sentences, batch size, model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from benchmarks.limits import frozen_flops
from benchmarks.material import SHAPES
from colacli.models.base import BUNDLED
from colacli.models.config import GPT2Config, read_config

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.results import RowResults

_COLOUR = "#0087d7"


def save_scaling(results: RowResults, path: Path) -> None:
    """Three panels, each with a line through the origin's proportion for comparison."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 3.6), layout="constrained")
    sentences, batches, models = figure.subplots(1, 3)
    _draw(sentences, _points(results, " sentences", "seconds_per_epoch"), "sentences", "seconds an epoch")
    _draw(batches, _points(results, "batch of ", "seconds_per_step"), "sentences a batch", "seconds a step")
    sizes = {name: _megaflops(name) for name in (*BUNDLED, *SHAPES)}
    seconds = {name: results.of(name, "seconds_per_step") for name in sizes}
    _draw(
        models,
        {sizes[name]: values[0] for name, values in seconds.items() if values},
        "frozen MFLOP a token: gpt2-mini, gpt2, gpt2-medium",
        "seconds a step",
    )
    with mpl.rc_context({"svg.hashsalt": "colacli"}):  # the same figures make the same file
        figure.savefig(path, metadata={"Date": None})


def _points(results: RowResults, word: str, measure: str) -> dict[float, float]:
    """Contenders with a word in their name: the number that stands with it, and what was measured."""
    names = {name for turn in results.turns for name in turn if word in name}
    return {float(name.replace(word, "")): results.of(name, measure)[0] for name in names}


def _draw(axes: Any, points: dict[float, float], across: str, up: str) -> None:
    if not points:
        axes.set_visible(False)
        return
    x = sorted(points)
    y = [points[value] for value in x]
    axes.loglog(x, y, "o-", color=_COLOUR, label="measured")
    axes.loglog(x, [y[-1] * value / x[-1] for value in x], "--", color="gray", linewidth=1, label="in proportion")
    axes.set(xlabel=across, ylabel=up)
    axes.legend()


def _megaflops(name: str) -> float:
    """Of a token's products in a training step."""
    shape = read_config(BUNDLED[name]) if name in BUNDLED else GPT2Config(**SHAPES[name])
    return frozen_flops(shape.n_embd, shape.n_layer, shape.inner, 1) / 1e6
