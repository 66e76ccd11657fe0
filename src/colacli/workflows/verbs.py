"""The one registry of the commands that make runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from colacli.events import OnEvent
from colacli.store.store import Store
from colacli.training.plan import Plan, Train
from colacli.workflows.adopt import AdoptRequest, adopt, plan_adopt
from colacli.workflows.baseline_lm import LmRequest, baseline_lm, plan_baseline_lm
from colacli.workflows.baseline_majority import MajorityRequest, baseline_majority, plan_baseline_majority
from colacli.workflows.baseline_ngrams import NgramsRequest, baseline_ngrams, plan_baseline_ngrams
from colacli.workflows.distil import DistilRequest, distil, plan_distil
from colacli.workflows.finetune import FinetuneRequest, finetune, plan_finetune
from colacli.workflows.pretrain_student import PretrainStudentRequest, plan_pretrain_student, pretrain_student
from colacli.workflows.train_student import TrainStudentRequest, plan_train_student, train_student


@dataclass(frozen=True)
class Verb:
    """One of them."""

    request: type[Any]
    plan: Callable[[Any, Store, OnEvent], Plan]
    """What `run` would make: its spec."""
    run: Train


VERBS = {
    "finetune": Verb(FinetuneRequest, plan_finetune, finetune),
    "train-student": Verb(TrainStudentRequest, plan_train_student, train_student),
    "distil": Verb(DistilRequest, plan_distil, distil),
    "pretrain-student": Verb(PretrainStudentRequest, plan_pretrain_student, pretrain_student),
    "baseline.majority": Verb(MajorityRequest, plan_baseline_majority, baseline_majority),
    "baseline.ngrams": Verb(NgramsRequest, plan_baseline_ngrams, baseline_ngrams),
    "baseline.lm": Verb(LmRequest, plan_baseline_lm, baseline_lm),
    "adopt": Verb(AdoptRequest, plan_adopt, adopt),
}
"""By what they are called in specs, and on the command line, where a space stands for a dot."""
