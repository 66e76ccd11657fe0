"""The one registry of the commands that train."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from colacli.training.plan import Train
from colacli.workflows import distil, finetune, train_student


@dataclass(frozen=True)
class Verb:
    """One of them."""

    request: type[Any]
    revision: int
    run: Train


VERBS = {
    "finetune": Verb(finetune.FinetuneRequest, finetune.REVISION, finetune.finetune),
    "train-student": Verb(train_student.TrainStudentRequest, train_student.REVISION, train_student.train_student),
    "distil": Verb(distil.DistilRequest, distil.REVISION, distil.distil),
}
"""By what they are called in specs and on the command line."""
