"""The one registry of the commands that make runs."""

from __future__ import annotations

from colacli.workflows.adopt import ADOPT
from colacli.workflows.baseline_lm import BASELINE_LM
from colacli.workflows.baseline_majority import BASELINE_MAJORITY
from colacli.workflows.baseline_ngrams import BASELINE_NGRAMS
from colacli.workflows.distil import DISTIL
from colacli.workflows.finetune import FINETUNE
from colacli.workflows.pretrain_student import PRETRAIN_STUDENT
from colacli.workflows.train_student import TRAIN_STUDENT

VERBS = {
    verb.command: verb
    for verb in (
        FINETUNE,
        TRAIN_STUDENT,
        DISTIL,
        PRETRAIN_STUDENT,
        BASELINE_MAJORITY,
        BASELINE_NGRAMS,
        BASELINE_LM,
        ADOPT,
    )
}
"""By what they are called in specs."""
