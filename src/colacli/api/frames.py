"""Results as pandas' frames, which show themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from colacli.events import Epoch
from colacli.metrics import Metrics, Predictions
from colacli.results import metrics_of, perplexity_of
from colacli.store.run import Run

if TYPE_CHECKING:
    import pandas as pd

    from colacli.workflows.mistakes import Mistakes
    from colacli.workflows.splits import SplitMeasures


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


def final(run: Run) -> pd.DataFrame:
    """A row a split; of pretrained layers, a row a direction."""
    if not (by_direction := perplexity_of(run)):
        return measures(metrics_of(run))
    return frame({"direction": name, **asdict(metrics)} for name, metrics in by_direction.items()).set_index(
        "direction"
    )


def epochs(history: Sequence[Epoch]) -> pd.DataFrame:
    """A row an epoch, without a column that no epoch has."""
    table = frame([asdict(epoch) for epoch in history], list(Epoch.__dataclass_fields__))
    return table.set_index("epoch").dropna(axis="columns", how="all")


def evaluated(splits: Mapping[str, SplitMeasures]) -> pd.DataFrame:
    """A row a split: its metrics, and measures without a threshold."""
    values = {split: {name: one.value for name, one in of.threshold_free.items()} for split, of in splits.items()}
    return measures({split: of.metrics for split, of in splits.items()}).join(frame(values).T)


def answers(stored: Predictions) -> pd.DataFrame:
    """A row a sentence: its label, logits, probability of label 1, and the answer."""
    from colacli.statistics.calibration import probabilities

    return frame(
        {
            "label": stored.labels,
            "logit_0": [reject for reject, _ in stored.logits],
            "logit_1": [accept for _, accept in stored.logits],
            "probability": probabilities(stored.logits),
            "predicted": stored.predicted,
        }
    )


def surest(mistakes: Mistakes) -> pd.DataFrame:
    """A row a mistake, those that were accepted first."""
    kinds = [(0, mistakes.accepted), (1, mistakes.rejected)]
    columns = ["sentence", "source", "label", "probability"]
    rows = [(one.sentence.text, one.sentence.source, label, one.probability) for label, of in kinds for one in of]
    return frame(rows, columns)
