"""Recurrent layers over padded sentences give what torch's modules give of packed ones."""

import pytest
import torch
from torch import nn
from torch.nn.utils.rnn import pack_sequence, pad_packed_sequence

from colacli.kernels.filling import padded_ids
from colacli.kernels.packing import Reading
from colacli.kernels.padded_recurrence import padded_rnn
from factories.tiny import random_batch

LENGTHS = [5, 1, 9, 9, 3]


@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("cell", [nn.RNN, nn.GRU, nn.LSTM])
@pytest.mark.parametrize("more", [0, 4])
def test_it_is_torchs(cell, bidirectional, layers, more):
    """States where there are tokens, final states, and gradients of weights and inputs; whatever the padding is."""
    torch.manual_seed(0)
    rnn = cell(3, 4, layers, bidirectional=bidirectional)
    steps, lengths = max(LENGTHS) + more, torch.tensor(LENGTHS)
    inputs = torch.randn(steps, len(LENGTHS), 3, requires_grad=True)
    states, final = padded_rnn(rnn, inputs.flatten(0, 1), lengths)
    states = states.view(steps, len(LENGTHS), -1)
    packed, theirs_final = rnn(pack_sequence([inputs[:n, row] for row, n in enumerate(LENGTHS)], enforce_sorted=False))
    theirs, _ = pad_packed_sequence(packed)
    theirs_final = theirs_final[0] if cell is nn.LSTM else theirs_final
    is_token = torch.arange(steps)[:, None] < lengths
    theirs = nn.functional.pad(theirs, (0, 0, 0, 0, 0, more))
    gradients = [
        torch.autograd.grad(of[is_token].sin().sum() + end.sin().sum(), [inputs, *rnn.parameters()])
        for of, end in ((states, final), (theirs, theirs_final))
    ]

    torch.testing.assert_close(states[is_token], theirs[is_token])
    torch.testing.assert_close(final, theirs_final)
    for actual, expected in zip(*gradients, strict=True):
        torch.testing.assert_close(actual, expected)


def test_padding_repeats_the_last_token():
    """It is in the table of any embedding that has the sentence's tokens."""
    batch = random_batch(LENGTHS)
    ids = padded_ids(batch)

    assert ids.shape == (10, 5)
    for row, sentence in enumerate(batch.ids.split(LENGTHS)):
        assert ids[: len(sentence), row].tolist() == sentence.tolist()
        assert set(ids[len(sentence) :, row].tolist()) <= {int(sentence[-1])}


def test_padded_sentences_have_rows():
    """The layout of a reading puts the states of each sentence into a row."""
    reading = Reading.of_padded(torch.arange(12).view(4, 3), torch.tensor([4, 1, 2]))
    rows = reading.layout.pad(reading.ids.data[:, None])

    assert rows[:, :, 0].tolist() == [[0, 3, 6, 9], [1, 4, 7, 10], [2, 5, 8, 11]]
