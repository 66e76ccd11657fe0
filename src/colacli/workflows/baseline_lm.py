"""The baseline of an untuned language model: what it knows before anybody tunes it."""

from __future__ import annotations

from dataclasses import dataclass

from colacli.data.corpus import TRAIN, training_digests
from colacli.data.locate import find_corpus
from colacli.devices import resolve_device
from colacli.events import OnEvent, ignore
from colacli.models.base import find_base
from colacli.models.config import read_generation_config
from colacli.store.spec import Spec
from colacli.store.store import Store
from colacli.training.baselines import LmPlan, fixed_training
from colacli.training.look_up import look_up
from colacli.training.plan import DryRun, RunResult, Verb
from colacli.training.requests import DEVICE, BaseChoice, DataChoice, Execution, FitOptions

REVISION = 3
"""Bumped by hand when its numbers change for the same options."""


@dataclass(frozen=True, kw_only=True)
class LmRequest:
    """All that `baseline lm` can be asked."""

    base: BaseChoice = BaseChoice()
    data: DataChoice = DataChoice()
    fit: FitOptions = FitOptions()
    device: str = DEVICE

    @property
    def execution(self) -> Execution:
        """As of a training verb."""
        return self.fit.execution(self.device)


def baseline_lm(request: LmRequest, store: Store, on_event: OnEvent = ignore) -> RunResult | DryRun:
    """A logistic regression on a language model's probabilities of sentences.

    Raises:
        ColacliError: the base or the data can't be used, or scikit-learn is not installed; see `errors`.
    """
    plan = plan_baseline_lm(request, store, on_event)
    if (result := look_up(plan, store, on_event)) is not None:
        return result

    from colacli.models.lm_features import LmRegression
    from colacli.training.lm_baseline import lm_features
    from colacli.training.measure import write_baseline
    from colacli.training.run import open_run

    with open_run(plan, store, on_event) as run:
        features = lm_features(plan, store, on_event)
        model = LmRegression.fit(features.by_split[TRAIN], plan.sentences.train.labels, features.start)
        model.save(run.folder, features.counts)
        log_odds = {name: model.log_odds(some) for name, some in features.by_split.items()}
        return run.commit(write_baseline(run, plan, log_odds))


def plan_baseline_lm(request: LmRequest, store: Store, on_event: OnEvent) -> LmPlan:
    """Everything that can be decided before anything is computed."""
    device = resolve_device(request.device)
    base = find_base(store, request.base.variant, request.base.base, on_event, fresh=request.fit.force)
    corpus = find_corpus(store, request.data.data, on_event, request.data.layout)
    spec = Spec(
        command="baseline.lm",
        revision=REVISION,
        base=base.digests,
        data=training_digests(corpus, request.fit.validation),
        training=fixed_training(request.fit),
        start_token=read_generation_config(base.folder).bos_token_id,
    )
    return LmPlan(spec=spec, base=base, corpus=corpus, device=device, request=request)


BASELINE_LM = Verb("baseline.lm", LmRequest, plan_baseline_lm, baseline_lm)
