"""What `eval` shows."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from colacli.render.console import say
from colacli.render.metrics import metrics_table, remarks

if TYPE_CHECKING:
    from rich.console import Console

    from colacli.render.console import Show
    from colacli.workflows.evaluate import Evaluation


def show_evaluation(result: Evaluation, show: Show) -> None:
    """Metrics of one run on one split."""
    document = {
        "key": result.run.key,
        "data": result.data,
        "split": result.split,
        "cached": result.cached,
        "metrics": asdict(result.metrics),
    }

    def view(console: Console) -> None:
        metrics = {result.split: result.metrics}
        metrics_table(metrics, f"{result.run.spec.command} {result.run.key[:12]} on {result.data}").show(console)
        for remark in remarks(metrics):
            say(console, remark)

    show("eval", document, view)
