"""What a distilled student learns from: its teachers' logits on train, and on sentences that only they have judged."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import torch

from colacli.data.batches import Tokens
from colacli.data.corpus import TRAIN
from colacli.events import Work
from colacli.losses import combined, distillation_loss
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
    from colacli.training import Objective
    from colacli.workflows.make_run import Job
    from colacli.workflows.train_and_measure import Material

_KIND = "teacher-logits"
_FILE = "logits.safetensors"


def taught(
    job: Job, teachers: Sequence[Run], given: Unjudged | None, material: Material, tokenizer: Tokenizer
) -> Lesson:
    """The training sentences, then the transfer set where there is one, and the loss over both.

    Of a transfer sentence only the teachers' part of the loss counts. Its label, by which nothing is learnt and the
    training accuracy is reported, is the teachers' decision: accuracy on it is agreement with them.
    """
    how = job.spec.distillation
    assert how is not None, "a distil's spec has a distillation section"
    said = _said(job, teachers, job.corpus.split(TRAIN), how)
    soft = _dealt(said[material.train_rows], job, how)  # (sentences, 2)
    if job.spec.transfer is None:
        return Lesson(material.train, _objective(soft, material.train.labels, None, how, job.device))
    added = transfer_set(job, given, material.train_rows)
    judged = _dealt(_said(job, teachers, added, how), job, how)
    whole = Labelled(
        _joined(material.train.tokens, tokens_of(job, tokenizer, added)),
        torch.cat([material.train.labels, judged.argmax(dim=1)]),
    )
    labelled = torch.cat([torch.ones(len(soft)), torch.zeros(len(judged))])
    return Lesson(whole, _objective(torch.cat([soft, judged]), whole.labels, labelled, how, job.device))


def _objective(soft: Tensor, labels: Tensor, labelled: Tensor | None, how: Distillation, device: str) -> Objective:
    soft, labels = soft.to(device), labels.to(device)
    labelled = None if labelled is None else labelled.to(device)

    def objective(logits: Tensor, rows: Tensor) -> Tensor:
        rows = rows.to(device)
        return distillation_loss(logits, soft[rows], labels[rows], how, None if labelled is None else labelled[rows])

    return objective


def _joined(first: Tokens, second: Tokens) -> Tokens:
    return Tokens(torch.cat([first.ids, second.ids]), torch.cat([first.lengths, second.lengths]))


def _said(job: Job, teachers: Sequence[Run], sentences: Sentences, how: Distillation) -> Tensor:
    """Logits (sentences, 2) of the teachers together."""
    return combined(torch.stack([_logits(job, teacher, sentences) for teacher in teachers]), how)


def _dealt(logits: Tensor, job: Job, how: Distillation) -> Tensor:
    """The same, or for a control dealt out to other sentences: as many, as sure, and about nothing."""
    if how.teacher_control != "shuffled":
        return logits
    generator = torch.Generator().manual_seed(job.spec.training.seed)
    return logits[torch.randperm(len(logits), generator=generator)]


def _logits(job: Job, teacher: Run, sentences: Sentences) -> Tensor:
    """A teacher's logits (sentences, 2), dropout off: computed once, then kept in the store's cache."""
    spec = {"kind": _KIND, "revision": 1, "teacher": teacher.key, "split": sentences.digest}
    if cached := job.store.find_cached(_KIND, spec):
        return read_tensors(cached.file(_FILE))["logits"]
    started = time.perf_counter()
    judge = load_judge(teacher, job.store, job.base.folder, job.device, job.on_event)
    work = Work(f"teacher's logits on {sentences.name}", 0, len(sentences))
    logits = logits_on(judge, sentences, job.store, job.on_event, work)
    job.store.keep(
        _KIND,
        spec,
        lambda draft: write_tensors(draft.path / _FILE, {"logits": logits}),
        seconds=time.perf_counter() - started,
        device=job.device,
    )
    return logits
