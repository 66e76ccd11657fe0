"""Which epoch a training keeps, and when it stops: as the validation sentences say."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import nn

from colacli.errors import TrainingError
from colacli.events import Epoch
from colacli.kernels.packing import Tokens
from colacli.models.inference import InferenceModel
from colacli.training.datasets import Dataset
from colacli.training.fit import cross_entropy_objective, evaluate
from factories.fitting import QUICK, fitted, separable, splits, trained_student


class Scripted(nn.Module):
    """Gives the validation sentences as many right answers, epoch by epoch, as a list says."""

    def __init__(self, right):
        super().__init__()
        self.right = right
        self.weight = nn.Parameter(torch.zeros(()))
        self.epoch = 0

    def train(self, mode=True):
        """Each time that it is put into training an epoch begins."""
        self.epoch += mode
        return super().train(mode)

    def forward(self, batch):
        """Logits (B, 2): in training by the weight alone, else by the sentence's number and the script."""
        if self.training:
            return torch.stack([self.weight.expand(len(batch.lengths)), torch.zeros(len(batch.lengths))], dim=1)
        number = batch.ids[batch.last]  # (B,)
        label = number % 2
        answer = torch.where(number < self.right[self.epoch - 1], label, 1 - label)
        return torch.stack([1.0 - answer, answer.float()], dim=1)


def scripted(right, **changes):
    """What came of training on a script of right answers among eight; with the model and its weights."""
    split = Dataset(Tokens(torch.arange(8).int(), torch.ones(8, dtype=torch.int64)), torch.arange(8) % 2)
    model = Scripted(right).eval()
    epoch_weights = []

    def keep(event):
        if isinstance(event, Epoch):
            epoch_weights.append(model.weight.item())

    training = replace(QUICK, epochs=len(right), **changes)
    objective = cross_entropy_objective(torch.zeros(8, dtype=torch.int64), "cpu")  # moves the weight every step
    return model, fitted(model, objective, splits(split), training, keep), epoch_weights


@pytest.mark.parametrize(
    ("right", "expected"),
    [
        pytest.param([2, 6, 4], 2, id="the best in the middle"),
        pytest.param([2, 6, 6], 2, id="of equals the earlier"),
        pytest.param([0, 0, 0], 1, id="nothing right"),
        pytest.param([2, 4, 8], 3, id="the last is the best"),
    ],
)
def test_the_best_epochs_weights_are_kept(right, expected):
    """The model is left with the weights that it had after the epoch of the best accuracy."""
    model, result, epoch_weights = scripted(right)
    assert result.best_epoch == expected
    assert model.weight.item() == epoch_weights[expected - 1]
    assert len(set(epoch_weights)) == len(epoch_weights)


def test_the_last_epochs_weights_are_kept():
    """With `last` the model is left as the last epoch made it, however bad that is."""
    model, result, epoch_weights = scripted([8, 6, 2], select="last")
    assert result.best_epoch == 3
    assert model.weight.item() == epoch_weights[2]


def test_what_is_kept_measures_as_its_record():
    """After training, the model's metrics are those recorded for the best epoch."""
    student, result = trained_student(replace(QUICK, epochs=6))
    metrics = evaluate(InferenceModel(student), separable(30, 1)).measure()
    record = result.history[result.best_epoch - 1]
    assert (metrics.accuracy, metrics.mcc, metrics.loss) == (record.dev_accuracy, record.dev_mcc, record.dev_loss)


@pytest.mark.parametrize(
    ("patience", "expected"), [(0, 8), (1, 3), (2, 6), (3, 8)], ids=["never", "one", "two", "three"]
)
def test_patience_stops(patience, expected):
    """Training ends after as many epochs in a row without a better one; 0 goes through to the end."""
    _, result, _ = scripted([2, 4, 3, 5, 5, 4, 6, 1], patience=patience)
    assert len(result.history) == expected


def test_the_best_is_kept_when_patience_stops():
    """Stopped early, the best epoch's weights are restored all the same."""
    model, result, epoch_weights = scripted([2, 4, 3, 5], patience=1)
    assert result.best_epoch == 2
    assert model.weight.item() == epoch_weights[1]


def test_an_auc_is_recorded_where_it_chooses():
    """It is that of the validation sentences; where another measure chooses there is none."""
    _, result, _ = scripted([8, 4, 0], select_by="auc")
    _, by_accuracy, _ = scripted([8, 4, 0])

    assert [epoch.dev_auc for epoch in result.history] == [1.0, 0.5, 0.0]
    assert [epoch.dev_auc for epoch in by_accuracy.history] == [None] * 3


def test_an_auc_of_one_label_is_refused_before_anything_is_trained():
    """The message says what to choose by instead."""
    lone = separable(30, 1)
    lone = replace(lone, labels=torch.ones_like(lone.labels))
    events = []
    with pytest.raises(TrainingError, match="--select-by auc is undefined"):
        trained_student(replace(QUICK, select_by="auc"), validation=lone, on_event=events.append)

    assert events == []
