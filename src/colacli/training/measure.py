"""What a finished training leaves in its run's folder beside the weights: predictions, numbers, history, card."""

from __future__ import annotations

import json
from dataclasses import asdict

from torch import nn

from colacli.events import Epoch
from colacli.metrics import Predictions
from colacli.models.inference import InferenceModel
from colacli.parameters import ParameterCounts
from colacli.results import HISTORY, METRICS, predictions_file
from colacli.store.canonical import canonical
from colacli.training.card import model_card
from colacli.training.datasets import Datasets
from colacli.training.fit import FitResult, check_finite, predict
from colacli.training.plan import Plan
from colacli.training.run import OpenRun


def history_line(epoch: Epoch) -> bytes:
    """A line of the history, without what is None."""
    record = {name: value for name, value in asdict(epoch).items() if value is not None}
    return json.dumps(record, sort_keys=True, allow_nan=False).encode() + b"\n"


def write_results(
    run: OpenRun, plan: Plan, model: nn.Module, parameters: ParameterCounts, datasets: Datasets, fit_result: FitResult
) -> None:
    """Measure a trained model on every dev split and write all that is known of it.

    Raises:
        TrainingError: a loss is not finite.
    """
    run.write(HISTORY, b"".join(history_line(epoch) for epoch in fit_result.history))
    predictor = InferenceModel(model)
    metrics = {}
    for name, dataset in datasets.measured.items():
        logits = predict(predictor, dataset.tokens, plan.device)
        predictions = Predictions(dataset.labels.tolist(), logits.tolist())
        metrics[name] = predictions.measure()
        check_finite(metrics[name].loss, f"the loss on {name}")
        run.write(predictions_file(name), predictions.to_bytes())
    run.write(METRICS, canonical(metrics))
    card = model_card(plan.spec, plan.about, metrics, fit_result.best_epoch, parameters)
    run.write("README.md", card.encode())
