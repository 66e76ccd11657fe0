"""What `judge` shows: a line a sentence."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from colacli.render.console import Table
from colacli.render.metrics import LABELS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from colacli.render.console import Show
    from colacli.workflows.judge import Judgement


def show_judgements(judgements: Sequence[Judgement], show: Show) -> None:
    """Label, probability that it is acceptable, sentence."""
    rows = [[LABELS[one.label], f"{one.probability:.4f}", one.sentence] for one in judgements]
    table = Table(["judgement", "P(acceptable)", "sentence"], rows, header=False)
    show("judge", {"judgements": [asdict(one) for one in judgements]}, table.show)
