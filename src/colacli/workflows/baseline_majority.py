"""The baseline that does not read its sentences."""

from __future__ import annotations

from dataclasses import dataclass

from colacli.data.corpus import training_digests
from colacli.data.locate import find_corpus
from colacli.events import OnEvent, ignore
from colacli.store.spec import Spec
from colacli.store.store import Store
from colacli.training.baselines import MajorityPlan, fixed_training
from colacli.training.look_up import look_up
from colacli.training.plan import DryRun, RunResult, Verb
from colacli.training.requests import DataChoice, Execution, FitOptions

REVISION = 1
"""Bumped by hand when its numbers change for the same options."""


@dataclass(frozen=True, kw_only=True)
class MajorityRequest:
    """All that `baseline majority` can be asked."""

    data: DataChoice = DataChoice()
    fit: FitOptions = FitOptions()

    @property
    def execution(self) -> Execution:
        """As of a training verb."""
        return self.fit.execution()


def baseline_majority(request: MajorityRequest, store: Store, on_event: OnEvent = ignore) -> RunResult | DryRun:
    """The log-odds of the labels of train, for every sentence.

    Raises:
        ColacliError: the data can't be used; see `errors`.
    """
    plan = plan_baseline_majority(request, store, on_event)
    if (result := look_up(plan, store, on_event)) is not None:
        return result

    from colacli.models.majority import Majority
    from colacli.training.measure import write_baseline
    from colacli.training.run import open_run

    with open_run(plan, store, on_event) as run:
        model = Majority.of(plan.sentences.train.labels)
        model.save(run.folder)
        log_odds = {name: model.log_odds_of(split.texts) for name, split in plan.sentences.splits.items()}
        return run.commit(write_baseline(run, plan, log_odds))


def plan_baseline_majority(request: MajorityRequest, store: Store, on_event: OnEvent) -> MajorityPlan:
    """Everything that can be decided before anything is computed."""
    corpus = find_corpus(store, request.data.data, on_event, request.data.layout)
    spec = Spec(
        command="baseline.majority",
        revision=REVISION,
        data=training_digests(corpus, request.fit.validation),
        training=fixed_training(request.fit),
    )
    return MajorityPlan(spec=spec, base=None, corpus=corpus, device="cpu", request=request)


BASELINE_MAJORITY = Verb("baseline.majority", MajorityRequest, plan_baseline_majority, baseline_majority)
