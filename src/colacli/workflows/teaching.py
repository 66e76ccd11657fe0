"""What a distilled student learns from: its teachers' logits on train, and on sentences that only they have judged."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import torch
import torch.nn.functional as F

from colacli.data.corpus import TRAIN
from colacli.events import Work
from colacli.kernels.packing import Tokens
from colacli.losses import combined, distillation_loss, state_distance
from colacli.models.matching import Outputs
from colacli.models.tensors import read_tensors, write_tensors
from colacli.training import Labelled
from colacli.workflows.load_judge import load_judge, logits_on
from colacli.workflows.recurrent import Lesson
from colacli.workflows.train_and_measure import tokens_of
from colacli.workflows.transfer import transfer_set

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tokenizers import Tokenizer
    from torch import Tensor

    from colacli.config import Distillation
    from colacli.data.corpus import Sentences
    from colacli.data.transfer import Unjudged
    from colacli.store.run import Run
    from colacli.workflows.make_run import Job
    from colacli.workflows.train_and_measure import Material


def taught(
    job: Job, teachers: Sequence[Run], given: Unjudged | None, material: Material, tokenizer: Tokenizer
) -> Lesson:
    """The training sentences, then the transfer set where there is one, and the loss over both.

    Of a transfer sentence only the teachers' part of the loss counts. Its label, by which nothing is learnt and the
    training accuracy is reported, is the teachers' decision: accuracy on it is agreement with them.
    """
    how = job.spec.distillation
    assert how is not None, "a distil's spec has a distillation section"
    teaching = _taught_by(job, teachers, job.corpus.split(TRAIN), how).select(material.train_rows).dealt(job, how)
    if job.spec.transfer is None:
        return teaching.lesson(material.train, None, how, job.device)
    added = transfer_set(job, given, material.train_rows)
    more = _taught_by(job, teachers, added, how).dealt(job, how)
    whole = Labelled(
        _joined(material.train.tokens, tokens_of(job, tokenizer, added)),
        torch.cat([material.train.labels, more.logits.argmax(dim=1)]),
    )
    labelled = torch.cat([torch.ones(len(material.train)), torch.zeros(len(added))])
    return teaching.and_(more).lesson(whole, labelled, how, job.device)


@dataclass(frozen=True)
class _Teaching:
    """What the teachers have of some sentences, together."""

    logits: Tensor
    """(sentences, 2)."""
    states: Tensor | None
    """(sentences, d); None where no states are matched."""

    def select(self, rows: Sequence[int] | Tensor) -> _Teaching:
        """The same of some of the sentences."""
        return _Teaching(self.logits[rows], None if self.states is None else self.states[rows])

    def dealt(self, job: Job, how: Distillation) -> _Teaching:
        """The same, or for a control dealt out to other sentences: as many, as sure, and about nothing."""
        if how.teacher_control != "shuffled":
            return self
        generator = torch.Generator().manual_seed(job.spec.training.seed)
        return self.select(torch.randperm(len(self.logits), generator=generator))

    def and_(self, more: _Teaching) -> _Teaching:
        """Of these sentences, then of those."""
        states = None if self.states is None or more.states is None else torch.cat([self.states, more.states])
        return _Teaching(torch.cat([self.logits, more.logits]), states)

    def lesson(self, train: Labelled, labelled: Tensor | None, how: Distillation, device: str) -> Lesson:
        """These sentences and the loss on them; `labelled` as `distillation_loss` has it."""
        soft, labels = self.logits.to(device), train.labels.to(device)
        labelled = None if labelled is None else labelled.to(device)
        states = None if self.states is None else self.states.to(device)

        def objective(outputs: Outputs | Tensor, rows: Tensor) -> Tensor:
            rows = rows.to(device)
            known = None if labelled is None else labelled[rows]
            logits = outputs.logits if isinstance(outputs, Outputs) else outputs
            loss = distillation_loss(logits, soft[rows], labels[rows], how, known)
            if states is None or not isinstance(outputs, Outputs):
                return loss
            return loss + how.hidden_weight * state_distance(outputs.states, states[rows])

        return Lesson(train, objective, None if states is None else states.shape[1])


def _joined(first: Tokens, second: Tokens) -> Tokens:
    return Tokens(torch.cat([first.ids, second.ids]), torch.cat([first.lengths, second.lengths]))


def _taught_by(job: Job, teachers: Sequence[Run], sentences: Sentences, how: Distillation) -> _Teaching:
    """Several teachers' logits are combined as was asked for; their states are averaged, each of length 1."""
    logits = combined(torch.stack([_said(job, teacher, sentences, "logits") for teacher in teachers]), how)
    if not how.hidden_weight:
        return _Teaching(logits, None)
    states = [F.normalize(_said(job, teacher, sentences, "states"), dim=1) for teacher in teachers]
    return _Teaching(logits, torch.stack(states).mean(dim=0))


def _said(job: Job, teacher: Run, sentences: Sentences, what: Literal["logits", "states"]) -> Tensor:
    """A teacher's logits (sentences, 2) or states (sentences, d), dropout off.

    Computed once, then kept in the store's cache.
    """
    kind, name = f"teacher-{what}", f"{what}.safetensors"
    spec = {"kind": kind, "revision": 3, "teacher": teacher.key, "content": teacher.content, "split": sentences.digest}
    if cached := job.store.find_cached(kind, spec, name, read_tensors):
        return cached[what]
    started = time.perf_counter()
    judge = load_judge(teacher, job.store, job.base.folder, job.device, job.on_event)
    if what == "states":
        judge = replace(judge, compute=judge.model.features)
    work = Work(f"teacher's {what} on {sentences.name}", 0, len(sentences))
    said = logits_on(judge, sentences, job.store, job.on_event, work)
    job.store.keep(
        kind,
        spec,
        lambda draft: write_tensors(draft.path / name, {what: said}),
        seconds=time.perf_counter() - started,
        device=job.device,
    )
    return said
