"""What students retain of their teachers' MCC, and with what fraction of their multiplications."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import permutations
from typing import TYPE_CHECKING

from colacli.workflows.compare import Arm, CompareResult
from colacli.workflows.multiplications import multiplications_of

if TYPE_CHECKING:  # numpy is slow to import
    from colacli.statistics.ratio import Ratio


@dataclass(frozen=True)
class Retained:
    """What an arm of students has of its teachers' MCC."""

    student: str
    teacher: str
    mcc: Ratio | None
    """None where the teachers' may be 0."""
    multiplications: float | None
    """A student's over a teacher's, for a token that is not new; None where they are not known."""


def retained(result: CompareResult) -> list[Retained]:
    """Of every arm of students whose teachers are an arm too."""
    from colacli.statistics.ratio import mcc_ratio

    found = []
    for student, teacher in permutations(result.arms, 2):
        if _is_taught(student, teacher):
            one, other = ([result.predictions[run.key] for run in arm.runs] for arm in (student, teacher))
            ratio = mcc_ratio(one[0].labels, [run.predicted for run in one], [run.predicted for run in other])
            found.append(Retained(student.label, teacher.label, ratio, _multiplications(student, teacher)))
    return found


def _multiplications(student: Arm, teacher: Arm) -> float | None:
    """None too where an arm's runs differ in theirs, as teachers of two sizes do."""
    counts = [{multiplications_of(run) for run in arm.runs} for arm in (student, teacher)]
    if any(len(of_arm) > 1 for of_arm in counts):
        return None
    one, other = (of_arm.pop() for of_arm in counts)
    return one.per_token / other.per_token if one and other else None


def _is_taught(student: Arm, teacher: Arm) -> bool:
    keys = {run.key for run in teacher.runs}
    return all(run.spec.teachers and keys.issuperset(run.spec.teachers) for run in student.runs)
