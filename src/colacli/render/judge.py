"""What `judge` shows: one line per sentence."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from rich.console import Console

from colacli.render.console import Table, decimals
from colacli.render.metrics import LABELS

if TYPE_CHECKING:
    from colacli.workflows.judge import Judgement

ShowBatches = Callable[[str, str, Iterable[Sequence[Any]], Callable[[Any], Any], Callable[[Console, Any], None]], None]


def show_judgements(batches: Iterable[Sequence[Judgement]], show: ShowBatches) -> None:
    """Judgements as they come."""
    show("judge", "judgements", batches, asdict, show_batch)


def show_batch(console: Console, batch: Sequence[Judgement]) -> None:
    """Label, probability and sentence of each."""
    rows = [[LABELS[judgement.label], decimals(judgement.probability), judgement.sentence] for judgement in batch]
    Table(["judgement", "P(acceptable)", "sentence"], rows, header=False).show(console)
