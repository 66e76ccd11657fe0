"""A student reads each sentence by itself and judges by its last real step."""

from __future__ import annotations

import pytest
import torch

from colacli.config import Distillation, Training
from colacli.data.batches import Batch, Tokens
from colacli.events import ignore
from colacli.losses import distillation_loss
from colacli.models.student import RecurrentClassifier, StudentShape
from colacli.training import Labelled, cross_entropy_objective, fit
from making import random_batch

CELLS = ("rnn", "gru", "lstm")
LENGTHS = (5, 1, 17, 9, 17)


def a_student(cell, layers=1, dropout=0.0, seed=0):
    """A small student with random weights."""
    torch.manual_seed(seed)
    return RecurrentClassifier(StudentShape(cell=cell, vocab_size=101, width=12, hidden=10, layers=layers), dropout)


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
    split = Labelled(Tokens(batch.ids.int(), batch.lengths), torch.tensor([1, 0, 1, 1, 0]))
    teacher = torch.randn(len(LENGTHS), 2)
    minimise = {
        "labels": cross_entropy_objective(split.labels, "cpu"),
        "teacher": lambda logits, rows: distillation_loss(logits, teacher[rows], split.labels[rows], Distillation()),
    }
    fit(student, minimise[objective], split, split, Training(epochs=2, select="last"), "cpu", ignore)
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
def test_training_seen_rows_is_training_all(cell):
    """Rows that no training sentence has never move, so leaving them out of training changes no bit of the result."""
    batch = random_batch(LENGTHS)
    split = Labelled(Tokens(batch.ids.int(), batch.lengths), torch.tensor([1, 0, 1, 1, 0]))
    other = random_batch(LENGTHS, seed=5)  # has tokens that are in no training sentence
    dev = Labelled(Tokens(other.ids.int(), other.lengths), split.labels)
    weights, losses = [], []
    for seen in (False, True):
        student = a_student(cell)
        if seen:
            student.train_seen(batch.ids)
            assert len(student.embedding.weight) == len(batch.ids.unique())
        how = Training(epochs=3, batch_size=2, select="best")
        fitted = fit(student, cross_entropy_objective(split.labels, "cpu"), split, dev, how, "cpu", ignore)
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
    student.train_seen(torch.tensor([1, 2]))
    assert isinstance(student.embedding, torch.nn.Embedding)
