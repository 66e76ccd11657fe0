"""A student's recurrent layers as a language model, and the language model whose distributions it may learn.

Letters: B sentences, N tokens, e width of the stored embeddings, h of a direction's state, V vocabulary.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from colacli.kernels.dropout import Dropout
from colacli.kernels.next_token import SoftTargets, Sums, next_token_loss, next_token_sums
from colacli.kernels.packing import Batch
from colacli.models.gpt2 import LanguageModel
from colacli.models.inference import packed_body
from colacli.models.student import CELLS, StudentShape, embedded, read


@dataclass(frozen=True)
class NextTokens:
    """A batch as one direction reads it, with the token that it predicts after each."""

    batch: Batch
    targets: Tensor
    """(N,) int64."""

    @classmethod
    def of(cls, batch: Batch, end: int, *, backward: bool) -> NextTokens:
        """The next tokens; backwards, of reversed sentences. After the last one comes the token `end`."""
        if backward:
            lengths = batch.lengths.repeat_interleave(batch.lengths)  # (N,)
            mirrored = torch.arange(len(batch.ids)) + lengths - 1 - 2 * batch.positions
            batch = replace(batch, ids=batch.ids[mirrored])
        targets = batch.ids.roll(-1)
        targets[batch.last] = end
        return cls(batch, targets)


class RecurrentLanguageModel(nn.Module):
    """A student's embeddings and recurrent layers, each direction a language model of its own (Peters et al. 2018).

    Backwards the previous token is predicted. No direction reads the other, in upper layers either. The output layer
    is a projection of a direction's state to the embeddings' width, the embeddings themselves (Press and Wolf 2017) and
    a bias; the projections and biases serve in training alone.

    Args:
        shape: of the student.
        dropout: of the embedded tokens, of a layer's inputs and of the last states.
        end: id of the token that is predicted after the last one.
    """

    def __init__(self, shape: StudentShape, dropout: float, end: int) -> None:
        super().__init__()
        self.shape, self.end = shape, end
        rank = shape.embedding_rank
        self.embedding = nn.Embedding(shape.vocab_size, rank or shape.width)
        self.projection = nn.Linear(rank, shape.width, bias=False) if rank else None
        if rank and self.projection:
            nn.init.normal_(self.projection.weight, std=rank**-0.5)
        between = dropout if shape.layers > 1 else 0.0
        self.directions = nn.ModuleList(
            CELLS[shape.cell](shape.width, shape.hidden, shape.layers, dropout=between, batch_first=True)
            for _ in range(1 + shape.bidirectional)
        )
        self.outputs = nn.ModuleList(nn.Linear(shape.hidden, rank or shape.width) for _ in self.directions)
        self.biases = nn.ParameterList(torch.zeros(shape.vocab_size) for _ in self.directions)
        self.dropout = Dropout(dropout)
        self.dtype = torch.float32
        """Of products in training."""

    def loss(self, batch: Batch, soft: SoftTargets | None = None) -> tuple[Tensor, Sums]:
        """Mean over tokens and directions of what is minimised, and counts over all of them.

        Args:
            batch: of sentences.
            soft: of its tokens, in their order; for the forward direction.
        """
        losses, counts = [], []
        for direction in range(len(self.directions)):
            states, targets, order = self._states(batch, direction, self.dtype)
            ordered = None
            if soft is not None and direction == 0:
                ordered = replace(soft, states=soft.states[order.to(soft.states.device)])
            bias = self.biases[direction]
            loss, sums = next_token_loss(states, self.embedding.weight, bias, targets, ordered, self.dtype)
            losses.append(loss)
            counts.append(sums)
        return torch.stack(losses).mean(), Sums(*map(sum, zip(*counts, strict=True)))  # type: ignore[arg-type]

    @torch.no_grad()
    def measure(self, batch: Batch) -> list[Sums]:
        """Counts of each direction, in fp32."""
        sums = []
        for direction in range(len(self.directions)):
            states, targets, _ = self._states(batch, direction, torch.float32)
            sums.append(next_token_sums(states, self.embedding.weight, self.biases[direction], targets))
        return sums

    def _states(self, batch: Batch, direction: int, dtype: torch.dtype) -> tuple[Tensor, Tensor, Tensor]:
        """Inputs (N, e) of the output layer and targets (N,), on the device, and their indices in the batch."""
        device = self.embedding.weight.device
        tokens = NextTokens.of(batch, self.end, backward=direction == 1)
        order = tokens.batch.reading_order.data
        ids = tokens.batch.reading(device, padded=False).ids
        inputs = self.dropout(embedded(self.embedding, self.projection, ids.data))
        states, _ = read(self.directions[direction], ids._replace(data=inputs), dtype)
        outputs = self.outputs[direction](self.dropout(states.data.float()))
        return outputs, tokens.targets[order].to(device), order

    def student_weights(self) -> dict[str, Tensor]:
        """Embeddings and recurrent layers under the names of a `RecurrentClassifier`.

        There an upper layer's direction reads both below: the weights for the other one are zero.
        """
        weights = {name: tensor for name, tensor in self.state_dict().items() if name in _EMBEDDINGS}
        for number, cell in enumerate(self.directions):
            for name, tensor in cell.state_dict().items():
                if self.shape.bidirectional and name.startswith("weight_ih") and not name.endswith("_l0"):
                    other = torch.zeros_like(tensor)
                    tensor = torch.cat([other, tensor] if number else [tensor, other], dim=1)
                weights[f"rnn.{name}{'_reverse' if number else ''}"] = tensor
        return weights


_EMBEDDINGS = ("embedding.weight", "projection.weight")


class NextTokenTeacher:
    """A language model for inference: its next-token distributions as soft targets.

    Args:
        model: in evaluation mode, in the precision of its body; its head computes in the same.
        start: id of the token that sentences are read after.
        weight: of the soft targets.
        temperature: of both sides.
    """

    def __init__(self, model: LanguageModel, start: int, weight: float, temperature: float) -> None:
        self._start, self._weight, self._temperature = start, weight, temperature
        self._body = packed_body(model.transformer)
        head = model.lm_head.weight.detach().float()  # (V, d)
        # The mean row adds the same to all logits of a token, which softmax doesn't see, but makes them large: without
        # it they are better rounded to 16 bits.
        self._head = (head - head.mean(dim=0)).to(model.transformer.dtype)

    @torch.no_grad()
    def targets(self, batch: Batch) -> SoftTargets:
        """Of the token after each of N, given the start token and those before; the last token's are of the end."""
        lengths = batch.lengths + 1
        ids = torch.full((len(batch.ids) + len(lengths),), self._start)
        is_old = torch.ones(len(ids), dtype=torch.bool)
        is_old[lengths.cumsum(0) - lengths] = False
        ids[is_old] = batch.ids
        states = self._body(Batch(ids, lengths))  # (N + B, d)
        return SoftTargets(states[is_old.to(states.device)], self._head, self._weight, self._temperature)
