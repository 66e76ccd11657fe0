"""Log-probabilities of the tokens of sentences by a language model.

Letters: B sentences, N tokens of a batch, M distinct contexts whose next token is asked for, T = N - B next tokens,
V vocabulary.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from colacli.kernels.linear import PackedLinear
from colacli.kernels.packing import Batch
from colacli.kernels.prefixes import SharedPrefixes
from colacli.kernels.sending import send
from colacli.kernels.torch_ops import has_onednn
from colacli.models.gpt2 import LanguageModel
from colacli.models.inference import packed_body

_LOGITS = 2**21
"""Logits at a time on a CPU: 8 MB of fp32, which stay in its cache; a log-softmax of four times as many takes twice as
long. A GPU takes 32 times as many."""


@dataclass(frozen=True)
class Scores:
    """Log-probabilities of the tokens of sentences, concatenated."""

    log_probabilities: Tensor
    """(all scored tokens,) fp32, natural logarithm."""
    counts: Tensor
    """(sentences,) int64: scored tokens of each."""

    @property
    def sums(self) -> Tensor:
        """(sentences,) fp64: log-probability of each sentence; 0 where none of its tokens is scored."""
        rows = torch.arange(len(self.counts)).repeat_interleave(self.counts)
        zeros = torch.zeros(len(self.counts), dtype=torch.float64)
        return zeros.index_add(0, rows, self.log_probabilities.double())

    @property
    def means(self) -> Tensor:
        """(sentences,) fp64: mean over the scored tokens; NaN where there is none."""
        return self.sums / self.counts


class TokenScorer:
    """A language model for scoring sentences: common prefixes and their next-token distributions are computed once.

    The head computes in fp32, also where the body computes in bf16, and in chunks, so that memory is bounded.
    """

    def __init__(self, model: LanguageModel) -> None:
        self._body = packed_body(model.transformer)
        weight = model.lm_head.weight.detach().float()  # (V, d)
        self._packed = PackedLinear(weight.T, None) if has_onednn(weight.dtype, weight.device) else None
        self._weight = weight

    @torch.no_grad()
    def __call__(self, batch: Batch) -> Tensor:
        """Log-probabilities (N - B,) in fp32 on the host: of every token but each first, given those before."""
        is_last = torch.zeros_like(batch.ids, dtype=torch.bool)
        is_last[batch.last] = True
        contexts = batch.lengths[batch.lengths > 1] - 1  # nothing is asked after the last token, so it is not computed
        if not len(contexts):
            return torch.empty(0)
        shared = SharedPrefixes.of(Batch(batch.ids[~is_last], contexts))  # M distinct contexts
        states = self._body(shared)  # (M, d)
        return self._next_token(states.float(), shared.paths, batch.ids[batch.positions > 0])

    def _next_token(self, states: Tensor, rows: Tensor, targets: Tensor) -> Tensor:
        """Log-probabilities (T,) of target tokens after the contexts at `rows` (T,) of `states` (M, d).

        All are on the host but the states.
        """
        limit = _LOGITS if states.device.type == "cpu" else 32 * _LOGITS
        count = max(1, limit // len(self._weight))
        order, parts = [], []
        for start, chunk in zip(range(0, len(states), count), torch.split(states, count), strict=True):
            logits = F.linear(chunk, self._weight) if self._packed is None else self._packed(chunk)
            here = ((rows >= start) & (rows < start + len(chunk))).nonzero()[:, 0]
            of_chunk, columns = send([rows[here] - start, targets[here]], states.device)
            parts.append(logits.log_softmax(dim=1)[of_chunk, columns])
            order.append(here)
        result = torch.empty(len(rows))
        result[torch.cat(order)] = torch.cat(parts).cpu()
        return result
