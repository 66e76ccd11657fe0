"""The input of a student's head: its last state, alone or with a pooling of all its states."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence, pad_packed_sequence

from colacli.config import Pooling


class Pool(nn.Module):
    """Features from a recurrent network's states, a row a sentence.

    `last` is the state after the whole sentence; of a backward direction it is at the first token. The others
    concatenate a pooling of all states to it (Howard and Ruder 2018, "concat
    pooling"): their mean, their largest value in each dimension (Conneau et al. 2017), or their mean weighted by
    attention, softmax of v tanh(W h + b) (Yang et al. 2016, equations 5 to 7).

    Args:
        kind: which pooling.
        width: of a state, all directions.
        hidden: width of attention's layer.
    """

    def __init__(self, kind: Pooling, width: int, hidden: int) -> None:
        super().__init__()
        self.kind = kind
        self.features = width if kind == "last" else 2 * width
        if kind == "attention":
            self.project = nn.Linear(width, hidden)
            self.weigh = nn.Linear(hidden, 1, bias=False)

    def forward(self, last: Tensor, states: PackedSequence) -> Tensor:
        """Last states (B, width) and those of every token -> (B, features)."""
        return last if self.kind == "last" else torch.cat([last, self._pooled(states)], dim=1)

    def _pooled(self, states: PackedSequence) -> Tensor:
        states = states._replace(data=states.data.float())
        padded, lengths = pad_packed_sequence(states, batch_first=True)  # (B, T, width), zeros after a sentence's end
        lengths = lengths.to(padded.device)[:, None]
        if self.kind == "mean":
            return padded.sum(dim=1) / lengths
        padding = (torch.arange(padded.shape[1], device=padded.device) >= lengths)[:, :, None]  # (B, T, 1)
        if self.kind == "max":
            return padded.masked_fill(padding, -torch.inf).amax(dim=1)
        scores = states._replace(data=self.weigh(self.project(states.data).tanh()))
        weights = pad_packed_sequence(scores, batch_first=True)[0].masked_fill(padding, -torch.inf).softmax(dim=1)
        return (weights * padded).sum(dim=1)
