"""Recurrent layers over sentences that are padded to one length, for CUDA graphs: cuDNN's for each direction.

Letters: B sentences of T tokens with their padding, which comes last; h width of a state.
"""

from __future__ import annotations

import warnings
from typing import Any

import torch
from torch import Tensor, nn

from colacli.kernels.layout import gather

_NETWORKS = {"RNN_TANH": "rnn_tanh", "GRU": "gru", "LSTM": "lstm"}


def padded_rnn(rnn: nn.RNNBase, inputs: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
    """What `rnn` gives of sentences, whatever the padding is.

    The lengths need not be known to the host. A backward direction reads each sentence reversed, and its padding after
    it.

    Args:
        rnn: its layers.
        inputs: (T B, in), all first tokens, all second ones, and so on.
        lengths: (B,) of the sentences, on the same device.

    Returns:
        States (T B, h * directions) of the last layer, arbitrary where there is padding, and final ones
        (layers * directions, B, h).
    """
    count = len(lengths)
    column = torch.arange(count, device=lengths.device)
    step = torch.arange(len(inputs) // count, device=lengths.device)[:, None]  # (T, 1)
    reverse = (torch.where(step < lengths, lengths - 1 - step, step) * count + column).flatten()  # its own inverse
    last = (lengths - 1) * count + column
    final = []
    for layer in range(rnn.num_layers):
        if layer and rnn.dropout:
            inputs = nn.functional.dropout(inputs, rnn.dropout, rnn.training)
        directions = [_read(rnn, f"_l{layer}", inputs, count)]
        final.append(directions[0][last])
        if rnn.bidirectional:
            read = _read(rnn, f"_l{layer}_reverse", gather(inputs, reverse, reverse), count)
            final.append(read[last])
            directions.append(gather(read, reverse, reverse))
        inputs = torch.cat(directions, dim=1) if rnn.bidirectional else directions[0]
    return inputs, torch.stack(final)


def _read(rnn: nn.RNNBase, suffix: str, inputs: Tensor, count: int) -> Tensor:
    """States (T B, h) of a direction of a layer."""
    weights = [getattr(rnn, name + suffix) for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")]
    sizes = torch.full((len(inputs) // count,), count)  # on the host
    zeros = inputs.new_zeros(1, count, rnn.hidden_size)
    hidden = (zeros, zeros) if rnn.mode == "LSTM" else zeros
    network: Any = getattr(torch._VF, _NETWORKS[rnn.mode])
    options = True, 1, 0.0, rnn.training, False  # with biases, one layer, no dropout, in training, one direction
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "RNN module weights are not part of single contiguous chunk")
        states: Tensor = network(inputs, sizes, hidden, weights, *options)[0]
    return states
