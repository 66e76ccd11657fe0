"""Sentences that begin alike, read once as far as they are alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from colacli.kernels.layout import ROW_WIDTH, PaddedLayout
from colacli.kernels.packing import split_sentences

if TYPE_CHECKING:
    from collections.abc import Sequence

    from colacli.kernels.packing import Batch


@dataclass(frozen=True)
class SharedPrefixes:
    """The distinct prefixes of sentences: what neighbours in a row begin with in common is read once.

    In a causal model equal prefixes have equal states, so no number changes, only how often it is computed. Dropout
    is drawn for each sentence, so in training no two states are equal.
    """

    ids: Tensor
    """(N,) int64, the last token of each."""
    positions: Tensor
    """(N,) its position."""
    last: Tensor
    """(B,) where each whole sentence stands in N."""
    layout: PaddedLayout

    @classmethod
    def of(cls, batch: Batch) -> SharedPrefixes:
        """Of a batch whose sentences that begin alike stand together."""
        sentences = split_sentences(batch.ids, batch.lengths)
        width = max(ROW_WIDTH, *map(len, sentences))
        ids: list[int] = []
        depths: list[int] = []  # each token's position in its sentence
        places: list[int] = []  # and among the rows' positions
        last: list[int] = []
        path: list[int] = []  # the tokens of the sentence before, as indices in N
        before: Sequence[int] = ()
        row = used = 0
        for sentence in sentences:
            common = _common(before, sentence)
            if used + len(sentence) - common > width:
                common, row, used = 0, row + 1, 0
            del path[common:]
            for depth in range(common, len(sentence)):
                path.append(len(ids))
                ids.append(sentence[depth])
                depths.append(depth)
                places.append(row * width + used)
                used += 1
            last.append(path[-1])
            before = sentence
        layout = PaddedLayout.of_trees(torch.tensor(places), torch.tensor(_ends(depths, places)), width)
        device = batch.ids.device
        made = (torch.tensor(values, device=device) for values in (ids, depths, last))
        return cls(*made, layout)  # type: ignore[call-arg, arg-type] # three tensors


def _ends(depths: Sequence[int], places: Sequence[int]) -> list[int]:
    """For each token in preorder where the stretch of those that follow it ends: at the next that is no deeper."""
    ends = [0] * len(depths)
    open_tokens: list[int] = []
    for token, depth in enumerate(depths):
        while open_tokens and depths[open_tokens[-1]] >= depth:
            ends[open_tokens.pop()] = places[token - 1] + 1
        open_tokens.append(token)
    for token in open_tokens:
        ends[token] = places[-1] + 1
    return ends


def _common(one: Sequence[int], other: Sequence[int]) -> int:
    """How many tokens two sentences begin with in common."""
    for place, (a, b) in enumerate(zip(one, other, strict=False)):
        if a != b:
            return place
    return min(len(one), len(other))
