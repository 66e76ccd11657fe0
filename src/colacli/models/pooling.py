"""What a student's head reads: its last state, alone or with a summary of all its states beside it."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from colacli.config import Pooling
from colacli.data.batches import Batch


class Pool(nn.Module):
    """Summaries of a recurrent network's states, a row a sentence.

    `last` is the state that has read the whole sentence: of a network that reads backwards too, that direction's is
    at the first token. The others put a summary of all real states beside it (Howard and Ruder 2018, "concat
    pooling"): their mean, their largest value in each dimension (Conneau et al. 2017), or their mean weighted by
    attention, softmax of v tanh(W h + b) (Yang et al. 2016, equations 5 to 7).

    Args:
        kind: which summary.
        hidden: width of one direction's state.
        directions: 1, or 2 where the network reads backwards too.
    """

    def __init__(self, kind: Pooling, hidden: int, directions: int) -> None:
        super().__init__()
        self.kind, self.hidden = kind, hidden
        self.features = hidden * directions * (1 if kind == "last" else 2)
        """Width of a summary."""
        if kind == "attention":
            self.project = nn.Linear(hidden * directions, hidden)
            self.weigh = nn.Linear(hidden, 1, bias=False)

    def forward(self, states: Tensor, batch: Batch) -> Tensor:
        """(N, hidden * directions) -> (B, features)."""
        last = states[batch.last]
        if states.shape[1] > self.hidden:
            first = batch.last - batch.lengths + 1
            last = torch.cat([last[:, : self.hidden], states[first, self.hidden :]], dim=1)
        return last if self.kind == "last" else torch.cat([last, self._summary(states, batch)], dim=1)

    def _summary(self, states: Tensor, batch: Batch) -> Tensor:
        grid = batch.spread(states)  # (B, T, hidden * directions), zeros after a sentence's end
        if self.kind == "mean":
            return grid.sum(dim=1) / batch.lengths[:, None]
        steps = torch.arange(batch.width, device=states.device)
        padding = (steps >= batch.lengths[:, None])[:, :, None]  # (B, T, 1)
        if self.kind == "max":
            return grid.masked_fill(padding, -torch.inf).amax(dim=1)
        scores = batch.spread(self.weigh(self.project(states).tanh())).masked_fill(padding, -torch.inf)
        return (scores.softmax(dim=1) * grid).sum(dim=1)
