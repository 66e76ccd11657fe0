"""The loop learns, keeps the epoch it says it keeps, repeats itself, and stops where it must."""

from __future__ import annotations

import json
from dataclasses import asdict, replace

import pytest
import torch
from torch import nn

from colacli.config import Lora, Training
from colacli.errors import TrainingError
from colacli.events import Epoch, Step, Work, ignore
from colacli.kernels.packing import Tokens
from colacli.metrics import Predictions
from colacli.models.inference import InferenceModel
from colacli.models.lora import add_lora, trained
from colacli.models.student import RecurrentClassifier, StudentShape
from colacli.models.weights import load_classifier
from colacli.training.datasets import Dataset
from colacli.training.fit import cross_entropy_objective, evaluate, fit, make_deterministic, predict
from factories.fitting import NoCheckpoints, splits
from factories.tiny import base_at

QUICK = Training(epochs=3, batch_size=16, learning_rate=1e-2, dropout=0.0)


@pytest.fixture(autouse=True)
def _as_it_was():
    """Leave torch's determinism as it was."""
    before = torch.are_deterministic_algorithms_enabled()
    yield
    torch.use_deterministic_algorithms(before)


def separable(count=60, seed=0):
    """Sentences of tokens 2..19 that are acceptable exactly when they end with token 1, not 0."""
    generator = torch.Generator().manual_seed(seed)
    lengths = torch.randint(2, 8, (count,), generator=generator)
    labels = torch.randint(0, 2, (count,), generator=generator)
    ids = torch.randint(2, 20, (int(lengths.sum()),), generator=generator)
    ids[lengths.cumsum(0) - 1] = labels
    return Dataset(Tokens(ids.int(), lengths), labels)


def a_student(dropout=0.0):
    """A small student; its initial weights come from torch's generator."""
    return RecurrentClassifier(StudentShape(cell="gru", vocab_size=20, width=8, hidden=8, layers=1), dropout)


def fitted(model, objective, datasets, training, on_event=ignore):
    """What comes out of training with no checkpoints."""
    return fit(model, objective, datasets, training, "cpu", on_event, NoCheckpoints())


def trained_student(training, train=None, validation=None, on_event=ignore, dropout=0.0):
    """A student trained from its seed on, and what came out."""
    make_deterministic(training.seed)
    student = a_student(dropout)
    train = train or separable()
    objective = cross_entropy_objective(train.labels, "cpu")
    return student, fitted(student, objective, splits(train, validation or separable(30, 1)), training, on_event)


def weights(model):
    """A copy of a model's parameters, by name."""
    return {name: one.detach().clone() for name, one in model.named_parameters()}


def same(first, second):
    """Whether two models' weights are equal to the bit."""
    return all(torch.equal(one, second[name]) for name, one in first.items())


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


def test_a_separable_task_is_learnt():
    """A student that needs the last token alone gets every sentence of both splits right."""
    student, result = trained_student(replace(QUICK, epochs=25))
    assert evaluate(InferenceModel(student), separable(30, 1)).measure().accuracy == 1.0
    assert result.history[-1].train_accuracy == 1.0
    assert result.history[-1].train_loss < result.history[0].train_loss / 2


def test_an_adapter_learns(tiny_base):
    """GPT-2 with an adapter learns the same task, and what is frozen stays to the bit."""
    make_deterministic(0)
    model = load_classifier(base_at(tiny_base))
    add_lora(model, Lora(), 0.0)
    before, moving = weights(model), set(trained(model))
    train = separable()
    objective = cross_entropy_objective(train.labels, "cpu")
    result = fitted(model, objective, splits(train), replace(QUICK, epochs=12))
    assert max(epoch.dev_accuracy for epoch in result.history) > 0.95
    assert {name for name, one in weights(model).items() if not torch.equal(one, before[name])} == moving


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


@pytest.mark.parametrize("value", ["nan", "inf"])
def test_a_loss_that_is_no_number_stops(value):
    """Training ends with an error that names the value, the epoch and the step."""
    train = separable(40)
    steps = iter(range(1, 100))

    def objective(logits, rows):
        return logits.sum() * (float(value) if next(steps) == 5 else 1.0)

    training = Training(epochs=3, batch_size=16)
    with pytest.raises(TrainingError, match=rf"epoch 2, step 2 became -?{value}"):
        fitted(a_student(), objective, splits(train), training)


