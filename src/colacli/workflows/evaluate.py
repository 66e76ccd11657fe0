"""Measure a run on a split: what it was stored with, or any other corpus."""

from __future__ import annotations

import time
from collections.abc import Container, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from colacli.config import Checked, setting
from colacli.data.corpus import DEV_SPLITS, IN_DOMAIN_DEV, Corpus, Sentence, Split
from colacli.data.layout import AS_USUAL, Layout, check_layout
from colacli.data.locate import find_corpus
from colacli.devices import resolve_device
from colacli.errors import DataError
from colacli.events import OnEvent, Work, ignore
from colacli.metrics import Metrics, Predictions
from colacli.results import check_judges, check_results, metrics_of, predictions_of
from colacli.statistics.calibration import Calibration, calibrate
from colacli.store.refs import resolve_one
from colacli.store.run import Run
from colacli.store.store import Store
from colacli.training.requests import DEVICE, MOVED_BASE
from colacli.workflows.breakdown import (
    Breakdown,
    break_down,
    changed_corpus,
    layout_of,
    own_corpus,
    stored_sentences,
    training_texts,
)
from colacli.workflows.lengths import Lengths, lengths_of
from colacli.workflows.splits import (
    SplitMeasures,
    dev_splits,
    measure_split,
    parts_of,
    pool,
    stored_predictions,
)

_KIND = "predictions"
_FILE = "predictions.tsv"


@dataclass(frozen=True, kw_only=True)
class EvaluateOptions(Checked):
    """What a run is measured on, and where that is done."""

    data: str | None = setting(
        None, "Corpus: cola, sample, an imported name, a folder or a file.", shown_default="the run's own"
    )
    layout: Layout = AS_USUAL
    split: str | None = setting(
        None, "Split to measure on; pooled_dev is both dev splits.", shown_default="in_domain_dev, or the only one"
    )
    batch_size: int = setting(256, "Sentences at a time; changes no more than a last digit.", minimum=1)
    base: Path | None = MOVED_BASE
    device: str = DEVICE


@dataclass(frozen=True)
class SentencePredictions:
    """The sentences of a split and a run's predictions for them."""

    sentences: Sequence[Sentence]
    predictions: Predictions
    trained_on: frozenset[str] | None
    """The run's training sentences, where they are here."""
    lengths: Lengths

    def breakdown(self) -> Breakdown:
        """The measurement in parts."""
        return break_down(self.sentences, self.predictions, self.trained_on, self.lengths)


@dataclass(frozen=True)
class Evaluation:
    """One run measured on one split, and its measures on the other dev splits."""

    run: Run
    data: str
    split: str
    metrics: Metrics
    calibration: Calibration | None
    """None where there is no sentence."""
    cached: bool
    breakdown: Breakdown | None = None
    """None where the sentences are not to be had."""
    missing: str = ""
    """Why they are not."""
    splits: dict[str, SplitMeasures] = field(default_factory=dict)
    """The split alone where it was asked for; else every dev split that there is, and both pooled."""
    by_sentence: SentencePredictions | None = None
    """None where the sentences are not to be had."""


def evaluate(reference: str, options: EvaluateOptions, store: Store, on_event: OnEvent = ignore) -> Evaluation:
    """All metrics of a run on a split, whole and in parts: by default what it was stored with.

    Raises:
        UnknownReferenceError: the reference is not one run.
        ColacliError: the data or the base model can't be used.
    """
    return evaluate_run(resolve_one(store, reference), options, store, on_event)


def evaluate_run(run: Run, options: EvaluateOptions, store: Store, on_event: OnEvent = ignore) -> Evaluation:
    """The same of a run.

    Raises:
        ColacliError: the data or the base model can't be used.
    """
    check_results(run)
    check_judges(run)
    check_layout(options.data, options.layout)
    metrics = metrics_of(run)
    name = options.split or (IN_DOMAIN_DEV if IN_DOMAIN_DEV in metrics else next(iter(metrics)))
    if options.data is None and all(part in metrics for part in parts_of(name)):
        return _recall(run, _shown(name, options, metrics), store)
    corpus = _corpus(run, options, store, on_event)
    names = _shown(options.split or default_split(corpus), options, corpus.splits)
    splits = {part: corpus.split(part) for name in names for part in parts_of(name)}
    for split in splits.values():
        if options.data is None and split.digest != run.spec.data.get(split.name, split.digest):
            raise changed_corpus(run, corpus, split.name)
    stored = {part: _stored(run, split, store) for part, split in splits.items()}
    predictions = {
        part: stored[part] or _predict(run, split, options, store, on_event) for part, split in splits.items()
    }
    by_name = pool(predictions, names)
    evaluation = _measured(run, corpus.origin, by_name, cached=None not in stored.values())
    trained_on = None
    with suppress(DataError):  # its training sentences need not be here to measure it elsewhere
        trained_on = training_texts(run, own_corpus(run, store))
    sentences = [sentence for part in parts_of(names[0]) for sentence in splits[part].sentences]
    lengths = lengths_of(run, [sentence.text for sentence in sentences], options.base)
    return _broken_down(evaluation, SentencePredictions(sentences, by_name[names[0]], trained_on, lengths))


