"""The student: embeddings, a recurrent network, a pooling of its states, and a linear head."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence

from colacli.config import Cell
from colacli.kernels.dropout import Dropout
from colacli.kernels.embedding import SparseEmbedding
from colacli.kernels.packing import Batch, Reading
from colacli.kernels.padded_recurrence import padded_rnn
from colacli.kernels.recurrence import TokenRNN, is_supported, packed_rnn
from colacli.models.pooling import Pool
from colacli.models.student_shape import StudentShape

CELLS: dict[Cell, type[nn.RNN | nn.GRU | nn.LSTM]] = {"rnn": nn.RNN, "gru": nn.GRU, "lstm": nn.LSTM}


class RecurrentClassifier(nn.Module):
    """Tokens to two logits a sentence: not acceptable, acceptable."""

    def __init__(self, shape: StudentShape, dropout: float = 0.0) -> None:
        super().__init__()
        rank = shape.embedding_rank
        self.embedding: nn.Embedding | SparseEmbedding = nn.Embedding(shape.vocab_size, rank or shape.width)
        self.dropout = Dropout(dropout)
        cell = CELLS[shape.cell]
        options = {"batch_first": True, "bidirectional": shape.bidirectional}
        between = dropout if shape.layers > 1 else 0.0
        self.rnn = cell(shape.width, shape.hidden, shape.layers, dropout=between, **options)
        self.directions, self.hidden, self.vocabulary = 1 + shape.bidirectional, shape.hidden, shape.vocab_size
        self.pool = Pool(shape.pooling, shape.hidden * self.directions, shape.hidden)
        self.score = nn.Linear(self.pool.features, 2)
        self.projection = nn.Linear(rank, shape.width, bias=False) if rank else None
        if rank and self.projection:
            nn.init.normal_(self.projection.weight, std=rank**-0.5)  # the product has variance 1, as embeddings do
        self.dtype = torch.float32

    def forward(self, batch: Batch | Reading) -> Tensor:
        """Logits (B, 2) in fp32."""
        return self.classify(self.features(batch))

    def features(self, batch: Batch | Reading) -> Tensor:
        """Inputs (B, pool.features) of the head, in fp32."""
        return self.features_and_states(self.reading(batch))[0]

    def reading(self, batch: Batch | Reading, others: Sequence[Tensor] = ()) -> Reading:
        """A batch as it reads it, with `others` as `Batch.reading` has them; or what was prepared so."""
        if isinstance(batch, Reading):
            return batch
        device = self.score.weight.device
        return batch.reading(device, padded=self.pool.needs_rows(device), others=others)

    def features_and_states(self, reading: Reading) -> tuple[Tensor, Tensor]:
        """Inputs (B, pool.features) of the head, in fp32, and states (N, hidden * directions) of the last layer."""
        inputs = self.dropout(embedded(self.embedding, self.projection, reading.ids.data))
        states, final = _read(self.rnn, inputs, reading, self.dtype)  # of every token, and at the end
        last = final[-self.directions :].transpose(0, 1).flatten(1)  # (B, hidden * directions)
        return self.pool(last.float(), states, reading), states

    def classify(self, features: Tensor) -> Tensor:
        """Logits (B, 2) from the inputs of the head."""
        return self.score(self.dropout(features))  # type: ignore[no-any-return]

    def prepare_for_inference(self) -> None:
        """Let gated layers look up what a token adds to their gates, where they are packed; in a copy for inference."""
        is_packed = self.dtype == torch.float32 and is_supported(self.score.weight)
        if is_packed and not isinstance(self.rnn, nn.RNN):
            embedding, projection = self.embedding, self.projection
            rnn = TokenRNN(self.rnn, lambda ids: embedded(embedding, projection, ids), self.vocabulary)
            self._modules.update(embedding=nn.Identity(), projection=None, rnn=rnn)

    def train_only(self, ids: Tensor) -> None:
        """Train the embeddings of these tokens alone, if embeddings are trained at all."""
        if isinstance(self.embedding, nn.Embedding) and self.embedding.weight.requires_grad:
            self.embedding = SparseEmbedding(self.embedding, ids)

    def train_all(self) -> None:
        """Undo `train_only`; the trained rows stay as they are."""
        if isinstance(self.embedding, SparseEmbedding):
            self.embedding = self.embedding.to_embedding()


def embedded(embedding: nn.Module, projection: nn.Module | None, ids: Tensor) -> Tensor:
    """Token ids (N,) to inputs (N, width) of a recurrent network."""
    rows = embedding(ids)  # (N, width or rank)
    return rows if projection is None else projection(rows)  # type: ignore[no-any-return]


def read(rnn: nn.Module, sentences: PackedSequence, dtype: torch.dtype) -> tuple[PackedSequence, Tensor]:
    """States of every token, and final states (layers * directions, B, hidden), with products in fp32 or bf16."""
    bf16 = dtype == torch.bfloat16
    if isinstance(rnn, nn.RNNBase) and not bf16 and is_supported(sentences.data):
        return packed_rnn(rnn, sentences)
    with torch.autocast(sentences.data.device.type, torch.bfloat16, enabled=bf16):
        states, final = rnn(sentences)
    return states, final[0] if isinstance(final, tuple) else final


def _read(rnn: nn.Module, inputs: Tensor, reading: Reading, dtype: torch.dtype) -> tuple[Tensor, Tensor]:
    """The same of inputs (N, width), which may be padded; states as (N, hidden * directions)."""
    if not reading.is_padded:
        states, final = read(rnn, reading.ids._replace(data=inputs), dtype)
        return states.data, final
    assert isinstance(rnn, nn.RNNBase), "only trained layers read padded sentences"
    with torch.autocast(inputs.device.type, torch.bfloat16, enabled=dtype == torch.bfloat16):
        return padded_rnn(rnn, inputs, reading.lengths)
