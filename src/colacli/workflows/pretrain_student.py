"""Train a student's recurrent layers on a text, before distillation: students start from it (Dai and Le 2015)."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path

from colacli.config import REQUIRED, Checked, Encoder, Student, setting
from colacli.data.corpus import Corpus
from colacli.data.transfer import read_text
from colacli.devices import resolve_device, resolve_precision
from colacli.errors import UsageError
from colacli.events import OnEvent, ignore
from colacli.models.base import find_base
from colacli.models.config import read_generation_config
from colacli.pretraining import Optimisation, Pretraining
from colacli.store.spec import Spec
from colacli.store.store import Store
from colacli.training.look_up import look_up
from colacli.training.plan import DryRun, RunResult, Verb
from colacli.training.pretraining import TEXT, PretrainPlan, held_out_of
from colacli.training.ranks import current
from colacli.training.requests import BaseChoice, Execution

REVISION = 3
"""Bumped by hand when its numbers change for the same options."""


@dataclass(frozen=True, kw_only=True)
class TextChoice(Checked):
    """Which text."""

    text: Path = setting(REQUIRED, "Text file, a sentence a line.")


@dataclass(frozen=True, kw_only=True)
class PretrainStudentRequest:
    """All that `pretrain-student` can be asked."""

    text: TextChoice
    base: BaseChoice = BaseChoice()
    pretraining: Pretraining = Pretraining()
    student: Encoder = Encoder()
    training: Optimisation = Optimisation()
    execution: Execution = Execution()


def pretrain_student(request: PretrainStudentRequest, store: Store, on_event: OnEvent = ignore) -> RunResult | DryRun:
    """A student's embeddings and recurrent layers, trained as a language model.

    Raises:
        ColacliError: the base, the text or an option can't be used; see `errors`.
    """
    plan = plan_pretrain_student(request, store, on_event)
    if (result := look_up(plan, store, on_event)) is not None:
        return result

    from colacli.training.language_model import fit_language_model, tokenised_text
    from colacli.training.run import open_run

    with open_run(plan, store, on_event) as run:
        text = tokenised_text(plan, store, on_event)
        return run.commit(fit_language_model(plan, text, run, on_event))


def plan_pretrain_student(request: PretrainStudentRequest, store: Store, on_event: OnEvent) -> PretrainPlan:
    """Everything that can be decided before anything is computed."""
    if current().size > 1:
        raise UsageError("pretrain-student trains in one process", "start it without torchrun")
    device = resolve_device(request.execution.device)
    fresh = request.execution.force
    base = find_base(store, request.base.variant, request.base.base, on_event, fresh=fresh)
    text = read_text(request.text.text)
    student = Student(**asdict(request.student.resolved(base.config.n_embd)))
    pretraining = request.pretraining.resolved(len(text) - held_out_of(len(text)), base.config.vocab_size)
    spec = Spec(
        command="pretrain-student",
        revision=REVISION,
        base=base.digests,
        data={TEXT: text.digest},
        training=request.training.resolved(resolve_precision(request.training.precision, device)),
        student=student,
        pretraining=pretraining,
        start_token=read_generation_config(base.folder).bos_token_id,
    )
    corpus = Corpus(str(request.text.text.resolve()), {})
    return PretrainPlan(
        spec=spec,
        base=base,
        corpus=corpus,
        device=device,
        request=request,
        student=student,
        pretraining=pretraining,
        text=text,
    )


PRETRAIN_STUDENT = Verb("pretrain-student", PretrainStudentRequest, plan_pretrain_student, pretrain_student)
