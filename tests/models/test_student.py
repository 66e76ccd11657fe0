"""A student reads each sentence by itself and judges by its last real step."""

from __future__ import annotations

from typing import get_args

import pytest
import torch

from colacli.config import Pooling, Training
from colacli.distillation import Distillation
from colacli.events import ignore
from colacli.kernels.packing import Batch, Tokens
from colacli.models.student import RecurrentClassifier
from colacli.models.student_shape import StudentShape
from colacli.training.checkpoints import NoCheckpoints
from colacli.training.datasets import Dataset
from colacli.training.fit import cross_entropy_objective, fit
from colacli.training.losses import distillation_loss
from factories.fitting import splits
from factories.tiny import random_batch

CELLS = ("rnn", "gru", "lstm")
POOLINGS = get_args(Pooling)
LENGTHS = (5, 1, 17, 9, 17)


def a_student(cell, layers=1, dropout=0.0, seed=0, **shape):
    """A small student with random weights."""
    torch.manual_seed(seed)
    return RecurrentClassifier(
        StudentShape(cell=cell, vocab_size=101, width=12, hidden=10, layers=layers, **shape), dropout
    )


def read_alone(student, ids):
    """Torch's own recurrence over one sentence without any padding: states (T, hidden * directions)."""
    return student.rnn(student.embedding(ids)[None])[0][0]


@torch.no_grad()
@pytest.mark.parametrize("lengths", [LENGTHS, (4, 4, 4)], ids=["mixed", "equal"])
@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("pooling", POOLINGS)
@pytest.mark.parametrize("cell", CELLS)
def test_batch_mates_change_nothing_whatever_is_read(cell, pooling, bidirectional, lengths):
    """Backwards too and with every pooling, a sentence's logits are the same alone and in a batch, to 1e-6."""
    student = a_student(cell, 2, pooling=pooling, bidirectional=bidirectional).eval()
    batch = random_batch(lengths)
    alone = [student(Batch(ids, torch.tensor([len(ids)]))) for ids in batch.ids.split(list(lengths))]
    torch.testing.assert_close(student(batch), torch.cat(alone), rtol=0.0, atol=1e-6)


@torch.no_grad()
@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("cell", CELLS)
def test_pooled_states_stand_beside_the_last_state(cell, bidirectional):
    """The head reads where each direction ends, then the mean, the largest or the attended of all states."""
    batch = random_batch([4, 7])
    for pooling in POOLINGS:
        student = a_student(cell, pooling=pooling, bidirectional=bidirectional).eval()
        states = read_alone(student, batch.ids[:4])  # (4, 10 or 20)
        last = torch.cat([states[3, :10], states[0, 10:]])
        if pooling == "attention":
            scores = torch.stack([student.pool.weigh(student.pool.project(one).tanh()) for one in states])  # (4, 1)
            weights = scores.exp() / scores.exp().sum()
            read = [last, (weights * states).sum(dim=0)]
        else:
            read = {"last": [last], "mean": [last, states.mean(dim=0)], "max": [last, states.max(dim=0).values]}[
                pooling
            ]
        torch.testing.assert_close(student(batch)[0], student.score(torch.cat(read)), rtol=0.0, atol=1e-6)


@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("pooling", POOLINGS)
def test_every_weight_is_learnt(pooling, bidirectional):
    """Each parameter gets a finite gradient, in bf16 too, and no other sentence's tokens any."""
    student = a_student("gru", pooling=pooling, bidirectional=bidirectional, embedding_rank=5)
    for dtype in (torch.float32, torch.bfloat16):
        student.zero_grad()
        student.dtype = dtype
        student(Batch(torch.tensor([3, 4, 5, 6, 7]), torch.tensor([3, 2])))[0].sum().backward()
        assert all(one.grad.isfinite().all() and one.grad.abs().sum() > 0 for one in student.parameters())
        assert student.embedding.weight.grad.abs().sum(dim=1).nonzero()[:, 0].tolist() == [3, 4, 5]


def test_what_is_not_used_draws_nothing():
    """A student of the first kind has the weights, and their names, that it always had."""
    student = a_student("gru")
    torch.manual_seed(0)
    embedding, rnn, score = (
        torch.nn.Embedding(101, 12),
        torch.nn.GRU(12, 10, 1, batch_first=True),
        torch.nn.Linear(10, 2),
    )
    before = torch.nn.ModuleDict({"embedding": embedding, "rnn": rnn, "score": score}).state_dict()
    assert student.state_dict().keys() == before.keys()
    assert all(torch.equal(one, before[name]) for name, one in student.state_dict().items())


@torch.no_grad()
def test_stored_narrow_embeddings_are_projected():
    """A rank stores the vocabulary in fewer numbers: the network reads the product of both factors."""
    student = a_student("gru", embedding_rank=5).eval()
    full = a_student("gru").eval()
    assert student.embedding.weight.shape == (101, 5)
    full.load_state_dict(
        {name: one for name, one in student.state_dict().items() if name in full.state_dict()}
        | {"embedding.weight": student.embedding.weight @ student.projection.weight.T}
    )
    batch = random_batch(LENGTHS)
    torch.testing.assert_close(student(batch), full(batch), rtol=0.0, atol=1e-5)


