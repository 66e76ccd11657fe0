"""What students retain of their teachers' MCC, in words and as JSON values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from colacli.render.console import percent
from colacli.workflows.compare import CompareResult
from colacli.workflows.retained import Retained, retained

if TYPE_CHECKING:  # numpy is slow to import
    from colacli.statistics.ratio import Ratio


def retained_lines(result: CompareResult) -> list[str]:
    """A sentence for every arm of students whose teachers are an arm too."""
    return [_line(one) for one in retained(result)]


def _line(one: Retained) -> str:
    cost = f", with {percent(one.multiplications)} of its multiplications a token" if one.multiplications else ""
    together = f"; {_fraction(one.ensemble, 'their ensemble')}" if one.ensemble else ""
    if one.mcc is None:
        return f"{one.student} retains an unknown fraction of {one.teacher}'s MCC, which may be 0{cost}{together}"
    return f"{one.student} retains {_fraction(one.mcc, one.teacher)}{cost}{together}"


def _fraction(ratio: Ratio, whose: str) -> str:
    low, high = ratio.interval
    return f"{percent(ratio.value)} of {whose}'s MCC (95 % interval {percent(low)} to {percent(high)})"


def retained_document(result: CompareResult) -> list[dict[str, Any]]:
    """The same, with the ratios and the ends of MCC's intervals; null where there is none."""
    return [
        {
            "student": one.student,
            "teacher": one.teacher,
            "mcc_ratio": _ratio_document(one.mcc),
            "ensemble_mcc_ratio": _ratio_document(one.ensemble),
            "multiplications_ratio": one.multiplications,
        }
        for one in retained(result)
    ]


def _ratio_document(ratio: Ratio | None) -> dict[str, Any] | None:
    return {"value": ratio.value, "interval": list(ratio.interval)} if ratio else None
