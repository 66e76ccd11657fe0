"""What both students' verbs share: the network, built and trained; only the objective differs."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import torch

from colacli.config import Student
from colacli.models.lora import count
from colacli.models.student import RecurrentClassifier, StudentShape
from colacli.models.tokenizer import load_tokenizer
from colacli.models.weights import load_embedding, save_student
from colacli.store.spec import Spec
from colacli.training import Objective, make_deterministic
from colacli.workflows.learning import Material, learn, prepare

if TYPE_CHECKING:
    from colacli.data.corpus import Corpus
    from colacli.events import OnEvent
    from colacli.ledger import Ledger
    from colacli.models.base import Base
    from colacli.store.store import Draft, Store
    from colacli.workflows.making import Outcome

TOKENIZER = "tokenizer.json"


def train_recurrent(
    draft: Draft,
    spec: Spec,
    base: Base,
    corpus: Corpus,
    device: str,
    store: Store,
    on_event: OnEvent,
    objective: Callable[[Material], Objective],
) -> Outcome:
    """Fill a student's run folder.

    The tokenizer is copied into it, so that a student needs its base model no more.

    Args:
        draft: where the files go.
        spec: what is made.
        base: gives the tokenizer and the initial embeddings.
        corpus: what is learnt from and measured on.
        device: a torch device's name.
        store: for the tokenised splits.
        on_event: told what is going on.
        objective: from the prepared corpus to what is minimised.
    """
    tokenizer = load_tokenizer(base.folder)
    material = prepare(store, corpus, spec, base, tokenizer, on_event)
    minimised = objective(material)
    make_deterministic(spec.training.seed)
    model, shape = build(spec, base)
    model.to(device)
    outcome = learn(draft, spec, model, minimised, material, device, on_event)
    save_student(draft.path, model, shape)
    tokenizer.save(str(draft.path / TOKENIZER))
    return outcome


def build(spec: Spec, base: Base) -> tuple[RecurrentClassifier, StudentShape]:
    """A new student: all of it drawn at random first, so that the embeddings' choice changes nothing else."""
    model, shape = _untrained(spec, base)
    model.dtype = torch.bfloat16 if spec.training.precision == "bf16" else torch.float32
    if _student(spec).embeddings == "teacher":
        with torch.no_grad():
            model.embedding.weight.copy_(load_embedding(base.folder))
    return model, shape


def count_recurrent(spec: Spec, base: Base) -> Ledger:
    """A student's ledger, on the meta device: no memory, no weights."""
    with torch.device("meta"):
        return count(_untrained(spec, base)[0])


def _untrained(spec: Spec, base: Base) -> tuple[RecurrentClassifier, StudentShape]:
    student = _student(spec)
    shape = StudentShape(
        cell=student.cell,
        vocab_size=base.config.vocab_size,
        width=base.config.n_embd,
        hidden=student.hidden or base.config.n_embd,
        layers=student.layers,
    )
    model = RecurrentClassifier(shape, spec.training.dropout)
    model.embedding.requires_grad_(not student.freeze_embeddings)
    return model, shape


def _student(spec: Spec) -> Student:
    assert spec.student is not None, "a student's spec has a student section"
    return spec.student