def test_a_seed_repeats_its_weights():
    """The same seed gives the same weights and history to the bit, dropout on."""
    training = replace(QUICK, seed=5, dropout=0.3)
    (first, one), (second, two) = trained_student(training, dropout=0.3), trained_student(training, dropout=0.3)
    assert same(weights(first), weights(second))
    assert one == two


def test_another_seed_gives_other_weights():
    """Seeds differ in what they give."""
    (first, _), (second, _) = trained_student(QUICK), trained_student(replace(QUICK, seed=1))
    assert not same(weights(first), weights(second))


def test_dropout_leaves_the_datas_order_alone():
    """The order of the sentences hangs on the seed, not on what else draws at random."""
    orders = []
    for dropout in (0.0, 0.5):
        rows_seen = []
        torch.manual_seed(0)
        train = separable()

        def objective(logits, rows, seen=rows_seen, labels=train.labels):
            seen.append(rows.tolist())
            return nn.functional.cross_entropy(logits, labels[rows])

        fitted(a_student(dropout), objective, splits(train), QUICK)
        orders.append(rows_seen)
    assert orders[0] == orders[1]


def test_history_has_a_record_an_epoch():
    """One record an epoch, counted from 1, with the rate, the tokens so far and numbers that JSON can hold."""
    train = separable()
    _, result = trained_student(QUICK, train)
    total = len(train.tokens.ids)
    assert [record.epoch for record in result.history] == [1, 2, 3]
    assert [record.tokens for record in result.history] == [total, 2 * total, 3 * total]
    assert {record.learning_rate for record in result.history} == {QUICK.learning_rate}
    assert all(json.dumps(asdict(record), allow_nan=False) for record in result.history)


def test_events_are_steps_and_epochs():
    """Every step is told with the sentences so far, and every epoch's record after its steps."""
    events = []
    _, result = trained_student(replace(QUICK, epochs=2, batch_size=25), on_event=events.append)
    steps = [(event.epoch, event.step, event.steps, event.sentences) for event in events if isinstance(event, Step)]
    assert steps == [(epoch, step, 3, min(25 * step, 60)) for epoch in (1, 2) for step in (1, 2, 3)]
    assert [event for event in events if isinstance(event, Epoch)] == result.history
    assert isinstance(events[3], Epoch)


def test_the_training_loss_is_the_mean_over_sentences():
    """A last batch that is smaller counts by its sentences, not as a whole batch."""
    train = separable(10)
    values = iter([1.0, 1.0, 4.0])

    def objective(logits, rows):
        return logits.sum() * 0 + next(values)

    result = fitted(a_student(), objective, splits(train), Training(epochs=1, batch_size=4))
    assert result.history[0].train_loss == pytest.approx((4 * 1 + 4 * 1 + 2 * 4) / 10)


def test_a_clip_changes_the_result():
    """A small clip gives other weights than none; one that no gradient reaches gives the same."""
    free, small, large = [trained_student(replace(QUICK, clip=clip))[0] for clip in (None, 1e-9, 1e9)]
    assert not same(weights(free), weights(small))
    assert same(weights(free), weights(large))


@pytest.mark.parametrize("size", [1, 7, 64])
def test_predictions_keep_the_sentences_order(size):
    """Logits stand in the sentences' order whatever the batches, to 1e-6, in fp32, without a gradient."""
    torch.manual_seed(0)
    student, split = a_student(dropout=0.5), separable()
    alone = [student.eval()(split.tokens.batch(torch.tensor([row]))) for row in range(len(split))]
    logits = predict(InferenceModel(student.train()), split.tokens, batch_size=size)
    torch.testing.assert_close(logits, torch.cat(alone).detach(), rtol=0.0, atol=1e-6)
    assert not logits.requires_grad


def test_predictions_tell_how_far_they_are():
    """After every batch the sentences done so far are told, up to all."""
    events, work = [], Work("judging", 0, 20)
    predict(InferenceModel(a_student()), separable(20).tokens, 8, events.append, work)
    assert events == [replace(work, done=done) for done in (8, 16, 20)]


def test_evaluation_gives_predictions():
    """They are the model's logits, beside the split's labels."""
    student, split = a_student(), separable()
    logits = predict(InferenceModel(student), split.tokens)
    assert evaluate(InferenceModel(student), split) == Predictions(split.labels.tolist(), logits.tolist())
