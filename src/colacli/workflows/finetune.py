"""Tune GPT-2 with LoRA: the teacher."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from colacli.config import Lora, Training
from colacli.data.corpus import training_digests
from colacli.data.locate import find_corpus
from colacli.devices import resolve_device, resolve_precision
from colacli.events import OnEvent, ignore
from colacli.models.base import find_base
from colacli.store.spec import REVISIONS, Spec
from colacli.workflows.make_run import DryRun, Job, RunResult, make_run
from colacli.workflows.requests import BaseChoice, DataChoice, Execution

if TYPE_CHECKING:
    from colacli.ledger import Ledger
    from colacli.store.attempt import Attempt
    from colacli.store.manifest import Result
    from colacli.store.store import Store


@dataclass(frozen=True, kw_only=True)
class FinetuneRequest:
    """All that `finetune` can be asked."""

    base: BaseChoice = BaseChoice()
    data: DataChoice = DataChoice()
    lora: Lora = Lora()
    training: Training = Training()
    execution: Execution = Execution()


def finetune(request: FinetuneRequest, store: Store, on_event: OnEvent = ignore) -> RunResult | DryRun:
    """A tuned GPT-2: its adapter, its numbers, its predictions.

    Raises:
        ColacliError: the base, the data or an option can't be used; see `errors`.
    """
    device = resolve_device(request.execution.device)
    fresh = request.execution.force
    base = find_base(store, request.base.variant, request.base.base, on_event, fresh=fresh)
    corpus = find_corpus(store, request.data.data, on_event)
    spec = Spec(
        command="finetune",
        revision=REVISIONS["finetune"],
        base=base.digests,
        data=training_digests(corpus, request.training.validation),
        training=replace(request.training, precision=resolve_precision(request.training.precision, device)),
        lora=request.lora.resolved(),
    )
    job = Job(spec, base, corpus, device, store, on_event, request)
    return make_run(job, _count, _train)


def _train(job: Job, attempt: Attempt) -> Result:
    import torch

    from colacli.models.adapters import save_adapter
    from colacli.models.lora import add_lora, count
    from colacli.models.tokenizer import load_tokenizer
    from colacli.models.weights import load_classifier, to_precision
    from colacli.training import cross_entropy_objective, make_deterministic
    from colacli.workflows.train_and_measure import prepare, train_and_measure

    how, lora = job.spec.training, _lora(job)
    material = prepare(job, load_tokenizer(job.base.tokenizer, job.base.folder))
    make_deterministic(how.seed)
    model = load_classifier(job.base)
    add_lora(model, lora, how.dropout)
    to_precision(model, torch.bfloat16 if how.precision == "bf16" else torch.float32)
    model.to(job.device)
    objective = cross_entropy_objective(material.train.labels, job.device)
    result = train_and_measure(job, attempt, model, count(model), objective, material)
    save_adapter(attempt.draft.path, model, lora, dropout=how.dropout, base=job.base.public_name)
    return result


def _count(job: Job) -> Ledger:
    """The ledger of the adapted model, on the meta device: no memory, no weights."""
    import torch

    from colacli.models.gpt2 import Classifier
    from colacli.models.lora import add_lora, check_for_peft, count
    from colacli.models.weights import check_weights

    check_weights(job.base)
    with torch.device("meta"):
        model = Classifier(job.base.config)
    check_for_peft(model, _lora(job))
    add_lora(model, _lora(job), 0.0)
    return count(model)


def _lora(job: Job) -> Lora:
    assert job.spec.lora is not None, "a finetune's spec has a lora section"
    return job.spec.lora
