"""The recurrent student: built, trained on a task, written. Its verbs differ in the task alone."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from tokenizers import Tokenizer
from torch import Tensor, nn

from colacli.config import Student
from colacli.errors import IntegrityError
from colacli.events import Counted, OnEvent
from colacli.kernels.embedding import SparseEmbedding
from colacli.models.auxiliary_heads import AuxiliaryHeads
from colacli.models.base import Base
from colacli.models.lora import count
from colacli.models.student import RecurrentClassifier
from colacli.models.student_shape import StudentShape
from colacli.models.tensors import read_header, read_tensors
from colacli.models.tokenizer_files import TOKENIZER_JSON
from colacli.models.weights import STUDENT_WEIGHTS, check_weights, factorised, finite, load_embedding, save_student
from colacli.parameters import ParameterCounts
from colacli.store.artifact import REMAKE
from colacli.store.manifest import Result
from colacli.store.run import Run
from colacli.training.datasets import Dataset, Datasets
from colacli.training.fit import make_deterministic
from colacli.training.measure import write_results
from colacli.training.plan import StudentPlan
from colacli.training.run import OpenRun
from colacli.training.steps import Objective


@dataclass(frozen=True)
class TrainingTask:
    """What a student is trained on."""

    train: Dataset
    objective: Objective
    """What is minimised on it."""
    state_width: int | None = None
    """Width of the teacher's states that the objective wants predicted; None for none."""
    judges_prefixes: bool = False
    """Whether the objective wants every prefix judged."""
    embedding: Tensor | None = None
    """The base's token embeddings, where they were read already and a student starts from them."""


def fit_student(
    plan: StudentPlan, task: TrainingTask, datasets: Datasets, tokenizer: Tokenizer, run: OpenRun, on_event: OnEvent
) -> Result:
    """Train a new student and fill its run's folder.

    The tokenizer is copied into it, so that a student needs its base model no more.
    """
    make_deterministic(plan.spec.training.seed)
    student, shape = build_student(plan, task.embedding)
    parameters = count(student)
    on_event(Counted(parameters))
    student.to(plan.device)
    student.train_only(task.train.tokens.ids.to(plan.device))
    model: nn.Module = student
    if task.state_width or task.judges_prefixes:
        model = AuxiliaryHeads(student, task.state_width, judges_prefixes=task.judges_prefixes).to(plan.device)
    datasets = replace(datasets, train=task.train)
    fit_result = run.fit(model, task.objective, datasets)
    write_results(run, plan, model, parameters, datasets.measured, fit_result)
    student.train_all()
    save_student(run.folder, student, shape)
    tokenizer.save(str(run.folder / TOKENIZER_JSON))
    return Result(fit_result.best_epoch, parameters)


def build_student(plan: StudentPlan, embedding: Tensor | None) -> tuple[RecurrentClassifier, StudentShape]:
    """A new student: all of it drawn at random first, so that the embeddings' choice changes nothing else.

    The base's embeddings (vocabulary, d) are read where they are needed and not given.
    """
    model, shape = _untrained(plan)
    model.dtype = torch.bfloat16 if plan.spec.training.precision == "bf16" else torch.float32
    if plan.student_base is not None:
        load_student_base(model, plan.student_base)
    elif plan.copies_embedding:
        embedding = load_embedding(plan.base) if embedding is None else embedding
        copy_embedding(model.embedding, model.projection, embedding)
    return model, shape


def check_student_base(model: RecurrentClassifier, run: Run) -> None:
    """See that the weights that a student starts from fit it, without reading them.

    Raises:
        IntegrityError: they don't, or are damaged.
    """
    expected = {name: tuple(tensor.shape) for name, tensor in _started(model, run).items()}
    found = {name: entry.shape for name, entry in read_header(run.file(STUDENT_WEIGHTS)).items()}
    if expected != found:
        raise IntegrityError(f"{run.path / STUDENT_WEIGHTS} has not the shape that its spec says", REMAKE)


@torch.no_grad()
def load_student_base(model: RecurrentClassifier, run: Run) -> None:
    """Start from pretrained embeddings and recurrent layers, or from all of another student.

    Raises:
        IntegrityError: they don't fit, or are damaged.
    """
    check_student_base(model, run)
    tensors = finite(read_tensors(run.verified_file(STUDENT_WEIGHTS)), run.path)
    for name, weight in _started(model, run).items():
        weight.copy_(tensors[name])


def _started(model: RecurrentClassifier, run: Run) -> dict[str, nn.Parameter]:
    """The weights that start from a run's: of pretrained layers all but pooling and head."""
    new = ("pool.", "score.") if run.spec.is_student_base else ()
    return {name: weight for name, weight in model.named_parameters() if not name.startswith(new)}


@torch.no_grad()
def copy_embedding(own: nn.Embedding | SparseEmbedding, projection: nn.Linear | None, embedding: Tensor) -> None:
    """Start from an embedding (vocabulary, width), or from the nearest of the rank that the model has."""
    if projection is not None:
        embedding, factor = factorised(embedding, own.weight.shape[1])
        projection.weight.copy_(factor)
    own.weight.copy_(embedding)


def count_student(plan: StudentPlan) -> ParameterCounts:
    """A student's parameters, on the meta device: no memory, no weights.

    Raises:
        ModelError: the base's weights are not those of its config.
    """
    check_weights(plan.base)
    with torch.device("meta"):
        model = _untrained(plan)[0]
    if plan.student_base is not None:
        check_student_base(model, plan.student_base)
    return count(model)


def shape_of(student: Student, base: Base) -> StudentShape:
    """The shape of a student of a base model."""
    return StudentShape(
        cell=student.cell,
        vocab_size=base.config.vocab_size,
        width=base.config.n_embd,
        hidden=student.hidden or base.config.n_embd,
        layers=student.layers,
        bidirectional=student.bidirectional,
        pooling=student.pooling,
        embedding_rank=student.embedding_rank,
    )


def _untrained(plan: StudentPlan) -> tuple[RecurrentClassifier, StudentShape]:
    student, shape = plan.student, shape_of(plan.student, plan.base)
    model = RecurrentClassifier(shape, plan.spec.training.dropout)
    for part in (model.embedding, model.projection):
        if part is not None:
            part.requires_grad_(not student.freeze_embeddings)
    return model, shape
