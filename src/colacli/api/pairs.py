"""A model on minimal pairs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from colacli.api.boundary import python_errors
from colacli.api.frames import frame
from colacli.api.plot import Plot

if TYPE_CHECKING:
    import pandas as pd

    from colacli.workflows.pair_groups import Group
    from colacli.workflows.pairs import PairsResult


class Pairs:
    """How often a model prefers the acceptable sentence of a pair."""

    def __init__(self, result: PairsResult) -> None:
        self._result = result

    @property
    def model(self) -> str:
        """What was measured, in words."""
        return self._result.model

    @property
    def mean(self) -> float:
        """Mean accuracy over paradigms, in [0, 1]; chance is 0.5, and a tie half right."""
        return self._result.mean

    @property
    def interval(self) -> tuple[float, float]:
        """95 %, of the mean."""
        return self._result.interval

    @property
    def by_paradigm(self) -> pd.DataFrame:
        """A row a paradigm, the worst first: n, right, ties, accuracy, low and high of its 95 % interval."""
        return _grouped(self._result.by_paradigm, "paradigm")

    @property
    def by_phenomenon(self) -> pd.DataFrame:
        """The same by phenomenon."""
        return _grouped(self._result.by_phenomenon, "phenomenon")

    @property
    def by_field(self) -> pd.DataFrame:
        """The same by field: syntax, morphology and so on."""
        return _grouped(self._result.by_field, "field")

    def plot(self) -> Plot:
        """Accuracy by phenomenon, with intervals; needs the extra plots."""
        from colacli.render.figures import check_matplotlib, draw_pairs

        with python_errors():
            check_matplotlib()
            return Plot(draw_pairs(self._result))

    def __repr__(self) -> str:
        from colacli.render.pairs import mean_line

        return f"{self.model} on {self._result.data}: {mean_line(self._result)}"

    def _repr_html_(self) -> str:
        from colacli.render.notebook import html
        from colacli.render.pairs import groups_table

        groups = self._result.by_phenomenon
        kind, groups = ("phenomenon", groups) if len(groups) > 1 else ("paradigm", self._result.by_paradigm)
        return html(repr(self), groups_table(kind, groups, {}))


def _grouped(groups: Sequence[Group], name: str) -> pd.DataFrame:
    rows = [
        {
            name: group.name,
            "n": group.n,
            "right": group.right,
            "ties": group.ties,
            "accuracy": group.accuracy,
            "low": group.interval[0],
            "high": group.interval[1],
        }
        for group in groups
    ]
    return frame(rows, [name, "n", "right", "ties", "accuracy", "low", "high"]).set_index(name)
