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
    """Over the mean of its teachers' MCC, each judged alone; None where that may be 0."""
    ensemble: Ratio | None
    """Over the MCC of what its teachers judge together; None where one teaches, or that may be 0."""
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
            ensemble = _ensemble_ratio(result, student)
            found.append(Retained(student.label, teacher.label, ratio, ensemble, _multiplications(student, teacher)))
    return found


def _ensemble_ratio(result: CompareResult, student: Arm) -> Ratio | None:
    """None too where an arm's students have several ensembles."""
    from colacli.statistics.ensemble import ensemble_labels
    from colacli.statistics.ratio import mcc_ratio

    ensembles = {
        (tuple(run.spec.teachers), run.spec.distillation.ensemble, run.spec.distillation.temperature)
        for run in student.runs
        if run.spec.distillation
    }
    if len(ensembles) != 1:
        return None
    ((teachers, average, temperature),) = ensembles
    if len(teachers) == 1:
        return None
    one = [result.predictions[run.key] for run in student.runs]
    ensemble = ensemble_labels([result.predictions[key].logits for key in teachers], average, temperature or 1.0)
    return mcc_ratio(one[0].labels, [run.predicted for run in one], [ensemble])


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
