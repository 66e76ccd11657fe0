"""The baseline without a network: logistic regression on n-grams."""

from __future__ import annotations

from dataclasses import dataclass

from colacli.data.corpus import training_digests
from colacli.data.locate import find_corpus
from colacli.events import OnEvent, ignore
from colacli.ngrams import Ngrams
from colacli.store.spec import Spec
from colacli.store.store import Store
from colacli.training.baselines import NgramsPlan, fixed_training
from colacli.training.look_up import look_up
from colacli.training.plan import DryRun, RunResult, Verb
from colacli.training.requests import DataChoice, Execution, FitOptions

REVISION = 1
"""Bumped by hand when its numbers change for the same options."""


@dataclass(frozen=True, kw_only=True)
class NgramsRequest:
    """All that `baseline ngrams` can be asked."""

    data: DataChoice = DataChoice()
    ngrams: Ngrams = Ngrams()
    fit: FitOptions = FitOptions()

    @property
    def execution(self) -> Execution:
        """As of a training verb."""
        return self.fit.execution()


def baseline_ngrams(request: NgramsRequest, store: Store, on_event: OnEvent = ignore) -> RunResult | DryRun:
    """A logistic regression on TF-IDF of n-grams.

    Raises:
        ColacliError: the data or an option can't be used, or scikit-learn is not installed; see `errors`.
    """
    plan = plan_baseline_ngrams(request, store, on_event)
    if (result := look_up(plan, store, on_event)) is not None:
        return result

    from colacli.models.ngrams import fit_ngrams
    from colacli.training.measure import write_baseline
    from colacli.training.run import open_run

    with open_run(plan, store, on_event) as run:
        train = plan.sentences.train
        model = fit_ngrams(plan.vectorizers, train.texts, train.labels, plan.ngrams.c)
        model.save(run.folder)
        log_odds = {name: model.log_odds_of(split.texts) for name, split in plan.sentences.splits.items()}
        return run.commit(write_baseline(run, plan, log_odds))


def plan_baseline_ngrams(request: NgramsRequest, store: Store, on_event: OnEvent) -> NgramsPlan:
    """Everything that can be decided before anything is computed."""
    corpus = find_corpus(store, request.data.data, on_event, request.data.layout)
    spec = Spec(
        command="baseline.ngrams",
        revision=REVISION,
        data=training_digests(corpus, request.fit.validation),
        training=fixed_training(request.fit),
        ngrams=request.ngrams,
    )
    return NgramsPlan(spec=spec, base=None, corpus=corpus, device="cpu", request=request, ngrams=request.ngrams)


BASELINE_NGRAMS = Verb("baseline.ngrams", NgramsRequest, plan_baseline_ngrams, baseline_ngrams)
