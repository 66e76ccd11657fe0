"""A student's recurrent layers as a language model, and the language model whose distributions it may learn.

Letters: B sentences, N tokens, e width of the stored embeddings, h of a direction's state, V vocabulary.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from colacli.kernels.dropout import Dropout
from colacli.kernels.next_token import SoftTargets, Sums, next_token_loss, next_token_sums
from colacli.kernels.packing import Batch, Tokens
from colacli.kernels.sending import send
from colacli.models.gpt2 import LanguageModel
from colacli.models.inference import packed_body
from colacli.models.student import CELLS, embedded, read
from colacli.models.student_shape import StudentShape


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


@dataclass(frozen=True)
class Candidates:
    """Tokens that a step's next ones are told from: all of its own, and some drawn of the others.

    Each drawn one stands for as many as were not, so that the softmax's denominator is estimated without bias
    (importance sampling: Bengio and Senécal 2008; drawn once for many tokens: Jean et al. 2015).
    """

    ids: Tensor
    """(C,) int64, on the device."""
    offsets: Tensor
    """(C,) that are added to logits: the logarithms of how many each stands for."""

    @classmethod
    def drawn(cls, own: Tensor, vocabulary: int, count: int, device: torch.device) -> Candidates | None:
        """The tokens `own` and so many of the others, at random; None where there are no more than these."""
        present = torch.zeros(vocabulary, dtype=torch.bool).index_fill(0, own, value=True)
        ids, others = present.nonzero()[:, 0], present.logical_not().nonzero()[:, 0]
        if len(others) <= count:
            return None
        (sent,) = send([torch.cat([ids, others[torch.randperm(len(others))[:count]]])], device)
        offsets = torch.zeros(len(sent), device=device)
        offsets[len(ids) :] = math.log(len(others) / count)
        return cls(sent, offsets)

    def places(self, vocabulary: int) -> Tensor:
        """(V,) where each token is among them, by id; anything for those that are not."""
        numbers = torch.arange(len(self.ids), device=self.ids.device)
        return torch.zeros(vocabulary, dtype=torch.int64, device=self.ids.device).scatter(0, self.ids, numbers)


class RecurrentLanguageModel(nn.Module):
    """A student's embeddings and recurrent layers, each direction a language model of its own (Peters et al. 2018).

    Backwards the previous token is predicted. No direction reads the other, in upper layers either. The output layer
    is a projection of a direction's state to the embeddings' width, the embeddings themselves (Press and Wolf 2017) and
    a bias; the projections and biases serve in training alone.

    Args:
        shape: of the student.
        dropout: of the embedded tokens, of a layer's inputs and of the last states.
        end: id of the token that is predicted after the last one.
        negatives: how many tokens are drawn in each step that its own are told from; None for the whole vocabulary.
    """

    def __init__(self, shape: StudentShape, dropout: float, end: int, negatives: int | None = None) -> None:
        super().__init__()
        self.shape, self.end, self.negatives = shape, end, negatives
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
            soft: a teacher's of the same batch; for the forward direction, and where no negatives are drawn.
        """
        losses, counts = [], []
        weight, biases, places = self.embedding.weight, [*self.biases], None
        if (candidates := self._candidates(batch)) is not None:
            places = candidates.places(self.shape.vocab_size)
            weight = F.embedding(candidates.ids, weight)
            biases = [bias[candidates.ids] + candidates.offsets for bias in biases]
        for direction, (states, targets, order) in enumerate(self._states(batch, self.dtype)):
            ordered = replace(soft, states=soft.states[order]) if soft is not None and direction == 0 else None
            targets = targets if places is None else places[targets]
            loss, sums = next_token_loss(states, weight, biases[direction], targets, ordered, self.dtype)
            losses.append(loss)
            counts.append(sums)
        return torch.stack(losses).mean(), Sums(*map(sum, zip(*counts, strict=True)))  # type: ignore[arg-type]

    def _candidates(self, batch: Batch) -> Candidates | None:
        """What a step's next tokens are told from; None for the whole vocabulary. Both directions have the same."""
        if self.negatives is None:
            return None
        own = torch.cat([batch.ids, torch.tensor([self.end])])
        return Candidates.drawn(own, self.shape.vocab_size, self.negatives, self.embedding.weight.device)

    @torch.no_grad()
    def measure(self, batch: Batch) -> list[Sums]:
        """Counts of each direction, in fp32."""
        return [
            next_token_sums(states, self.embedding.weight, bias, targets)
            for bias, (states, targets, _) in zip(self.biases, self._states(batch, torch.float32), strict=True)
        ]

    def _states(self, batch: Batch, dtype: torch.dtype) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
        """Of each direction, on the device: inputs (N, e) of the output layer, targets, rows of the teacher's states.

        Both read sentences of the same lengths in the same order, so all of it is sent at once.
        """
        read_by = [NextTokens.of(batch, self.end, backward=bool(number)) for number in range(len(self.directions))]
        others = [numbers for one in read_by for numbers in (one.batch.ids, one.targets)]
        reading = batch.reading(self.embedding.weight.device, padded=False, others=[_after_start(batch), *others])
        rows, *sent = reading.others
        for cell, output, ids, targets in zip(self.directions, self.outputs, sent[::2], sent[1::2], strict=True):
            inputs = self.dropout(embedded(self.embedding, self.projection, ids))
            states, _ = read(cell, reading.ids._replace(data=inputs), dtype)
            yield output(self.dropout(states.data.float())), targets, rows

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
        """Of the token after each of N + B, a start token before each sentence; the last token's are of the end."""
        given = Tokens(batch.ids, batch.lengths).after(self._start)
        states = self._body(Batch(given.ids, given.lengths))  # (N + B, d)
        return SoftTargets(states, self._head, self._weight, self._temperature)


def _after_start(batch: Batch) -> Tensor:
    """The row (N,) of each token where a start token is before each sentence."""
    return torch.arange(len(batch.ids)) + torch.arange(1, len(batch.lengths) + 1).repeat_interleave(batch.lengths)
