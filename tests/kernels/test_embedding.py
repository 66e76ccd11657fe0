"""Training only the rows that occur is training all of them, to the bit."""

from __future__ import annotations

import torch
from torch import nn

from colacli.kernels.embedding import SparseEmbedding

IDS = torch.tensor([7, 2, 2, 11, 5])


def embedding():
    """Twenty rows of width 6, the same every time."""
    torch.manual_seed(0)
    return nn.Embedding(20, 6)


def trained(model, steps=5):
    """The model after some steps of Adam on the tokens that occur."""
    optimizer = torch.optim.Adam(model.parameters(), lr=0.1)
    for step in range(steps):
        optimizer.zero_grad()
        model(IDS.roll(step)[:3]).pow(3).sum().backward()  # not every row at every step
        optimizer.step()
    return model


def test_adam_makes_of_it_what_it_makes_of_a_full_one():
    """All rows are equal to the bit when it is an embedding again."""
    expected = trained(embedding())
    actual = trained(SparseEmbedding(embedding(), IDS)).to_embedding()
    assert torch.equal(actual.weight, expected.weight)
    assert not torch.equal(actual.weight, embedding().weight)


def test_only_rows_that_occur_are_parameters():
    """Each once; the others are a buffer."""
    sparse = SparseEmbedding(embedding(), IDS)
    assert [parameter.shape for parameter in sparse.parameters()] == [(4, 6)]


def test_in_evaluation_every_row_can_be_had():
    """Rows that never occurred too, and those that did as they are now."""
    sparse = trained(SparseEmbedding(embedding(), IDS)).eval()
    every = torch.arange(20)
    assert torch.equal(sparse(every), sparse.to_embedding()(every))
    rest = torch.tensor([row for row in range(20) if row not in IDS])
    assert torch.equal(sparse(rest), embedding()(rest))


def test_in_training_the_embedding_it_was_made_from_stays():
    """It has its own memory."""
    full = embedding()
    trained(SparseEmbedding(full, IDS))
    assert torch.equal(full.weight, embedding().weight)
