"""The student: embeddings, a recurrent network, and two logits from its last real step."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from colacli.config import Cell
from colacli.data.batches import Batch

_CELLS: dict[Cell, type[nn.RNN | nn.GRU | nn.LSTM]] = {"rnn": nn.RNN, "gru": nn.GRU, "lstm": nn.LSTM}


@dataclass(frozen=True, kw_only=True)
class StudentShape:
    """All that is needed to build the network again; stored as `student.json`."""

    cell: Cell
    vocab_size: int
    width: int
    """Of the embeddings."""
    hidden: int
    """Of the recurrent state."""
    layers: int

    def __post_init__(self) -> None:
        """Check it: the file it comes from may be anybody's.

        Raises:
            ValueError: it is no shape of a network.
        """
        sizes = {"vocab_size": 10_000_000, "width": 65_536, "hidden": 65_536, "layers": 64}
        for name, most in sizes.items():
            if type(value := getattr(self, name)) is not int or not 1 <= value <= most:
                raise ValueError(f"{name} must be a whole number from 1 to {most:,}, not {value!r}")
        if self.cell not in _CELLS:
            raise ValueError(f"cell must be one of {', '.join(_CELLS)}, not {self.cell!r}")


class RecurrentClassifier(nn.Module):
    """Tokens to two logits a sentence: not acceptable, acceptable."""

    def __init__(self, shape: StudentShape, dropout: float = 0.0) -> None:
        super().__init__()
        self.embedding = nn.Embedding(shape.vocab_size, shape.width)
        self.dropout = nn.Dropout(dropout)
        cell = _CELLS[shape.cell]
        between = dropout if shape.layers > 1 else 0.0
        self.rnn = cell(shape.width, shape.hidden, shape.layers, batch_first=True, dropout=between)
        self.score = nn.Linear(shape.hidden, 2)
        self.dtype = torch.float32

    def forward(self, batch: Batch) -> Tensor:
        """Logits (B, 2) in fp32."""
        grid = batch.spread(self.dropout(self.embedding(batch.ids)))  # (B, T, width)
        with torch.autocast(grid.device.type, torch.bfloat16, enabled=self.dtype == torch.bfloat16):
            states, _ = self.rnn(grid)  # (B, T, hidden); padding comes after a sentence, so it changes nothing in it
        last = batch.pack(states)[batch.last].float()  # (B, hidden)
        return self.score(self.dropout(last))  # type: ignore[no-any-return]
