"""The student: embeddings, a recurrent network, and two logits from its last real step."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
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
        self.embedding: nn.Embedding | SeenEmbedding = nn.Embedding(shape.vocab_size, shape.width)
        self.dropout = nn.Dropout(dropout)
        cell = _CELLS[shape.cell]
        between = dropout if shape.layers > 1 else 0.0
        self.rnn = cell(shape.width, shape.hidden, shape.layers, batch_first=True, dropout=between)
        self.score = nn.Linear(shape.hidden, 2)
        self.dtype = torch.float32

    def forward(self, batch: Batch) -> Tensor:
        """Logits (B, 2) in fp32."""
        reading = batch.reading
        states = self.dropout(self.embedding(batch.ids[reading.data]))  # (N, width)
        with torch.autocast(states.device.type, torch.bfloat16, enabled=self.dtype == torch.bfloat16):
            _, final = self.rnn(reading._replace(data=states))
        hidden = final[0] if isinstance(final, tuple) else final  # (layers, B, hidden); an LSTM has cells too
        return self.score(self.dropout(hidden[-1].float()))  # type: ignore[no-any-return]

    def train_seen(self, ids: Tensor) -> None:
        """From now on train only the embeddings of these tokens, if they are trained at all."""
        if isinstance(self.embedding, nn.Embedding) and self.embedding.weight.requires_grad:
            self.embedding = SeenEmbedding(self.embedding, ids)

    def train_all(self) -> None:
        """Undo `train_seen`; what was learnt stays."""
        if isinstance(self.embedding, SeenEmbedding):
            self.embedding = self.embedding.whole()


class SeenEmbedding(nn.Module):
    """An embedding of which only the rows that occur in training are trained.

    Others' gradients are zero, and a row without one never moves under Adam without weight decay, so nothing is lost.
    GPT-2 has 50,257 rows and CoLA 6,412 of them: a step of Adam takes an eighth, and so does a checkpoint.
    """

    def __init__(self, whole: nn.Embedding, ids: Tensor) -> None:
        super().__init__()
        rows = whole.weight.detach()
        is_seen = torch.zeros(len(rows), dtype=torch.bool, device=rows.device).index_fill(0, ids.long(), 1)
        order = torch.cat([is_seen.nonzero()[:, 0], is_seen.logical_not().nonzero()[:, 0]])
        self.places = nn.Buffer(order.argsort())
        self.table = nn.Buffer(rows[order])
        self.weight = nn.Parameter(self.table[: int(is_seen.sum())])  # the same memory

    def forward(self, ids: Tensor) -> Tensor:
        """(N,) -> (N, width)."""
        return F.embedding(self.places[ids], self.weight if self.training else self.table)

    def whole(self) -> nn.Embedding:
        """All rows in their order again."""
        rows = self.table[self.places]
        return nn.Embedding(len(rows), rows.shape[1], _weight=rows)
