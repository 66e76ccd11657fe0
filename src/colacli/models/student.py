"""The student: embeddings, a recurrent network, and two logits from what its states come to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import torch
import torch.nn.functional as F
from msgspec import Meta
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence

from colacli.config import Cell, Pooling
from colacli.data.batches import Batch
from colacli.models import recurrence
from colacli.models.dropout import Dropout
from colacli.models.pooling import Pool

_CELLS: dict[Cell, type[nn.RNN | nn.GRU | nn.LSTM]] = {"rnn": nn.RNN, "gru": nn.GRU, "lstm": nn.LSTM}


_Width = Annotated[int, Meta(ge=1, le=65_536)]


@dataclass(frozen=True, kw_only=True)
class StudentShape:
    """All that is needed to build the network again; stored as `student.json`, without what has its default."""

    cell: Cell
    vocab_size: Annotated[int, Meta(ge=1, le=10_000_000)]
    width: _Width
    """Of the embeddings, as the recurrent network gets them."""
    hidden: _Width
    """Of one direction's recurrent state."""
    layers: Annotated[int, Meta(ge=1, le=64)]
    bidirectional: bool = False
    pooling: Pooling = "last"
    embedding_rank: _Width | None = None
    """Width that embeddings are stored in, and projected from; None where they are stored in full."""


class RecurrentClassifier(nn.Module):
    """Tokens to two logits a sentence: not acceptable, acceptable."""

    def __init__(self, shape: StudentShape, dropout: float = 0.0) -> None:
        super().__init__()
        rank = shape.embedding_rank
        self.embedding: nn.Embedding | SeenEmbedding = nn.Embedding(shape.vocab_size, rank or shape.width)
        self.dropout = Dropout(dropout)
        cell = _CELLS[shape.cell]
        between = dropout if shape.layers > 1 else 0.0
        both = shape.bidirectional
        self.rnn = cell(shape.width, shape.hidden, shape.layers, batch_first=True, dropout=between, bidirectional=both)
        self.directions = 2 if both else 1
        self.pool = Pool(shape.pooling, shape.hidden * self.directions, shape.hidden)
        self.score = nn.Linear(self.pool.features, 2)
        self.projection = nn.Linear(rank, shape.width, bias=False) if rank else None
        if rank and self.projection:
            nn.init.normal_(self.projection.weight, std=rank**-0.5)  # so that the product has embeddings' variance, 1
        self.dtype = torch.float32

    def forward(self, batch: Batch) -> Tensor:
        """Logits (B, 2) in fp32."""
        return self.judge(self.summary(batch))

    def summary(self, batch: Batch) -> Tensor:
        """What the head reads of each sentence, (B, pool.features), in fp32."""
        reading = batch.reading
        embedded = self.embedding(batch.ids[reading.data])  # (N, width or rank)
        if self.projection is not None:
            embedded = self.projection(embedded)
        embedded = self.dropout(embedded)
        states, final = self._read(reading._replace(data=embedded))  # of every token; and when all is read
        hidden = final[0] if isinstance(final, tuple) else final  # (layers * directions, B, hidden)
        last = hidden[-self.directions :].transpose(0, 1).flatten(1)  # (B, hidden * directions)
        return self.pool(last.float(), states)  # type: ignore[no-any-return]

    def _read(self, sentences: PackedSequence) -> tuple[PackedSequence, Tensor | tuple[Tensor, Tensor]]:
        half = self.dtype == torch.bfloat16
        if isinstance(self.rnn, nn.RNN) and not half and recurrence.is_faster_for(sentences.data):
            return recurrence.read(self.rnn, sentences)
        with torch.autocast(sentences.data.device.type, torch.bfloat16, enabled=half):
            return self.rnn(sentences)  # type: ignore[no-any-return]

    def judge(self, summary: Tensor) -> Tensor:
        """Logits (B, 2) from what the head reads."""
        return self.score(self.dropout(summary))  # type: ignore[no-any-return]

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
