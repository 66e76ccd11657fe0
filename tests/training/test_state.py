"""A training that is stopped and put back ends with the bytes of one that never stopped."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import load, save

from colacli.config import Training
from colacli.events import Epoch, ignore
from colacli.metrics import Confusion, Metrics
from colacli.models.student import RecurrentClassifier
from colacli.models.student_shape import StudentShape
from colacli.training.checkpoints import NoCheckpoints
from colacli.training.counts import Counts
from colacli.training.fit import cross_entropy_objective, fit, make_deterministic
from colacli.training.state import TrainingState, shuffled_batches
from factories.fitting import random_dataset, splits

TRAINING = Training(epochs=3, batch_size=16, learning_rate=1e-2, dropout=0.3, clip=1.0)
STEPS = 3 * 4
SHAPE = StudentShape(cell="gru", vocab_size=20, width=8, hidden=8, layers=1)


class StoppedError(Exception):
    """Stands for whatever stops a process."""


class Disk:
    """Keeps every state as bytes, as a file would; stops after so many."""

    def __init__(self, saved=None, stop_after=None):
        self.saved = saved
        self.left = stop_after

    def restore(self, state):
        """Put back what is kept."""
        if self.saved:
            state.restore(load(self.saved))

    def save(self, state):
        """Keep it, in place of the one before."""
        uninterrupted = {name: one.detach().clone().contiguous() for name, one in state.tensors().items()}
        self.saved = save(uninterrupted)
        if self.left is not None:
            self.left -= 1
            if self.left < 0:
                raise StoppedError


@pytest.fixture(autouse=True)
def _as_it_was():
    """Leave torch's determinism as it was."""
    before = torch.are_deterministic_algorithms_enabled()
    yield
    torch.use_deterministic_algorithms(before)


def trained(disk, training=TRAINING):
    """A student trained with a disk: its weights, and what `fit` gave."""
    make_deterministic(training.seed)
    student = RecurrentClassifier(SHAPE, training.dropout)
    train = random_dataset(60, 0)
    objective = cross_entropy_objective(train.labels, "cpu")
    fitted = fit(student, objective, splits(train, random_dataset(30, 1)), training, "cpu", ignore, disk)
    return {name: one.detach().clone() for name, one in student.named_parameters()}, fitted


@pytest.mark.parametrize(
    "choice",
    [
        {"select": "best"},
        {"select": "last"},
        {"patience": 1},
        {"select_by": "loss"},
        {"schedule": "cosine"},
        {"select_by": "auc", "patience": 1},
    ],
    ids=str,
)
@pytest.mark.parametrize("stop", range(STEPS + 3))
def test_stopped_anywhere_it_ends_the_same(stop, choice):
    """After every step and every epoch: weights, history and the chosen epoch are those of a training in one go."""
    training = Training(**{**vars(TRAINING), **choice})
    uninterrupted, uninterrupted_result = trained(NoCheckpoints(), training)
    disk = Disk(stop_after=stop)
    try:
        trained(disk, training)
    except StoppedError:
        torch.manual_seed(99)  # the next process begins elsewhere
    resumed, resumed_result = trained(Disk(disk.saved), training)

    assert resumed_result == uninterrupted_result
    assert all(torch.equal(one, resumed[name]) for name, one in uninterrupted.items())


def test_the_rate_of_an_epoch_s_last_step_is_in_the_history():
    """Linear, over 12 steps: after 3, 7 and 11 of them."""
    _, result = trained(NoCheckpoints(), replace(TRAINING, schedule="linear"))

    rates = [epoch.learning_rate / TRAINING.learning_rate for epoch in result.history]
    assert rates == pytest.approx([9 / 12, 5 / 12, 1 / 12])


