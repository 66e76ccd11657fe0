"""The loop learns, keeps the epoch it says it keeps, repeats itself, and stops where it must."""

from __future__ import annotations

import json
from dataclasses import asdict, replace

import pytest
import torch
from torch import nn

from colacli.config import Lora, Training
from colacli.errors import TrainingError
from colacli.events import Epoch, Step, Work
from colacli.metrics import Predictions
from colacli.models.inference import InferenceModel
from colacli.models.lora import add_lora, trained
from colacli.models.weights import load_classifier
from colacli.training.fit import cross_entropy_objective, evaluate, make_deterministic, predict
from factories.fitting import QUICK, a_student, fitted, separable, splits, trained_student, weights
from factories.tiny import base_at


@pytest.fixture(autouse=True)
def _as_it_was():
    """Leave torch's determinism as it was."""
    before = torch.are_deterministic_algorithms_enabled()
    yield
    torch.use_deterministic_algorithms(before)


def same(first, second):
    """Whether two models' weights are equal to the bit."""
    return all(torch.equal(one, second[name]) for name, one in first.items())


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
