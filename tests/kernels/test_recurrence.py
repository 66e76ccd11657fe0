"""Our recurrences are torch's `nn.RNN`, `nn.GRU` and `nn.LSTM`: states, final states and every gradient."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from colacli.kernels import gated, torch_ops
from colacli.kernels.compiled.library import has_kernels
from colacli.kernels.recurrence import is_supported, packed_rnn
from colacli.kernels.steps import Steps
from factories.tiny import random_batch

pytestmark = pytest.mark.skipif(not is_supported(torch.ones(1)), reason="torch's own is taken on this machine")

compiled = pytest.mark.skipif(not has_kernels(torch.float32), reason="no C kernels here")
VALUES, GRADIENTS = 1e-5, 1e-4  # of sums in fp32, taken in another order
CELLS = pytest.mark.parametrize("cell", [nn.RNN, nn.GRU, nn.LSTM])
BOTH = pytest.mark.usefixtures("computed_by")
WIDTH = 32  # the least that the C kernels take with registers of 64 bytes
LENGTHS = [6, 31, 9, 9, 12, 1, 17, 8]


def found(reader, rnn, lengths):
    """States and final states, and the gradients of inputs and weights, as a reader has them."""
    batch = random_batch(lengths)
    torch.manual_seed(1)
    x = torch.randn(len(batch.ids), rnn.input_size, requires_grad=True)
    torch.manual_seed(2)
    states, final = reader(batch.reading_order._replace(data=x[batch.reading_order.data]))
    final = final[0] if isinstance(final, tuple) else final
    torch.manual_seed(3)
    weighed = (torch.randn_like(states.data) * states.data).sum() + (torch.randn_like(final) * final).sum()
    return [states.data, final], torch.autograd.grad(weighed, [x, *rnn.parameters()])


def ours(rnn):
    """A reader like the network itself."""
    return lambda sentences: packed_rnn(rnn, sentences)


def assert_alike(actual, expected):
    """The values to 1e-5 and the gradients to 1e-4, of the largest of each."""
    for tolerance, some, others in zip((VALUES, GRADIENTS), actual, expected, strict=True):
        for one, other in zip(some, others, strict=True):
            scale = max(1.0, float(other.detach().abs().max()))
            torch.testing.assert_close(one, other, rtol=0.0, atol=tolerance * scale)


@CELLS
@pytest.mark.parametrize("hidden", [7, WIDTH])
@settings(max_examples=25)
@given(st.lists(st.integers(1, 12), min_size=1, max_size=20), st.integers(1, 2), st.booleans())
def test_it_is_torchs(cell, hidden, lengths, layers, bidirectional):
    """Whatever the sentences' lengths, both ways and in layers; with a width that no C kernel takes too."""
    torch.manual_seed(0)
    rnn = cell(12, hidden, layers, bidirectional=bidirectional)
    assert_alike(found(ours(rnn), rnn, lengths), found(rnn, rnn, lengths))


@BOTH
@CELLS
def test_the_students_true_width(cell):
    """768 inputs and states, sentences as long as CoLA's."""
    torch.manual_seed(0)
    rnn = cell(768, 768)
    assert_alike(found(ours(rnn), rnn, LENGTHS), found(rnn, rnn, LENGTHS))


@BOTH
@CELLS
def test_gates_that_are_all_open_or_shut(cell):
    """With inputs of some hundreds to the gates these are 0 or 1, nearly all, and the gradients are finite.

    The weights multiply the rounding of inputs by as much: 1e-4.
    """
    torch.manual_seed(0)
    rnn = cell(12, WIDTH)
    with torch.no_grad():
        for weight in (rnn.weight_ih_l0, rnn.bias_ih_l0):
            weight.mul_(500)
    values, gradients = found(ours(rnn), rnn, LENGTHS)
    torch.testing.assert_close(values, found(rnn, rnn, LENGTHS)[0], rtol=0.0, atol=1e-4)
    assert all(gradient.isfinite().all() for gradient in gradients)


def assert_same(once, again):
    """To the bit."""
    pairs = (pair for side in zip(once, again, strict=True) for pair in zip(*side, strict=True))
    assert all(torch.equal(*pair) for pair in pairs)


@BOTH
@CELLS
def test_it_repeats_itself(cell):
    """The same bits a second time."""
    torch.manual_seed(0)
    rnn = cell(40, WIDTH, 2, bidirectional=True)
    assert_same(*(found(ours(rnn), rnn, LENGTHS) for _ in range(2)))


@compiled
@CELLS
@pytest.mark.parametrize("threads", [1, 3, 11])
def test_the_number_of_threads_changes_no_bit(cell, threads):
    """Of C kernels: each thread has sentences of its own, and some have none."""
    torch.manual_seed(0)
    rnn, before = cell(40, WIDTH, bidirectional=True), torch.get_num_threads()
    expected = found(ours(rnn), rnn, LENGTHS)
    torch.set_num_threads(threads)
    try:
        assert_same(found(ours(rnn), rnn, LENGTHS), expected)
    finally:
        torch.set_num_threads(before)


