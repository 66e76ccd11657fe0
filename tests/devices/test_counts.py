"""How often the host waits for a GPU, and how often it sends something: exact numbers, by the function that does it."""

import itertools
from functools import partial

import pytest
import torch

from colacli.config import Training
from colacli.distillation import Distillation
from colacli.errors import TrainingError
from colacli.events import Step
from colacli.models.auxiliary_heads import AuxiliaryHeads
from colacli.models.config import GPT2Config
from colacli.models.decoding import Decoder
from colacli.models.gpt2 import LanguageModel
from colacli.models.inference import InferenceModel
from colacli.models.sampling import Sampling, continuation
from colacli.models.scoring import TokenScorer
from colacli.models.student import RecurrentClassifier
from colacli.models.student_shape import StudentShape
from colacli.training.checkpoints import NoCheckpoints
from colacli.training.counts import one_hot
from colacli.training.fit import UNREAD_STEPS, cross_entropy_objective, fit, predict, train_on
from colacli.training.prefix_targets import PrefixTargets
from colacli.training.state import TrainingState
from colacli.training.steps import TrainedOn, step_of
from colacli.training.targets import Targets, _objective
from factories.fitting import random_dataset, splits
from factories.gradients import teacher
from factories.pretended_device import PretendedDevice

TRAINING = Training(epochs=1, batch_size=4, dropout=0.1, clip=1.0)
SENTENCES = 32
SENT = "kernels/sending.py send"
STUDENTS = [
    {"cell": cell, "pooling": pooling, "layers": layers, "bidirectional": layers == 2, "embedding_rank": rank}
    for cell, pooling, layers, rank in [
        ("rnn", "last", 1, None),
        ("rnn", "mean", 2, None),
        ("gru", "max", 1, 4),
        ("lstm", "attention", 2, None),
    ]
]


@pytest.fixture
def device():
    """A pretended GPU of CUDA."""
    with PretendedDevice() as device:
        yield device


@pytest.fixture(scope="module")
def dataset():
    """Sentences of 20 tokens."""
    return random_dataset(SENTENCES, 0)


def student(**shape):
    """A small one, with dropout, that trains the embeddings of all its tokens."""
    model = RecurrentClassifier(StudentShape(vocab_size=20, width=8, hidden=8, **shape), dropout=0.1)
    model.train_only(torch.arange(20))
    return model


MODELS = [
    pytest.param(teacher, id="teacher"),
    *(pytest.param(partial(student, **shape), id=f"{shape['cell']}, {shape['pooling']}") for shape in STUDENTS),
]


def _counts(device, model, objective, dataset, training=TRAINING):
    """Waits and transfers of an epoch's steps, and the number of steps."""
    model.to(device.name).train()
    state = TrainingState(model, training, device.name)
    step = step_of(TrainedOn(model, objective, dataset.tokens, one_hot(dataset.labels, state.device)), state)
    batches = state.batches(len(dataset))
    with device.counting() as (waits, transfers):
        train_on(step, batches, state, dataset.tokens.lengths)
    return dict(waits), dict(transfers), len(batches)


@pytest.mark.parametrize("make", MODELS)
def test_a_step_has_one_transfer_and_no_wait(device, dataset, make):
    """Each step sends once; the host waits once for the losses and counts of them all."""
    objective = cross_entropy_objective(dataset.labels, device.name)
    waits, transfers, steps = _counts(device, make(), objective, dataset)

    assert waits == {"_to_copy in training/counts.py read": 1}
    assert transfers == {SENT: steps}
    assert steps == 8


def test_a_step_of_distillation_has_one_transfer(device, dataset):
    """The teacher's logits, states and judgements of prefixes, and who has labels, are on the device already."""
    distillation = Distillation(hidden_weight=0.5, prefix_weight=0.5)
    prefixes = PrefixTargets(torch.randn(len(dataset.tokens.ids), 2).half(), dataset.tokens)
    targets = Targets(torch.randn(SENTENCES, 2), torch.randn(SENTENCES, 6), prefixes)
    is_labelled = torch.ones(SENTENCES).to(device.name)
    objective = _objective(targets, dataset.labels, is_labelled, distillation, device.name)
    model = AuxiliaryHeads(student(cell="gru", layers=1), 6, judges_prefixes=True)
    waits, transfers, steps = _counts(device, model, objective, dataset)

    assert waits == {"_to_copy in training/counts.py read": 1}
    assert transfers == {SENT: steps}


def test_an_accumulated_step_has_a_transfer_for_each_part(device, dataset):
    """Parts of a batch are sent one by one, and not waited for."""
    objective = cross_entropy_objective(dataset.labels, device.name)
    training = Training(epochs=1, batch_size=4, accumulate=2)
    waits, transfers, steps = _counts(device, teacher(), objective, dataset, training)

    assert waits == {"_to_copy in training/counts.py read": 1}
    assert transfers == {SENT: 2 * steps}


def _events(device, steps):
    """The step events of an epoch of so many steps."""
    train, events = random_dataset(4 * steps, 1), []
    model = student(cell="gru", layers=1).to(device.name)
    objective = cross_entropy_objective(train.labels, device.name)
    fit(model, objective, splits(train), TRAINING, device.name, events.append, NoCheckpoints())
    return [event for event in events if isinstance(event, Step)]


def test_progress_is_told_whenever_counts_are_read(device):
    """After every 16 steps and at the end of an epoch; the last event counts all sentences."""
    steps = 2 * UNREAD_STEPS + 3
    events = _events(device, steps)

    assert [event.step for event in events] == [UNREAD_STEPS, 2 * UNREAD_STEPS, steps]
    assert events[-1].sentences == 4 * steps


def test_a_loss_that_is_not_a_number_is_noticed(device, dataset):
    """It ends the training when it is read, and the message names the step in which it was."""
    calls = itertools.count(1)

    def objective(logits, rows):
        return logits.sum() * (float("nan") if next(calls) == 3 else 1.0)

    with pytest.raises(TrainingError, match="the loss in epoch 1, step 3 became nan"):
        _counts(device, student(cell="gru", layers=1), objective, dataset)


@pytest.mark.parametrize("make", MODELS)
def test_judging_waits_once_a_batch(device, dataset, make):
    """A batch is sent once, and its logits are read once."""
    model = InferenceModel(make().to(device.name))
    with device.counting() as (waits, transfers):
        predict(model, dataset.tokens, batch_size=8)

    assert dict(waits) == {"_to_copy in training/fit.py predict": 4}
    assert dict(transfers) == {SENT: 4}


def _language_model(device):
    model = LanguageModel(GPT2Config(vocab_size=20, n_positions=16, n_embd=16, n_layer=2, n_head=2))
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    return model.requires_grad_(requires_grad=False).eval().to(device.name)


def test_generation_waits_once_a_token(device):
    """Each token is sent, and its logits are read."""
    decoder = Decoder(_language_model(device))
    with device.counting() as (waits, transfers):
        tokens = list(continuation(decoder, [3, 5], 6, Sampling(1.0, 5, 0.9), 0, ()))

    assert len(tokens) == 6
    assert dict(waits) == {"_to_copy in models/sampling.py samples": 6}
    assert dict(transfers) == {SENT: 6}


def test_scoring_waits_once_a_batch(device, dataset):
    """A batch is sent, then which of its probabilities are asked for; these are read at once."""
    scorer = TokenScorer(_language_model(device))
    with device.counting() as (waits, transfers):
        scorer(dataset.tokens.batch(torch.arange(8)))

    assert dict(waits) == {"_to_copy in models/scoring.py _next_token": 1}
    assert dict(transfers) == {SENT: 2}
