"""What both students' verbs share: the network, built and trained; only the objective differs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import torch

from colacli.models.lora import count
from colacli.models.matching import StateRegressor
from colacli.models.student import RecurrentClassifier, StudentShape
from colacli.models.tokenizer import load_tokenizer
from colacli.models.tokenizer_files import TOKENIZER_JSON
from colacli.models.weights import check_weights, factorised, load_embedding, save_student
from colacli.training import Labelled, Objective, make_deterministic
from colacli.workflows.train_and_measure import Material, prepare, train_and_measure

if TYPE_CHECKING:
    from tokenizers import Tokenizer
    from torch import Tensor

    from colacli.config import Student
    from colacli.ledger import Ledger
    from colacli.store.attempt import Attempt
    from colacli.store.manifest import Result
    from colacli.workflows.make_run import Job


@dataclass(frozen=True)
class Lesson:
    """What a student learns from."""

    train: Labelled
    """The sentences."""
    objective: Objective
    """What is minimised on them."""
    guessed: int | None = None
    """Width of the teacher's states that the objective wants guessed; None for none."""


def train_recurrent(job: Job, attempt: Attempt, lesson: Callable[[Material, Tokenizer], Lesson]) -> Result:
    """Fill a student's run folder; `lesson` says what is learnt, once the corpus is ready.

    The tokenizer is copied into it, so that a student needs its base model no more.
    """
    tokenizer = load_tokenizer(job.base.tokenizer, job.base.folder)
    material = prepare(job, tokenizer)
    learnt = lesson(material, tokenizer)
    make_deterministic(job.spec.training.seed)
    student, shape = build(job)
    ledger = count(student)
    student.to(job.device)
    student.train_only(learnt.train.tokens.ids.to(job.device))
    model = student if learnt.guessed is None else StateRegressor(student, learnt.guessed).to(job.device)
    material = replace(material, train=learnt.train)
    result = train_and_measure(job, attempt, model, ledger, learnt.objective, material)
    student.train_all()
    save_student(attempt.draft.path, student, shape)
    tokenizer.save(str(attempt.draft.path / TOKENIZER_JSON))
    return result


def build(job: Job) -> tuple[RecurrentClassifier, StudentShape]:
    """A new student: all of it drawn at random first, so that the embeddings' choice changes nothing else."""
    model, shape = _untrained(job)
    model.dtype = torch.bfloat16 if job.spec.training.precision == "bf16" else torch.float32
    if _student(job).embeddings == "teacher":
        _copy_embedding(model, load_embedding(job.base))
    return model, shape


@torch.no_grad()
def _copy_embedding(model: RecurrentClassifier, embedding: Tensor) -> None:
    """Start from an embedding (vocabulary, width), or from the nearest of the rank that the model has."""
    if model.projection is not None:
        embedding, projection = factorised(embedding, model.embedding.weight.shape[1])
        model.projection.weight.copy_(projection)
    model.embedding.weight.copy_(embedding)


def count_recurrent(job: Job) -> Ledger:
    """A student's ledger, on the meta device: no memory, no weights."""
    check_weights(job.base)
    with torch.device("meta"):
        return count(_untrained(job)[0])


def _untrained(job: Job) -> tuple[RecurrentClassifier, StudentShape]:
    student, base = _student(job), job.base.config
    shape = StudentShape(
        cell=student.cell,
        vocab_size=base.vocab_size,
        width=base.n_embd,
        hidden=student.hidden or base.n_embd,
        layers=student.layers,
        bidirectional=student.bidirectional,
        pooling=student.pooling,
        embedding_rank=student.embedding_rank,
    )
    model = RecurrentClassifier(shape, job.spec.training.dropout)
    for part in (model.embedding, model.projection):
        if part is not None:
            part.requires_grad_(not student.freeze_embeddings)
    return model, shape


def _student(job: Job) -> Student:
    assert job.spec.student is not None, "a student's spec has a student section"
    return job.spec.student
