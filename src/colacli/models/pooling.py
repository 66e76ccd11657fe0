"""The input of a student's head: its last state, alone or with a pooling of all its states."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from colacli.config import Pooling
from colacli.kernels.max_pool import packed_max
from colacli.kernels.packing import Reading


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

    def needs_rows(self, device: torch.device) -> bool:
        """Whether it reads the states of each sentence in a row."""
        return self.kind != "last" and not (self.kind == "max" and device.type == "cpu")

    def forward(self, last: Tensor, states: Tensor, reading: Reading) -> Tensor:
        """Last states (B, width) and those of every token (N, width), as they were read -> (B, features)."""
        return last if self.kind == "last" else torch.cat([last, self._pooled(states.float(), reading)], dim=1)

    def _pooled(self, states: Tensor, reading: Reading) -> Tensor:
        layout, lengths = reading.layout, reading.lengths[:, None]
        if layout is None:
            return packed_max(reading.ids._replace(data=states))
        padded = layout.pad(states)  # (B, T, width)
        padding = (torch.arange(layout.width, device=padded.device) >= lengths)[:, :, None]  # (B, T, 1)
        if self.kind == "mean":
            return padded.masked_fill(padding, 0.0).sum(dim=1) / lengths
        if self.kind == "max":
            return padded.masked_fill(padding, -torch.inf).amax(dim=1)
        scores = layout.pad(self.weigh(self.project(states).tanh()))
        return (scores.masked_fill(padding, -torch.inf).softmax(dim=1) * padded).sum(dim=1)
