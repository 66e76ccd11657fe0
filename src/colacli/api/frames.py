"""Results as pandas' frames, which show themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from colacli.events import Epoch
from colacli.metrics import Metrics

if TYPE_CHECKING:
    import pandas as pd


def frame(rows: Any, columns: list[str] | None = None) -> pd.DataFrame:
    """A frame of rows, or of columns by name."""
    import pandas as pd

    return pd.DataFrame(rows, columns=columns)


def measures(by_split: Mapping[str, Metrics]) -> pd.DataFrame:
    """A row a split: its metrics, and the counts of the confusion matrix."""
    rows = [asdict(metrics) for metrics in by_split.values()]
    for row in rows:
        row |= row.pop("confusion")
    table = frame(rows)
    table.index = frame({"split": list(by_split)}).set_index("split").index
    return table


def epochs(history: Sequence[Epoch]) -> pd.DataFrame:
    """A row an epoch, without a column that no epoch has."""
    table = frame([asdict(epoch) for epoch in history], list(Epoch.__dataclass_fields__))
    return table.set_index("epoch").dropna(axis="columns", how="all")
