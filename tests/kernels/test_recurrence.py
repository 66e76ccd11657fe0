"""Our recurrence is torch's `nn.RNN`: states, final states and every gradient."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from colacli.kernels.recurrence import is_supported, packed_rnn
from factories.tiny import random_batch

pytestmark = pytest.mark.skipif(not is_supported(torch.ones(1)), reason="torch's own is taken on this machine")

TOLERANCE = 2e-5  # of sums in fp32, taken in another order


def both(rnn, lengths, readers):
    """States, final states and gradients, of torch's and of ours."""
    batch = random_batch(lengths)
    torch.manual_seed(1)
    x = torch.randn(len(batch.ids), rnn.input_size, requires_grad=True)
    found = []
    for reader in readers:
        torch.manual_seed(2)
        states, final = reader(batch.reading_order._replace(data=x[batch.reading_order.data]))
        torch.manual_seed(3)
        weighed = (torch.randn_like(states.data) * states.data).sum() + (torch.randn_like(final) * final).sum()
        found.append([states.data, final, *torch.autograd.grad(weighed, [x, *rnn.parameters()])])
    return zip(*found, strict=True)


@given(st.lists(st.integers(1, 12), min_size=1, max_size=9), st.integers(1, 2), st.booleans())
def test_it_is_torchs(lengths, layers, bidirectional):
    """Whatever the sentences' lengths, both ways and in layers."""
    torch.manual_seed(0)
    rnn = nn.RNN(12, 7, layers, bidirectional=bidirectional)
    for expected, actual in both(rnn, lengths, (rnn, lambda sentences: packed_rnn(rnn, sentences))):
        torch.testing.assert_close(actual, expected, rtol=TOLERANCE, atol=TOLERANCE)


def test_the_students_true_width():
    """768 inputs and states, sentences as long as CoLA's."""
    torch.manual_seed(0)
    rnn = nn.RNN(768, 768)
    lengths = [6, 31, 9, 9, 12, 1, 17, 8]
    for expected, actual in both(rnn, lengths, (rnn, lambda sentences: packed_rnn(rnn, sentences))):
        scale = float(expected.detach().abs().max())
        torch.testing.assert_close(actual, expected, rtol=0.0, atol=TOLERANCE * scale)


def test_dropout_stands_between_layers_in_training_only():
    """A fraction of what the first layer gives doesn't reach the second, and in evaluation all of it does."""
    torch.manual_seed(0)
    rnn = nn.RNN(5, 64, 2, dropout=0.5)
    batch = random_batch([7, 4])
    sentences = batch.reading_order._replace(data=torch.randn(11, 5))
    once, again = (packed_rnn(rnn, sentences)[0].data for _ in range(2))
    assert not torch.equal(once, again)
    rnn.eval()
    torch.testing.assert_close(packed_rnn(rnn, sentences)[0].data, rnn(sentences)[0].data)
