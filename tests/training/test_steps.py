"""A training step of a teacher as a CUDA graph, on the pretended device."""

from dataclasses import replace

import pytest
import torch

from colacli.kernels.cuda_graphs import MOST_GRAPHS
from colacli.models.auxiliary_heads import AuxiliaryHeads
from colacli.training.counts import one_hot
from colacli.training.fit import cross_entropy_objective, train_on
from colacli.training.ranks import Ranks
from colacli.training.state import TrainingState
from colacli.training.steps import CapturedStep, TrainedOn, step_of
from factories.captured import MODELS, TRAINING, Kept, assert_same, trained
from factories.fitting import a_student, random_dataset
from factories.gradients import teacher
from factories.pretended_device import PretendedDevice
from factories.pretended_graphs import pretended_graphs


def _trained(most, *arguments, **options):
    with PretendedDevice() as device, pretended_graphs(most):
        return trained(device.name, *arguments, most=most, **options)


NAMES = [name if name in ("teacher", "gru, max") else pytest.param(name, marks=pytest.mark.slow) for name in MODELS]


@pytest.mark.parametrize("name", NAMES)
def test_replayed_steps_are_the_same_to_the_bit(name):
    """With dropout, a clipped gradient and a learning rate that falls, all of which a replay must see anew."""
    captured, eager = (_trained(most, name) for most in (MOST_GRAPHS, 0))

    assert_same(captured, eager)
    assert captured[2] > 10
    assert eager[2] == 0


@pytest.mark.parametrize(
    "options", [{"clip": None, "dropout": 0.0, "schedule": "constant"}, {"precision": "bf16"}], ids=str
)
def test_other_trainings_are_the_same_to_the_bit(options):
    """Of a teacher."""
    captured, eager = (_trained(most, "teacher", replace(TRAINING, **options)) for most in (MOST_GRAPHS, 0))

    assert_same(captured, eager)


@pytest.mark.parametrize("name", ["teacher", "gru, max"])
def test_a_resumed_training_is_the_same_to_the_bit(name):
    """Its steps are captured again, when their shapes come for the second time."""
    kept = Kept()
    whole, resumed = (_trained(MOST_GRAPHS, name, kept=kept) for _ in range(2))

    assert_same(resumed, whole)
    assert 0 < resumed[2] < whole[2]


@pytest.mark.parametrize("name", NAMES)
def test_a_captured_training_is_the_one_that_is_not_filled_up(name):
    """The other tokens of a batch add nothing to a gradient, and none to the counts."""
    training = replace(TRAINING, dropout=0.0)
    with PretendedDevice() as device:
        weights, history, _ = trained(device.name, name, training)
    captured, captured_history, _ = _trained(MOST_GRAPHS, name, training)

    assert [one.tokens for one in captured_history] == [one.tokens for one in history]
    for key, expected in weights.items():
        torch.testing.assert_close(captured[key], expected, rtol=0.0, atol=1e-3 * float(expected.abs().max()))


def test_a_captured_step_sends_once_and_waits_for_nothing():
    """Its batch and which sentences these are; the host waits once for the losses and counts of all steps."""
    dataset = random_dataset(64, 0)
    with PretendedDevice() as device, pretended_graphs() as replayed:
        state, task = _task(device, teacher(), dataset, replace(TRAINING, batch_size=4))
        step, batches = step_of(task, state), state.batches(len(dataset))
        with device.counting() as (waits, transfers):
            train_on(step, batches, state, dataset.tokens.lengths)

    assert len(replayed) > 2
    assert dict(waits) == {"_to_copy in training/counts.py read": 1}
    assert sum(transfers.values()) == len(batches)


def _task(device, model, dataset, training=TRAINING):
    model.to(device.name).train()
    state = TrainingState(model, training, device.name)
    objective = cross_entropy_objective(dataset.labels, device.name)
    return state, TrainedOn(model, objective, dataset.tokens, one_hot(dataset.labels, state.device))


def _embedding_trained():
    model = teacher()
    model.transformer.wpe.weight.requires_grad_()
    return model


@pytest.mark.parametrize(
    ("make", "options", "ranks", "expected"),
    [
        (teacher, {}, Ranks(), True),
        (teacher, {"accumulate": 2}, Ranks(), False),
        (teacher, {}, Ranks(0, 2), False),
        (_embedding_trained, {}, Ranks(), False),
        (a_student, {}, Ranks(), True),
        (lambda: AuxiliaryHeads(a_student(), 6, judges_prefixes=False), {}, Ranks(), True),
        (lambda: AuxiliaryHeads(a_student(), 6, judges_prefixes=True), {}, Ranks(), False),
    ],
)
def test_what_is_captured(make, options, ranks, expected):
    """A whole step, but not of a teacher that trains its embeddings, nor of a student that judges prefixes."""
    with PretendedDevice() as device, pretended_graphs():
        state, task = _task(device, make(), random_dataset(8, 0), replace(TRAINING, **options))
        assert isinstance(step_of(task, state, ranks), CapturedStep) == expected


def test_nothing_is_captured_elsewhere():
    """On a device that can't."""
    with PretendedDevice() as device:
        state, task = _task(device, teacher(), random_dataset(8, 0))
        assert not isinstance(step_of(task, state), CapturedStep)
        assert not isinstance(state.optimizer.param_groups[0]["lr"], torch.Tensor)
