"""The teachers' judgements of every prefix of sentences, which a student learns from its states."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from colacli.kernels.packing import Tokens


@dataclass(frozen=True)
class PrefixTargets:
    """The teachers' logits of the prefix that ends with each token of some sentences."""

    logits: Tensor
    """(tokens, 2) in fp16, sentence after sentence."""
    tokens: Tokens
    """Of the sentences."""

    def select(self, rows: Sequence[int] | Tensor) -> PrefixTargets:
        """Those of some of the sentences."""
        batch = self.tokens.batch(torch.as_tensor(rows))
        assert batch.indices is not None, "it is from tokens"
        return PrefixTargets(self.logits[batch.indices], Tokens(batch.ids.int(), batch.lengths))

    def and_also(self, other: PrefixTargets) -> PrefixTargets:
        """Of these sentences, then of those."""
        return PrefixTargets(torch.cat([self.logits, other.logits]), self.tokens.and_also(other.tokens))

    def shuffled(self, generator: torch.Generator) -> PrefixTargets:
        """The same among other prefixes, of whatever sentences and lengths."""
        return PrefixTargets(self.logits[torch.randperm(len(self.logits), generator=generator)], self.tokens)

    @property
    def weights(self) -> Tensor:
        """(tokens,) with which the sum over a sentence's prefixes is their mean: 1 / its length."""
        lengths = self.tokens.lengths
        return (1.0 / lengths).repeat_interleave(lengths)
