"""Tune GPT-2 with LoRA: the teacher."""

from __future__ import annotations

from dataclasses import dataclass

from colacli.config import Lora, Training
from colacli.data.corpus import training_digests
from colacli.data.locate import find_corpus
from colacli.devices import resolve_device, resolve_precision
from colacli.events import Counted, OnEvent, ignore
from colacli.models.base import find_base
from colacli.store.manifest import Result
from colacli.store.spec import Spec
from colacli.store.store import Store
from colacli.training.look_up import look_up
from colacli.training.plan import DryRun, RunResult, TeacherPlan, Verb
from colacli.training.ranks import current
from colacli.training.requests import BaseChoice, DataChoice, Execution

REVISION = 8
"""Bumped by hand when its numbers change for the same options."""


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
    plan = plan_finetune(request, store, on_event)
    if (result := look_up(plan, store, on_event)) is not None:
        return result

    import torch

    from colacli.models.adapters import save_adapter
    from colacli.models.lora import add_lora, count
    from colacli.models.tokenizer import load_tokenizer
    from colacli.models.weights import load_classifier, to_precision
    from colacli.training.datasets import prepare
    from colacli.training.fit import cross_entropy_objective, make_deterministic
    from colacli.training.measure import write_results
    from colacli.training.run import open_run

    training = plan.spec.training
    with open_run(plan, store, on_event) as run:
        datasets = prepare(plan, load_tokenizer(plan.base.tokenizer, plan.base.folder), store, on_event)
        make_deterministic(training.seed)
        model = load_classifier(plan.base)
        add_lora(model, plan.lora, training.dropout)
        to_precision(model, torch.bfloat16 if training.precision == "bf16" else torch.float32)
        model.to(plan.device)
        parameters = count(model)
        on_event(Counted(parameters))
        objective = cross_entropy_objective(datasets.train.labels, plan.device)
        fit_result = run.fit(model, objective, datasets)
        write_results(run, plan, model, parameters, datasets.measured, fit_result)
        save_adapter(run.folder, model, plan.lora, dropout=training.dropout, base=plan.base.public_name)
        return run.commit(Result(fit_result.best_epoch, parameters))


def plan_finetune(request: FinetuneRequest, store: Store, on_event: OnEvent) -> TeacherPlan:
    """Everything that can be decided before anything is computed."""
    device = resolve_device(request.execution.device, current().local)
    fresh = request.execution.force
    base = find_base(store, request.base.variant, request.base.base, on_event, fresh=fresh)
    corpus = find_corpus(store, request.data.data, on_event, request.data.layout)
    lora = request.lora.resolved()
    spec = Spec(
        command="finetune",
        revision=REVISION,
        base=base.digests,
        data=training_digests(corpus, request.training.validation),
        training=request.training.resolved(resolve_precision(request.training.precision, device)),
        lora=lora,
        ranks=current().in_spec,
    )
    return TeacherPlan(spec=spec, base=base, corpus=corpus, device=device, request=request, lora=lora)


FINETUNE = Verb("finetune", FinetuneRequest, plan_finetune, finetune)