@torch.no_grad()
@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("cell", CELLS)
def test_batch_mates_change_nothing(cell, layers):
    """A sentence's logits are the same alone and among shorter and longer ones, to 1e-6."""
    student = a_student(cell, layers).eval()
    batch = random_batch(LENGTHS)
    alone = [student(Batch(ids, torch.tensor([len(ids)]))) for ids in batch.ids.split(list(LENGTHS))]
    torch.testing.assert_close(student(batch), torch.cat(alone), rtol=0.0, atol=1e-6)


@torch.no_grad()
@pytest.mark.parametrize("cell", CELLS)
def test_the_last_real_step_is_read(cell):
    """The logits are the head on torch's own recurrence over the sentence, at its last token."""
    student = a_student(cell).eval()
    batch = random_batch([4, 7])
    first = student.embedding(batch.ids[:4])[None]
    expected = student.score(student.rnn(first)[0][0, -1])
    torch.testing.assert_close(student(batch)[0], expected, rtol=0.0, atol=1e-6)


@pytest.mark.parametrize("cell", CELLS)
def test_tokens_of_other_sentences_get_no_gradient(cell):
    """What one sentence's logits are made of is its own tokens alone."""
    student = a_student(cell)
    student(Batch(torch.tensor([3, 4, 5, 6, 7]), torch.tensor([3, 2])))[0].sum().backward()
    touched = student.embedding.weight.grad.abs().sum(dim=1).nonzero()[:, 0]
    assert touched.tolist() == [3, 4, 5]


@pytest.mark.parametrize("objective", ["labels", "teacher"])
def test_frozen_embeddings_stay(objective):
    """Trained on labels or from a teacher, frozen embeddings keep every bit while the rest moves."""
    student = a_student("gru")
    student.embedding.requires_grad_(False)
    before = {name: one.clone() for name, one in student.state_dict().items()}
    batch = random_batch(LENGTHS)
    split = Dataset(Tokens(batch.ids.int(), batch.lengths), torch.tensor([1, 0, 1, 1, 0]))
    teacher = torch.randn(len(LENGTHS), 2)
    minimise = {
        "labels": cross_entropy_objective(split.labels, "cpu"),
        "teacher": lambda logits, rows: distillation_loss(logits, teacher[rows], split.labels[rows], Distillation()),
    }
    training = Training(epochs=2, select="last")
    fit(student, minimise[objective], splits(split), training, "cpu", ignore, NoCheckpoints())
    moved = {name for name, one in student.state_dict().items() if not torch.equal(one, before[name])}
    assert moved == set(before) - {"embedding.weight"}


@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("cell", CELLS)
def test_bf16_gives_finite_fp32(cell, layers):
    """With the recurrence in bf16 the logits are fp32 near those of fp32, and every gradient is finite."""
    student = a_student(cell, layers)
    batch = random_batch(LENGTHS)
    wide = student(batch)
    student.dtype = torch.bfloat16
    narrow = student(batch)
    narrow.sum().backward()
    assert narrow.dtype == torch.float32
    torch.testing.assert_close(narrow, wide, rtol=0.0, atol=0.05)
    assert all(one.grad.isfinite().all() for one in student.parameters())


@pytest.mark.parametrize("cell", CELLS)
def test_dropout_is_off_in_evaluation(cell):
    """Dropout makes training random and leaves evaluation alone."""
    student = a_student(cell, layers=2, dropout=0.5)
    batch = random_batch(LENGTHS)
    assert not torch.equal(student(batch), student(batch))
    student.eval()
    assert torch.equal(student(batch), student(batch))


@pytest.mark.parametrize("cell", CELLS)
def test_training_rows_that_occur_is_training_all(cell):
    """Rows that no training sentence has never move, so leaving them out of training changes no bit of the result."""
    batch = random_batch(LENGTHS)
    split = Dataset(Tokens(batch.ids.int(), batch.lengths), torch.tensor([1, 0, 1, 1, 0]))
    other = random_batch(LENGTHS, seed=5)  # has tokens that are in no training sentence
    dev = Dataset(Tokens(other.ids.int(), other.lengths), split.labels)
    weights, losses = [], []
    for only in (False, True):
        student = a_student(cell)
        if only:
            student.train_only(batch.ids)
            assert len(student.embedding.weight) == len(batch.ids.unique())
        how = Training(epochs=3, batch_size=2, select="best")
        objective = cross_entropy_objective(split.labels, "cpu")
        fitted = fit(student, objective, splits(split, dev), how, "cpu", ignore, NoCheckpoints())
        student.train_all()
        weights.append(student.state_dict())
        losses.append([epoch.dev_loss for epoch in fitted.history])
    assert losses[0] == losses[1]
    assert weights[0].keys() == weights[1].keys()
    assert all(torch.equal(one, weights[1][name]) for name, one in weights[0].items())


def test_frozen_embeddings_are_left_whole():
    """What is not trained is not divided."""
    student = a_student("rnn")
    student.embedding.requires_grad_(False)
    student.train_only(torch.tensor([1, 2]))
    assert isinstance(student.embedding, torch.nn.Embedding)
