"""An embedding of which only those rows are trained that occur in training."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class SparseEmbedding(nn.Module):
    """Rows that occur in training are a parameter, the others a buffer.

    The others' gradients are zero, and a row without one never moves under Adam without weight decay, so nothing is
    lost. GPT-2 has 50,257 rows and CoLA 6,412 of them: a step of Adam takes an eighth, and so does a checkpoint.
    """

    def __init__(self, embedding: nn.Embedding, ids: Tensor) -> None:
        super().__init__()
        rows = embedding.weight.detach()
        occurs = torch.zeros(len(rows), dtype=torch.bool, device=rows.device).index_fill(0, ids.long(), 1)
        order = torch.cat([occurs.nonzero()[:, 0], occurs.logical_not().nonzero()[:, 0]])
        self.row_of = nn.Buffer(order.argsort())  # each token's, in the table
        self.table = nn.Buffer(rows[order])
        self.weight = nn.Parameter(self.table[: int(occurs.sum())])  # the same memory

    def forward(self, ids: Tensor) -> Tensor:
        """(N,) -> (N, width)."""
        return F.embedding(self.row_of[ids], self.weight if self.training else self.table)

    def to_embedding(self) -> nn.Embedding:
        """All rows in their order again."""
        rows = self.table[self.row_of]
        return nn.Embedding(len(rows), rows.shape[1], _weight=rows)