def test_a_finished_state_is_not_trained_further():
    """What was stopped between its last epoch and its last file only chooses."""
    disk = Disk()
    uninterrupted, uninterrupted_result = trained(disk)
    events = []
    make_deterministic(TRAINING.seed)
    student = RecurrentClassifier(SHAPE, TRAINING.dropout)
    fitted = fit(student, None, splits(random_dataset(60, 0)), TRAINING, "cpu", events.append, Disk(disk.saved))

    assert (fitted, events) == (uninterrupted_result, [])
    assert all(torch.equal(one, uninterrupted[name]) for name, one in student.named_parameters())


def test_another_model_s_state_is_refused():
    """Nothing goes on from a state that has not all parameters."""
    state = TrainingState(torch.nn.Linear(2, 2), TRAINING, "cpu")
    with pytest.raises(KeyError, match="weight"):
        state.restore({"trained.bias": torch.zeros(2)})


def test_it_says_how_far_it_has_come():
    """In words for a person: an epoch, or a step in one."""
    state = TrainingState(torch.nn.Linear(2, 2), TRAINING, "cpu")
    state.step = 3
    within = state.where
    state.step, state.history = 0, [Epoch(1, *[0.0] * 8)]

    assert (within, state.where) == ("epoch 1, step 3", "epoch 1")


EPOCHS = [  # of ten sentences, nine of them acceptable: accuracy, MCC, loss and AUC are best in another epoch each
    (Metrics.of(Confusion(9, 1, 0, 0), 0.5), 0.6),
    (Metrics.of(Confusion(6, 0, 3, 1), 0.6), 0.7),
    (Metrics.of(Confusion(8, 1, 1, 0), 0.4), 0.5),
    (Metrics.of(Confusion(5, 0, 4, 1), 0.7), 0.9),
]


def after_epochs(measured, **options):
    """A state after epochs with these metrics and AUCs, or as many as patience lets pass."""
    state = TrainingState(torch.nn.Linear(2, 2), Training(epochs=len(measured), **options), "cpu")
    for metrics, auc in measured:
        if not state.is_over:
            state.count(Counts(1.0, Confusion(1, 0, 0, 0), tokens=1))
            state.end_epoch(metrics, auc if options["select_by"] == "auc" else None)
    return state


@pytest.mark.parametrize(
    ("select_by", "best", "patient"), [("accuracy", 1, 2), ("mcc", 2, 3), ("loss", 3, 2), ("auc", 4, 3)]
)
def test_the_measure_that_chooses(select_by, best, patient):
    """The best epoch is its best, and patience counts from there; AUC alone is written down where it chooses."""
    state = after_epochs(EPOCHS, select_by=select_by)

    assert state.choose() == best
    assert {len(epoch.numbers) for epoch in state.history} == {10 if select_by == "auc" else 9}
    assert len(after_epochs(EPOCHS, select_by=select_by, patience=1).history) == patient


def test_equals_by_the_measure_are_told_apart_by_mcc():
    """Of equals in both the earlier stays."""
    measured = [(EPOCHS[row][0], 0.7) for row in (0, 1, 1)]

    assert after_epochs(measured, select_by="auc").choose() == 2


@given(st.integers(1, 60), st.integers(1, 15), st.integers(0, 2**32))
def test_shuffled_batches_have_every_row_once(count, size, seed):
    """Batches of the size asked for, only the last smaller, have every row once."""
    batches = shuffled_batches(count, size, torch.Generator().manual_seed(seed))
    assert sorted(torch.cat([*batches]).tolist()) == list(range(count))
    assert {len(rows) for rows in batches[:-1]} <= {size}
    assert len(batches) == -(-count // size)


def test_the_order_follows_the_generator():
    """One seed gives one order; the next epoch's differs."""
    generators = [torch.Generator().manual_seed(7) for _ in range(2)]
    first, again = (torch.cat([*shuffled_batches(50, 8, generator)]) for generator in generators)
    following = torch.cat([*shuffled_batches(50, 8, generators[0])])
    assert torch.equal(first, again)
    assert not torch.equal(first, following)
