"""What students retain of their teachers' MCC, in words and as JSON values."""

from __future__ import annotations

from typing import Any

from colacli.render.console import percent
from colacli.workflows.compare import CompareResult
from colacli.workflows.retained import Retained, retained


def retained_lines(result: CompareResult) -> list[str]:
    """A sentence for every arm of students whose teachers are an arm too."""
    return [_line(one) for one in retained(result)]


def _line(one: Retained) -> str:
    cost = f", with {percent(one.multiplications)} of its multiplications a token" if one.multiplications else ""
    if one.mcc is None:
        return f"{one.student} retains an unknown fraction of {one.teacher}'s MCC, which may be 0{cost}"
    low, high = one.mcc.interval
    interval = f"95 % interval {percent(low)} to {percent(high)}"
    return f"{one.student} retains {percent(one.mcc.value)} of {one.teacher}'s MCC ({interval}){cost}"


def retained_document(result: CompareResult) -> list[dict[str, Any]]:
    """The same, with the ratios and the ends of MCC's interval; null where there is none."""
    return [
        {
            "student": one.student,
            "teacher": one.teacher,
            "mcc_ratio": one.mcc and {"value": one.mcc.value, "interval": list(one.mcc.interval)},
            "multiplications_ratio": one.multiplications,
        }
        for one in retained(result)
    ]
