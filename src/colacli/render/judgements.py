"""What `judge` shows: a line a sentence."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from colacli.render.console import Table
from colacli.render.metrics import LABELS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from rich.console import Console

    from colacli.workflows.judge import Judgement

    ShowBatches = Callable[
        [str, str, Iterable[Sequence[Any]], Callable[[Any], Any], Callable[[Console, Any], None]], None
    ]


def show_judgements(batches: Iterable[Sequence[Judgement]], show: ShowBatches) -> None:
    """Label, probability that it is acceptable, sentence."""
    show("judge", "judgements", batches, asdict, show_batch)


def show_batch(console: Console, batch: Sequence[Judgement]) -> None:
    """A line a sentence."""
    rows = [[LABELS[one.label], f"{one.probability:.4f}", one.sentence] for one in batch]
    Table(["judgement", "P(acceptable)", "sentence"], rows, header=False).show(console)
