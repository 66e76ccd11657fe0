"""Sentences that begin alike, read once as far as they are alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor

from colacli.kernels.layout import ROW_WIDTH, PaddedLayout
from colacli.kernels.packing import Batch, split_sentences


@dataclass(frozen=True)
class SharedPrefixes:
    """The distinct prefixes of sentences: what neighbours in a row begin with in common is read once.

    In a causal model equal prefixes have equal states, so no number changes, only how often it is computed: in batches
    of 128, 0.90 times for the tokens of CoLA's dev split and 0.77 for train's. Dropout is drawn for each sentence, so
    in training no two states are equal.
    """

    ids: Tensor
    """(N,) int64, the last token of each."""
    positions: Tensor
    """(N,) its position."""
    last: Tensor
    """(B,) where each sentence's last token stands in N."""
    layout: PaddedLayout

    @classmethod
    def of(cls, batch: Batch) -> SharedPrefixes:
        """Of a batch whose sentences that begin alike stand together."""
        sentences = split_sentences(batch.ids, batch.lengths)
        width = max(ROW_WIDTH, *map(len, sentences))
        ids: list[int] = []
        depths: list[int] = []  # each token's position in its sentence
        positions: list[int] = []  # and in the rows
        last: list[int] = []
        path: list[int] = []  # the tokens of the sentence before, as indices in N
        before: list[int] = []
        row = used = 0
        for sentence in sentences:
            common = _common_length(before, sentence)
            if used + len(sentence) - common > width:
                common, row, used = 0, row + 1, 0
            del path[common:]
            for depth in range(common, len(sentence)):
                path.append(len(ids))
                ids.append(sentence[depth])
                depths.append(depth)
                positions.append(row * width + used)
                used += 1
            last.append(path[-1])
            before = sentence
        layout = PaddedLayout.of_trees(torch.tensor(positions), torch.tensor(_ends(depths, positions)), width)
        tensor = partial(torch.tensor, device=batch.ids.device)
        return cls(tensor(ids), tensor(depths), tensor(last), layout)


def _ends(depths: Sequence[int], positions: Sequence[int]) -> list[int]:
    """For each token in preorder where the stretch of those that follow it ends: at the next that is no deeper."""
    ends = [0] * len(depths)
    open_tokens: list[int] = []
    for token, depth in enumerate(depths):
        while open_tokens and depths[open_tokens[-1]] >= depth:
            ends[open_tokens.pop()] = positions[token - 1] + 1
        open_tokens.append(token)
    for token in open_tokens:
        ends[token] = positions[-1] + 1
    return ends


def _common_length(a: Sequence[int], b: Sequence[int]) -> int:
    """How many tokens two sentences begin with in common."""
    pairs = zip(a, b, strict=False)
    return next((number for number, (x, y) in enumerate(pairs) if x != y), min(len(a), len(b)))
