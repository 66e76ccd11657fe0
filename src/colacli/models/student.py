"""The student: embeddings, a recurrent network, and two logits from what its states come to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import get_args

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from colacli.config import Cell, Pooling
from colacli.data.batches import Batch
from colacli.models.pooling import Pool

_CELLS: dict[Cell, type[nn.RNN | nn.GRU | nn.LSTM]] = {"rnn": nn.RNN, "gru": nn.GRU, "lstm": nn.LSTM}


@dataclass(frozen=True, kw_only=True)
class StudentShape:
    """All that is needed to build the network again; stored as `student.json`, without what has its default."""

    cell: Cell
    vocab_size: int
    width: int
    """Of the embeddings, as the recurrent network gets them."""
    hidden: int
    """Of one direction's recurrent state."""
    layers: int
    bidirectional: bool = False
    pooling: Pooling = "last"
    embedding_rank: int | None = None
    """Width that embeddings are stored in, and projected from; None where they are stored in full."""

    def __post_init__(self) -> None:
        """Check it: the file it comes from may be anybody's.

        Raises:
            ValueError: it is no shape of a network.
        """
        sizes = {"vocab_size": 10_000_000, "width": 65_536, "hidden": 65_536, "layers": 64}
        if self.embedding_rank is not None:
            sizes["embedding_rank"] = 65_536
        for name, most in sizes.items():
            if type(value := getattr(self, name)) is not int or not 1 <= value <= most:
                raise ValueError(f"{name} must be a whole number from 1 to {most:,}, not {value!r}")
        for name, known in {"cell": get_args(Cell), "pooling": get_args(Pooling)}.items():
            if getattr(self, name) not in known:
                raise ValueError(f"{name} must be one of {', '.join(known)}, not {getattr(self, name)!r}")
        if type(self.bidirectional) is not bool:
            raise ValueError(f"bidirectional must be true or false, not {self.bidirectional!r}")


class RecurrentClassifier(nn.Module):
    """Tokens to two logits a sentence: not acceptable, acceptable."""

    def __init__(self, shape: StudentShape, dropout: float = 0.0) -> None:
        super().__init__()
        rank = shape.embedding_rank
        self.embedding = nn.Embedding(shape.vocab_size, rank or shape.width)
        self.dropout = nn.Dropout(dropout)
        cell = _CELLS[shape.cell]
        between = dropout if shape.layers > 1 else 0.0
        both = shape.bidirectional
        self.rnn = cell(shape.width, shape.hidden, shape.layers, batch_first=True, dropout=between, bidirectional=both)
        self.pool = Pool(shape.pooling, shape.hidden, 2 if both else 1)
        self.score = nn.Linear(self.pool.features, 2)
        self.projection = nn.Linear(rank, shape.width, bias=False) if rank else None
        if rank and self.projection:
            nn.init.normal_(self.projection.weight, std=rank**-0.5)  # so that the product has embeddings' variance, 1
        self.dtype = torch.float32

    def forward(self, batch: Batch) -> Tensor:
        """Logits (B, 2) in fp32."""
        embedded = self.embedding(batch.ids)  # (N, width or rank)
        if self.projection is not None:
            embedded = self.projection(embedded)
        grid = batch.spread(self.dropout(embedded))  # (B, T, width)
        with torch.autocast(grid.device.type, torch.bfloat16, enabled=self.dtype == torch.bfloat16):
            states = self._read(grid, batch)  # (B, T, hidden * directions)
        summary = self.pool(batch.pack(states).float(), batch)  # (B, features)
        return self.score(self.dropout(summary))  # type: ignore[no-any-return]

    def _read(self, grid: Tensor, batch: Batch) -> Tensor:
        """States of every step; padding comes after a sentence, so that only who reads backwards has to skip it."""
        if not self.rnn.bidirectional:
            return self.rnn(grid)[0]  # type: ignore[no-any-return]
        lengths = batch.lengths.cpu()
        packed = pack_padded_sequence(grid, lengths, batch_first=True, enforce_sorted=False)
        return pad_packed_sequence(self.rnn(packed)[0], batch_first=True)[0]
