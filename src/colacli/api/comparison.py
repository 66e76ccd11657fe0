"""Two arms or more, compared on the same sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from colacli.api.boundary import python_errors
from colacli.api.frames import frame
from colacli.api.plot import Plot
from colacli.statistics.verdict import verdict

if TYPE_CHECKING:
    import pandas as pd

    from colacli.statistics.ratio import Ratio
    from colacli.workflows.compare import CompareResult


class Comparison:
    """What `compare` says of arms and pairs of them."""

    def __init__(self, result: CompareResult) -> None:
        self._result = result

    @property
    def split(self) -> str:
        """The split that they are compared on."""
        return self._result.split

    @property
    def verdicts(self) -> list[str]:
        """A sentence a pair: which is better and by how much, or that this is inconclusive, and what would show."""
        return [verdict(pair) for pair in self._result.pairs]

    @property
    def document(self) -> dict[str, Any]:
        """All of it, as `colacli compare --json` prints it."""
        from colacli.render.comparison_document import comparison_document

        return comparison_document(self._result)

    @property
    def arms(self) -> pd.DataFrame:
        """A row an arm: its runs, and the mean and standard deviation of accuracy and MCC over them."""
        rows = [
            {
                "arm": arm["label"],
                "runs": len(arm["seeds"]),
                "majority_accuracy": of.metrics[0].majority_accuracy,
                **{
                    f"{measure}{suffix}": arm[measure][value]
                    for measure in ("accuracy", "mcc")
                    for suffix, value in (("", "mean"), ("_sd", "standard_deviation"))
                },
            }
            for arm, of in zip(self.document["arms"], self._result.arms, strict=True)
        ]
        return frame(rows).set_index("arm")

    @property
    def pairs(self) -> pd.DataFrame:
        """A row a pair: differences a − b, 95 % intervals, sentences that only one gets right, p by Holm's method."""
        rows = [
            {
                "a": pair.a,
                "b": pair.b,
                "only_a_right": pair.paired.only_a_right if pair.paired else None,
                "only_b_right": pair.paired.only_b_right if pair.paired else None,
                "accuracy_difference": pair.accuracy_difference,
                "accuracy_low": pair.interval[0],
                "accuracy_high": pair.interval[1],
                "mcc_difference": pair.mcc_difference,
                "mcc_low": pair.mcc_interval[0],
                "mcc_high": pair.mcc_interval[1],
                "p": pair.holm_p,
            }
            for pair in self._result.pairs
        ]
        return frame(rows).set_index(["a", "b"])

    @property
    def retained(self) -> pd.DataFrame:
        """A row an arm of students whose teachers are an arm too: the ratios of MCC and of multiplications a token.

        That to the MCC of several teachers' ensemble has columns too, empty where one teaches.
        """
        from colacli.workflows.retained import retained

        columns = ["student", "teacher", "mcc_ratio", "low", "high"]
        columns += ["ensemble_mcc_ratio", "ensemble_low", "ensemble_high", "multiplications_ratio"]
        rows = [
            (one.student, one.teacher, *_ends(one.mcc), *_ends(one.ensemble), one.multiplications)
            for one in retained(self._result)
        ]
        return frame(rows, columns).set_index(columns[:2])

    def plot(self) -> Plot:
        """Curves of validation accuracy, and the differences with their intervals; needs the extra plots."""
        from colacli.render.figures import check_matplotlib, draw_comparison

        with python_errors():
            check_matplotlib()
            return Plot(draw_comparison(self._result))

    def __repr__(self) -> str:
        return "\n".join(self.verdicts)

    def _repr_html_(self) -> str:
        from colacli.render.compare import arms_table, pairs_table
        from colacli.render.notebook import html

        return html(arms_table(self._result), pairs_table(self._result.pairs), *self.verdicts)


def _ends(ratio: Ratio | None) -> tuple[float | None, ...]:
    """The ratio and its interval, for three columns."""
    return (ratio.value, *ratio.interval) if ratio else (None, None, None)
