"""Students made ready to judge: the same to the bit, and no token is multiplied with the first layer's inputs twice."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
import torch

from colacli.models.auxiliary_heads import AuxiliaryHeads
from colacli.models.inference import InferenceModel
from factories.inference import BATCH, evaluated, student
from factories.tiny import random_batch

STUDENTS = [{"cell": "rnn"}, {"cell": "lstm", "bidirectional": True}, {"pooling": "attention"}, {"embedding_rank": 3}]
WIDE = [{**shape, "width": 200, "hidden": 64} for shape in STUDENTS]  # which C kernels take


@pytest.mark.parametrize("shape", STUDENTS + WIDE, ids=str)
def test_a_student_says_the_same(shape):
    """To the bit; also while it trains only some embeddings or predicts states, and of tokens that it knows already."""
    model = student(**shape).train()
    expected = evaluated(model)
    prepared = InferenceModel(model)
    other = random_batch([7, 2, 5, 5], seed=1)

    assert torch.equal(prepared(BATCH), expected)
    assert torch.equal(prepared(other), evaluated(model, other))
    assert torch.equal(prepared(BATCH), expected)
    assert torch.equal(InferenceModel(AuxiliaryHeads(model, 5, judges_prefixes=True))(BATCH), expected)
    model.train_only(BATCH.ids[:3])
    assert torch.equal(InferenceModel(model)(BATCH), expected)
    assert all(module.training for module in model.modules())


@pytest.mark.parametrize("cell", ["gru", "lstm"])
def test_a_token_is_multiplied_with_the_first_layers_inputs_once(cell, monkeypatch):
    """Its embedding is read when it first occurs, and never again."""
    model = student(cell=cell)
    prepared, read = InferenceModel(model), []
    monkeypatch.setattr(type(model.embedding), "forward", lambda self, ids: read.append(ids) or self.weight[ids])
    other = random_batch([7, 2, 5, 5], seed=1)
    for batch in (BATCH, other, BATCH):
        prepared(batch)

    ids = torch.cat(read).tolist()
    assert sorted(ids) == sorted(set(torch.cat([BATCH.ids, other.ids]).tolist()))


def test_what_was_interrupted_is_computed_again(monkeypatch):
    """Ctrl-C while new tokens are read, in a notebook: the next call says the same as ever."""
    model = student()
    expected, prepared = evaluated(model), InferenceModel(model)
    with monkeypatch.context() as patched:
        patched.setattr("colacli.kernels.recurrence.onednn_matmul", interrupt)
        with pytest.raises(KeyboardInterrupt):
            prepared(BATCH)

    assert torch.equal(prepared(BATCH), expected)


def test_threads_may_share_it():
    """Several at once, each with tokens that are new to the others."""
    model = student()
    batches = [random_batch([5, 3, 8], seed=seed) for seed in range(40)]
    expected, prepared = [evaluated(model, batch) for batch in batches], InferenceModel(model)
    with ThreadPoolExecutor(8) as pool:
        found = [*pool.map(prepared, batches)]

    assert all(map(torch.equal, found, expected))


def interrupt(*_):
    """In the place of a product."""
    raise KeyboardInterrupt
