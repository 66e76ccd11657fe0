"""Recurrent layers over packed sentences on a CPU: equal to `nn.RNN`, `nn.GRU` and `nn.LSTM`, and faster.

Letters: N tokens of B sentences in the order of steps (`Steps`).
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence

from colacli.kernels.elman import elman
from colacli.kernels.gated import gru, lstm
from colacli.kernels.steps import Steps
from colacli.kernels.torch_ops import has_onednn

_LAYERS: dict[type[nn.Module], Callable[..., Tensor]] = {nn.RNN: elman, nn.GRU: gru, nn.LSTM: lstm}


def is_supported(x: Tensor) -> bool:
    """Whether `packed_rnn` takes these inputs."""
    return x.dtype == torch.float32 and has_onednn(x.dtype, x.device)


def packed_rnn(rnn: nn.RNNBase, sentences: PackedSequence) -> tuple[PackedSequence, Tensor]:
    """Equal to `rnn(sentences)`: states h of every token, and final ones (layers * directions, B, hidden)."""
    x, counts = sentences.data, sentences.batch_sizes.tolist()
    ends = _ends(sentences.batch_sizes)
    layer_of = _LAYERS[type(rnn)]
    final = []
    for layer in range(rnn.num_layers):
        if layer and rnn.dropout:
            x = nn.functional.dropout(x, rnn.dropout, rnn.training)
        directions = []
        for suffix in ("", "_reverse")[: 1 + rnn.bidirectional]:
            names = (f"{name}_l{layer}{suffix}" for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"))
            states = layer_of(x, *(getattr(rnn, name) for name in names), Steps(counts, bool(suffix)))
            final.append(states[: counts[0]] if suffix else states.index_select(0, ends))
            directions.append(states)
        x = torch.cat(directions, dim=1) if rnn.bidirectional else directions[0]
    hidden = torch.stack(final).index_select(1, sentences.unsorted_indices)  # type: ignore[arg-type] # always there
    return sentences._replace(data=x), hidden


def _ends(counts: Tensor) -> Tensor:
    """(B,) index of each sentence's last token in N, the longest sentence first."""
    lengths = (counts[None, :] > torch.arange(int(counts[0]))[:, None]).sum(dim=1)  # (B,)
    return (counts.cumsum(0) - counts)[lengths - 1] + torch.arange(len(lengths))
