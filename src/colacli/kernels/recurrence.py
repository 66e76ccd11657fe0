"""Recurrent layers over packed sentences on a CPU: equal to `nn.RNN`, `nn.GRU` and `nn.LSTM`, and faster.

Letters: N tokens of B sentences in the order of steps (`Steps`), h width of a state, V vocabulary.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence

from colacli.kernels.compiled.products import product
from colacli.kernels.compiled.recurrence import CompiledRecurrence, compiled_states, takes_recurrence
from colacli.kernels.elman import elman
from colacli.kernels.gated import gru, gru_states, lstm, lstm_states
from colacli.kernels.steps import Steps
from colacli.kernels.torch_ops import has_onednn, onednn_matmul

_Weights = tuple[Tensor, Tensor, Tensor, Tensor]
"""W, U, b and c of a direction of a layer."""
_LAYERS: dict[type[nn.Module], Callable[..., Tensor]] = {nn.RNN: elman, nn.GRU: gru, nn.LSTM: lstm}
"""Where there is no kernel in C."""


def is_supported(x: Tensor) -> bool:
    """Whether `packed_rnn` takes these inputs."""
    return x.dtype == torch.float32 and has_onednn(x.dtype, x.device)


def packed_rnn(rnn: nn.RNNBase, sentences: PackedSequence) -> tuple[PackedSequence, Tensor]:
    """Equal to `rnn(sentences)`: states h of every token, and final ones (layers * directions, B, hidden)."""
    layer_of = _layer_of(rnn, sentences.data)
    return _read(rnn, sentences, lambda weights, steps: layer_of(sentences.data, *weights, steps))


def _layer_of(rnn: nn.RNNBase, x: Tensor) -> Callable[..., Tensor]:
    """What computes a direction of a layer."""
    is_compiled = takes_recurrence(x, rnn.hidden_size)
    return CompiledRecurrence.apply if is_compiled else _LAYERS[type(rnn)]


class TokenRNN(nn.Module):
    """Gated layers that read token ids, for inference, with the weights that they have now.

    What an embedding adds to the gates of the first layer, W x + b, is computed when its token first occurs, and looked
    up from then on.

    Args:
        rnn: the layers, `nn.GRU` or `nn.LSTM`; of an `nn.RNN` it would save nothing.
        embed: token ids (n,) to inputs (n, in).
        vocabulary: V.
    """

    def __init__(self, rnn: nn.RNNBase, embed: Callable[[Tensor], Tensor], vocabulary: int) -> None:
        super().__init__()
        self.rnn, self._embed = rnn, embed
        self._row_of = torch.full((vocabulary,), -1)  # of the table, by token id
        self._table = torch.empty(1 + rnn.bidirectional, 0, len(_weights(rnn, 0, "")[0]))  # (directions, rows, gates)
        self._count = 0
        """Rows that are filled."""
        self._filling = threading.Lock()

    @torch.no_grad()
    def forward(self, sentences: PackedSequence) -> tuple[PackedSequence, Tensor]:
        """Ids (N,) to states h of every token, and final ones (layers * directions, B, hidden)."""
        ids = sentences.data
        with self._filling:
            self._add(torch.unique(ids[self._row_of[ids] < 0]))
        rows = self._row_of[ids]

        def first_layer(weights: _Weights, steps: Steps) -> Tensor:
            _, u, _, c = weights
            gates = self._table[int(steps.is_reverse)].index_select(0, rows)  # (N, gates)
            if takes_recurrence(gates, self.rnn.hidden_size):
                return compiled_states(gates, u, c, steps).states
            return (gru_states if isinstance(self.rnn, nn.GRU) else lstm_states)(gates, u, c, steps)[0]

        return _read(self.rnn, sentences, first_layer)

    def _add(self, ids: Tensor) -> None:
        """Compute the rows of some new tokens (n,)."""
        if not len(ids):
            return
        count = self._count + len(ids)
        directions, room, gates = self._table.shape
        if count > room:
            larger = torch.empty(directions, max(count, 2 * room), gates)
            larger[:, : self._count] = self._table[:, : self._count]
            self._table = larger
        x = self._embed(ids)
        for rows, suffix in zip(self._table[:, self._count : count], _suffixes(self.rnn), strict=True):
            w, _, b, _ = _weights(self.rnn, 0, suffix)
            is_compiled = takes_recurrence(x, self.rnn.hidden_size)  # by the layer's own product, for the same bits
            rows.copy_(product(x, w.T, b) if is_compiled else onednn_matmul(x, w, b))
        self._row_of[ids] = torch.arange(self._count, count)  # last: what was interrupted is computed again
        self._count = count


def _read(
    rnn: nn.RNNBase, sentences: PackedSequence, first_layer: Callable[[_Weights, Steps], Tensor]
) -> tuple[PackedSequence, Tensor]:
    """States of every token, and final ones; the first layer's directions are computed by a function."""
    counts, ends = sentences.batch_sizes.tolist(), _ends(sentences.batch_sizes)
    x, final = sentences.data, []
    for layer in range(rnn.num_layers):
        if layer and rnn.dropout:
            x = nn.functional.dropout(x, rnn.dropout, rnn.training)
        directions = []
        for suffix in _suffixes(rnn):
            weights, steps = _weights(rnn, layer, suffix), Steps(counts, bool(suffix))
            states = _layer_of(rnn, x)(x, *weights, steps) if layer else first_layer(weights, steps)
            final.append(states[: counts[0]] if suffix else states.index_select(0, ends))
            directions.append(states)
        x = torch.cat(directions, dim=1) if rnn.bidirectional else directions[0]
    hidden = torch.stack(final).index_select(1, sentences.unsorted_indices)  # type: ignore[arg-type] # always there
    return sentences._replace(data=x), hidden


def _suffixes(rnn: nn.RNNBase) -> list[str]:
    """Of the names of each direction's weights."""
    return ["", "_reverse"][: 1 + rnn.bidirectional]


def _weights(rnn: nn.RNNBase, layer: int, suffix: str) -> _Weights:
    w, u, b, c = (getattr(rnn, f"{name}_l{layer}{suffix}") for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"))
    return w, u, b, c


def _ends(counts: Tensor) -> Tensor:
    """(B,) index of each sentence's last token in N, the longest sentence first."""
    lengths = (counts[None, :] > torch.arange(int(counts[0]))[:, None]).sum(dim=1)  # (B,)
    return (counts.cumsum(0) - counts)[lengths - 1] + torch.arange(len(lengths))
