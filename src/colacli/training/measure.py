"""What a finished training, or a fit, leaves in its run beside weights: predictions, numbers, history, card."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict

from torch import Tensor, nn

from colacli.data.corpus import TRAIN
from colacli.events import Epoch
from colacli.metrics import Predictions
from colacli.models.inference import InferenceModel
from colacli.models.logistic import two_logits
from colacli.parameters import ParameterCounts
from colacli.perplexity import PERPLEXITY, NextTokenMetrics
from colacli.results import HISTORY, METRICS, predictions_file
from colacli.store.canonical import canonical
from colacli.store.manifest import Result
from colacli.training.baselines import BaselinePlan
from colacli.training.card import language_model_card, model_card
from colacli.training.datasets import Dataset
from colacli.training.fit import FitResult, check_finite, predict
from colacli.training.plan import Plan
from colacli.training.run import OpenRun


def history_line(epoch: Epoch) -> bytes:
    """A line of the history, without what is None."""
    record = {name: value for name, value in asdict(epoch).items() if value is not None}
    return json.dumps(record, sort_keys=True, allow_nan=False).encode() + b"\n"


def write_results(
    run: OpenRun,
    plan: Plan,
    model: nn.Module,
    parameters: ParameterCounts,
    measured: Mapping[str, Dataset],
    fit_result: FitResult,
) -> None:
    """Measure a trained model on every dev split and write all that is known of it.

    Raises:
        TrainingError: a loss is not finite.
    """
    predictor = InferenceModel(model)
    predictions = {
        name: Predictions(dataset.labels.tolist(), predict(predictor, dataset.tokens).tolist())
        for name, dataset in measured.items()
    }
    _write(run, plan, predictions, parameters, fit_result)


def write_baseline(run: OpenRun, plan: BaselinePlan, log_odds: Mapping[str, Tensor]) -> Result:
    """Measure a baseline as a trained model is measured. Its history is one line: a fit has no epochs, steps or tokens.

    Args:
        run: open.
        plan: its plan.
        log_odds: by split, of its sentences (n,), that they are acceptable.

    Raises:
        TrainingError: a loss is not finite.
    """
    predictions = {
        name: Predictions(split.labels, two_logits(log_odds[name]).tolist())
        for name, split in plan.sentences.splits.items()
    }
    train, dev = predictions.pop(TRAIN).measure(), predictions[plan.sentences.validation].measure()
    epoch = Epoch(1, 0.0, 0, train.loss, train.accuracy, train.mcc, dev.loss, dev.accuracy, dev.mcc)
    parameters = plan.count_parameters()
    _write(run, plan, predictions, parameters, FitResult(1, [epoch]))
    return Result(1, parameters)


def write_language_model(
    run: OpenRun,
    plan: Plan,
    by_direction: Mapping[str, NextTokenMetrics],
    parameters: ParameterCounts,
    fit_result: FitResult,
) -> None:
    """Write what is known of recurrent layers that were trained on a text: no split, so no metrics of any."""
    run.write(HISTORY, b"".join(history_line(epoch) for epoch in fit_result.history))
    run.write(METRICS, canonical({}))
    run.write(PERPLEXITY, canonical(by_direction))
    card = language_model_card(plan.spec, plan.about, by_direction, fit_result.best_epoch, parameters)
    run.write("README.md", card.encode())


def _write(
    run: OpenRun, plan: Plan, by_split: dict[str, Predictions], parameters: ParameterCounts, fit_result: FitResult
) -> None:
    run.write(HISTORY, b"".join(history_line(epoch) for epoch in fit_result.history))
    metrics = {}
    for name, predictions in by_split.items():
        metrics[name] = predictions.measure()
        check_finite(metrics[name].loss, f"the loss on {name}")
        run.write(predictions_file(name), predictions.to_bytes())
    run.write(METRICS, canonical(metrics))
    card = model_card(plan.spec, plan.about, metrics, fit_result.best_epoch, parameters)
    run.write("README.md", card.encode())
