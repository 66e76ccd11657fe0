"""Measure a run on a split: what it was stored with, or any other corpus."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from colacli.config import Checked, setting
from colacli.data.corpus import IN_DOMAIN_DEV
from colacli.data.locate import find_corpus
from colacli.devices import resolve_device
from colacli.events import OnEvent, Work, ignore
from colacli.store.refs import resolve_one
from colacli.store.run import Predictions

if TYPE_CHECKING:
    from colacli.data.corpus import Corpus, Split
    from colacli.metrics import Metrics
    from colacli.store.run import Run
    from colacli.store.store import Store

_FILE = "predictions.tsv"


@dataclass(frozen=True, kw_only=True)
class EvaluateOptions(Checked):
    """What a run is measured on, and where that is done."""

    data: str | None = setting(
        None, "Corpus: cola, an imported name, a folder or a file.", shown_default="the run's own"
    )
    split: str | None = setting(None, "Split to measure on.", shown_default="in_domain_dev, or the only one")
    batch_size: int = setting(128, "Sentences at a time; changes no more than a last digit.", minimum=1)
    base: Path | None = setting(None, "Folder of the run's base model, if it has moved.", shown_default="where it was")
    device: str = setting("auto", "auto, cpu, cuda, cuda:INDEX or mps.")


@dataclass(frozen=True)
class Evaluation:
    """One run measured on one split."""

    run: Run
    data: str
    split: str
    metrics: Metrics
    cached: bool


def evaluate(reference: str, options: EvaluateOptions, store: Store, on_event: OnEvent = ignore) -> Evaluation:
    """All metrics of a run on a split.

    Raises:
        UnknownReferenceError: the reference is not one run.
        ColacliError: the data or the base model can't be used.
    """
    run = resolve_one(store, reference)
    data = options.data if options.data is not None else run.manifest.sources.get("data", "cola")
    corpus = find_corpus(store, data, on_event)
    split = corpus.split(options.split or default_split(corpus))
    known = stored_predictions(run, split, store)
    predictions = known or _predict(run, split, options, store, on_event)
    return Evaluation(run, corpus.origin, split.name, predictions.measure(), known is not None)


def default_split(corpus: Corpus) -> str:
    """The split that is measured when none is named: the only one, else in_domain_dev."""
    return next(iter(corpus.splits)) if len(corpus.splits) == 1 else IN_DOMAIN_DEV


def stored_predictions(run: Run, split: Split, store: Store) -> Predictions | None:
    """Predictions made before on these very sentences: with the run, or by an earlier evaluation."""
    for name, digest in run.spec.data.items():
        if digest == split.digest and name in run.metrics:
            return run.predictions(name)
    if cached := store.find_cached("predictions", _spec(run, split)):
        path = cached.file(_FILE)
        return Predictions.from_bytes(path.read_bytes(), str(path))
    return None


def _spec(run: Run, split: Split) -> dict[str, object]:
    return {"kind": "predictions", "revision": 1, "run": run.key, "split": split.digest}


def _predict(run: Run, split: Split, options: EvaluateOptions, store: Store, on_event: OnEvent) -> Predictions:
    from colacli.workflows.judging import load_judge, logits_on

    started = time.perf_counter()
    judge = load_judge(run, store, options.base, resolve_device(options.device), on_event)
    work = Work(f"judging {split.name}", 0, len(split))
    logits = logits_on(judge, split, store, on_event, work, options.batch_size)
    predictions = Predictions(split.labels, logits.tolist())
    with store.draft(_spec(run, split)) as draft:
        draft.write(_FILE, predictions.to_bytes())
        store.commit("cache/predictions", draft, seconds=time.perf_counter() - started)
    return predictions
