"""How often the host waits for a real GPU of CUDA, by torch's own count; skipped without one.

`test_counts.py` counts the same on the pretended one. Where it waits is printed: `pytest -s -m slow`.
"""

import warnings
from contextlib import contextmanager
from pathlib import Path

import pytest
import torch

from colacli.config import Training
from colacli.models.decoding import Decoder
from colacli.models.inference import InferenceModel
from colacli.models.sampling import Sampling, continuation
from colacli.models.student import RecurrentClassifier
from colacli.models.student_shape import StudentShape
from colacli.models.weights import load_language_model
from colacli.training.counts import one_hot
from colacli.training.fit import cross_entropy_objective, predict, train_on
from colacli.training.state import TrainingState
from colacli.training.steps import TrainedOn, step_of
from factories.fitting import random_dataset
from factories.gradients import teacher
from factories.tiny import base_at

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not torch.cuda.is_available(), reason="no GPU of CUDA here; the pretended one is tested instead"
    ),
]

CUDA = "cuda:0"
STUDENTS = {
    "rnn": {"cell": "rnn"},
    "gru, max": {"cell": "gru", "pooling": "max", "layers": 2, "bidirectional": True},
    "lstm, attention": {"cell": "lstm", "pooling": "attention", "layers": 2, "bidirectional": True},
    "lstm, mean, factorised": {"cell": "lstm", "pooling": "mean", "embedding_rank": 4},
}


@contextmanager
def waits():
    """Where the host waits for the GPU, by torch's own count: file and line of each."""
    found = []
    torch.cuda.synchronize()
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        torch.cuda.set_sync_debug_mode("warn")
        try:
            yield found
        finally:
            torch.cuda.set_sync_debug_mode("default")
    found += [f"{one.filename}:{one.lineno}" for one in seen if "called a synchronizing" in str(one.message)]


def _student(**shape):
    model = RecurrentClassifier(StudentShape(**({"vocab_size": 20, "width": 8, "hidden": 8, "layers": 1} | shape)), 0.1)
    model.train_only(torch.arange(20))
    return model


MODELS = {"teacher": teacher} | {name: (lambda shape=shape: _student(**shape)) for name, shape in STUDENTS.items()}


@pytest.mark.parametrize("name", MODELS)
def test_no_step_is_waited_for(name):
    """An epoch of eight steps has one wait: for all its losses and counts."""
    dataset, training = random_dataset(32, 0), Training(epochs=1, batch_size=4, dropout=0.1, clip=1.0)
    model = MODELS[name]().to(CUDA).train()
    state = TrainingState(model, training, CUDA)
    objective = cross_entropy_objective(dataset.labels, CUDA)
    step = step_of(TrainedOn(model, objective, dataset.tokens, one_hot(dataset.labels, state.device)), state)
    batches = state.batches(len(dataset))
    train_on(step, batches, state, dataset.tokens.lengths)  # what is waited for once
    with waits() as found:
        train_on(step, batches, state, dataset.tokens.lengths)

    print(f"\n{name}: {found}")
    assert len(batches) == 8
    assert [Path(one).name.split(":")[0] for one in found] == ["counts.py"]


@pytest.mark.parametrize("name", MODELS)
def test_judging_waits_once_a_batch(name):
    """For its logits."""
    dataset = random_dataset(32, 0)
    model = InferenceModel(MODELS[name]().to(CUDA))
    predict(model, dataset.tokens, batch_size=8)
    with waits() as found:
        predict(model, dataset.tokens, batch_size=8)

    print(f"\n{name}: {found}")
    assert [Path(one).name.split(":")[0] for one in found] == 4 * ["fit.py"]


def test_generation_waits_once_a_token(tiny_base):
    """For its logits."""
    decoder = Decoder(load_language_model(base_at(tiny_base)).to(CUDA))
    list(continuation(decoder, [3, 5], 6, Sampling(1.0, 5, 0.9), 0, ()))
    with waits() as found:
        tokens = list(continuation(decoder, [3, 5], 6, Sampling(1.0, 5, 0.9), 0, ()))

    print(f"\ngenerate: {found}")
    assert len(tokens) == 6
    assert [Path(one).name.split(":")[0] for one in found] == 6 * ["sampling.py"]