def _corpus(run: Run, options: EvaluateOptions, store: Store, on_event: OnEvent) -> Corpus:
    if options.data is not None:
        return find_corpus(store, options.data, on_event, options.layout)
    return find_corpus(store, _own_data(run), on_event, layout_of(run))


def _shown(split: str, options: EvaluateOptions, there: Container[str]) -> list[str]:
    """The split that is measured, and the other dev splits where none was asked for."""
    others = dev_splits(there) if options.split is None and split in DEV_SPLITS else []
    return [split, *(name for name in others if name != split)]


def _measured(run: Run, data: str, predictions: dict[str, Predictions], *, cached: bool) -> Evaluation:
    """Everything that needs no sentences, of predictions by split; the first split is the one that is measured."""
    splits = {name: measure_split(one) for name, one in predictions.items()}
    name, first = next(iter(predictions.items()))
    calibration = calibrate(first.labels, first.logits)
    return Evaluation(run, data, name, splits[name].metrics, calibration, cached, splits=splits)


def default_split(corpus: Corpus) -> str:
    """The split that is measured when none is named: the only one, else in_domain_dev."""
    return next(iter(corpus.splits)) if len(corpus.splits) == 1 else IN_DOMAIN_DEV


def _recall(run: Run, names: list[str], store: Store) -> Evaluation:
    """What a run was stored with. Its corpus need not be here: only the breakdown asks for it."""
    predictions = stored_predictions(run, names)
    evaluation = _measured(run, _own_data(run), predictions, cached=True)
    first = predictions[names[0]]
    try:
        corpus = own_corpus(run, store)
        parts = [stored_sentences(run, part, corpus) for part in parts_of(names[0])]
        sentences = [sentence for part in parts for sentence in part or ()]
        if [sentence.label for sentence in sentences] != first.labels:
            raise changed_corpus(run, corpus, names[0])
    except DataError as error:
        return replace(evaluation, missing=f"{error.message}; {error.hint}")
    lengths = lengths_of(run, [sentence.text for sentence in sentences])
    return _broken_down(evaluation, SentencePredictions(sentences, first, training_texts(run, corpus), lengths))


def _broken_down(evaluation: Evaluation, by_sentence: SentencePredictions) -> Evaluation:
    return replace(evaluation, breakdown=by_sentence.breakdown(), by_sentence=by_sentence)


def _own_data(run: Run) -> str:
    return run.manifest.sources.get("data", "")


def _stored(run: Run, split: Split, store: Store) -> Predictions | None:
    """Predictions made before on these very sentences: with the run, or by an earlier evaluation."""
    for name, digest in run.spec.data.items():
        if digest == split.digest and name in metrics_of(run):
            return predictions_of(run, name)
    content = store.find_cached(_KIND, _spec(run, split), _FILE)
    return Predictions.from_bytes(content, f"cached {_KIND}") if content else None


def _spec(run: Run, split: Split) -> dict[str, object]:
    return {"kind": _KIND, "revision": 3, "run": run.key, "content": run.content, "split": split.digest}


def _predict(run: Run, split: Split, options: EvaluateOptions, store: Store, on_event: OnEvent) -> Predictions:
    from colacli.training.predictor import load_predictor

    started = time.perf_counter()
    predictor = load_predictor(run, store, options.base, resolve_device(options.device), on_event)
    work = Work(f"judging {split.name}", 0, len(split))
    logits = predictor.on_split(split, store, on_event, work, batch_size=options.batch_size)
    predictions = Predictions(split.labels, logits.tolist())
    seconds, content = time.perf_counter() - started, predictions.to_bytes()
    store.put_cached(_KIND, _spec(run, split), _FILE, content, seconds=seconds, device=predictor.device)
    return predictions