@compiled
@CELLS
def test_a_sentence_is_read_as_it_is_alone(cell):
    """Of C kernels: its states have the same bits."""
    torch.manual_seed(0)
    rnn, batch = cell(300, WIDTH, bidirectional=True), random_batch(LENGTHS)
    x, order = torch.randn(len(batch.ids), 300), batch.reading_order
    with torch.no_grad():
        final = packed_rnn(rnn, order._replace(data=x[order.data]))[1]
        for number, sentence in enumerate(x.split(LENGTHS)):
            alone = packed_rnn(rnn, random_batch([len(sentence)]).reading_order._replace(data=sentence))[1]
            assert torch.equal(final[:, number], alone[:, 0])


@BOTH
@CELLS
def test_reading_changes_no_input(cell):
    """Weights and inputs are as they were, and nothing is kept where no gradient is asked for."""
    torch.manual_seed(0)
    rnn, batch = cell(12, WIDTH), random_batch(LENGTHS)
    x = torch.randn(len(batch.ids), 12)
    before = [x.clone(), *(weight.detach().clone() for weight in rnn.parameters())]
    with torch.no_grad():
        states, _ = packed_rnn(rnn, batch.reading_order._replace(data=x))
    assert not states.data.requires_grad
    assert all(torch.equal(one, other) for one, other in zip([x, *rnn.parameters()], before, strict=True))


@CELLS
def test_dropout_stands_between_layers_in_training_only(cell):
    """A fraction of what the first layer gives doesn't reach the second, and in evaluation all of it does."""
    torch.manual_seed(0)
    rnn = cell(5, 64, 2, dropout=0.5)
    batch = random_batch([7, 4])
    sentences = batch.reading_order._replace(data=torch.randn(11, 5))
    once, again = (packed_rnn(rnn, sentences)[0].data for _ in range(2))
    assert not torch.equal(once, again)
    rnn.eval()
    torch.testing.assert_close(packed_rnn(rnn, sentences)[0].data, rnn(sentences)[0].data, rtol=0.0, atol=VALUES)


def in_any_type(monkeypatch):
    """Products by public operators, which take double precision too."""

    def linear(x, matrix, bias, _activation=None):
        return nn.functional.linear(x, matrix, bias)

    monkeypatch.setattr(gated, "onednn_pack", lambda matrix: matrix)
    monkeypatch.setattr(gated, "onednn_linear", linear)
    monkeypatch.setattr(gated, "onednn_linear_add", lambda x, matrix, other, bias=None: linear(x, matrix, bias) + other)
    monkeypatch.setattr(torch_ops, "onednn_pack", lambda matrix: matrix)
    monkeypatch.setattr(torch_ops, "onednn_linear", linear)


@pytest.mark.parametrize("is_reverse", [False, True])
@pytest.mark.parametrize(("layer", "gates"), [(gated.gru, 3), (gated.lstm, 4)])
def test_gradients_are_those_of_the_formula(monkeypatch, layer, gates, is_reverse):
    """In double precision every gradient is the limit of differences."""
    in_any_type(monkeypatch)
    torch.manual_seed(0)
    shapes = (9, 3), (gates * 4, 3), (gates * 4, 4), (gates * 4,), (gates * 4,)
    inputs = [torch.randn(shape, dtype=torch.float64, requires_grad=True) for shape in shapes]
    assert torch.autograd.gradcheck(lambda *given: layer(*given, Steps([4, 3, 1, 1], is_reverse)), inputs)


@pytest.mark.parametrize("is_reverse", [False, True])
@pytest.mark.parametrize(("layer", "network"), [(gated.gru, nn.GRU), (gated.lstm, nn.LSTM)])
def test_a_direction_is_torchs_in_double_precision(monkeypatch, layer, network, is_reverse):
    """To 1e-12: what differs in fp32 is the order of sums."""
    in_any_type(monkeypatch)
    torch.manual_seed(0)
    rnn = network(3, 4, bidirectional=True).double()
    batch = random_batch([4, 2, 2, 1])
    order = batch.reading_order
    x = torch.randn(9, 3, dtype=torch.float64)
    states = rnn(order._replace(data=x))[0].data
    suffix = "_l0_reverse" if is_reverse else "_l0"
    weights = (getattr(rnn, name + suffix) for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"))
    actual = layer(x, *weights, Steps(order.batch_sizes.tolist(), is_reverse))
    torch.testing.assert_close(actual, states[:, 4:] if is_reverse else states[:, :4], rtol=0.0, atol=1e-12)
