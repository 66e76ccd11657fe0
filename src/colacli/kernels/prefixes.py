"""Shared prefixes: the common prefix of neighbouring sentences is computed once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from colacli.kernels.layout import ROW_WIDTH, PaddedLayout
from colacli.kernels.packing import Batch, split_sentences


@dataclass(frozen=True)
class SharedPrefixes:
    """The prefix tree of sentences: one token for each distinct prefix of neighbours.

    In a causal model equal prefixes have equal states, so no number changes: in batches of 256, CoLA's dev split has
    0.91 times as many tokens, and train 0.77 times. In training dropout makes the states differ.

    It is for inference: of a token that several rows read, gradients would be those of the first alone.
    """

    ids: Tensor
    """(N,) int64."""
    positions: Tensor
    """(N,) each token's position in its sentences."""
    last: Tensor
    """(B,) index of each sentence's last token in N."""
    paths: Tensor
    """(tokens of the batch,) index in N of each, sentence after sentence."""
    layout: PaddedLayout

    @classmethod
    def of(cls, batch: Batch) -> SharedPrefixes:
        """Of a batch in which sentences with a common prefix are adjacent."""
        sentences = split_sentences(batch.ids, batch.lengths)
        rows = _Rows(max(ROW_WIDTH, *map(len, sentences)))
        ids: list[int] = []
        depths: list[int] = []  # positions in the sentences
        last: list[int] = []
        paths: list[int] = []
        path: list[int] = []  # indices in N of the previous sentence's tokens
        previous: list[int] = []
        for sentence in sentences:
            common = _common_length(previous, sentence)
            path[common:] = range(len(ids), len(ids) + len(sentence) - common)
            ids += sentence[common:]
            depths += range(common, len(sentence))
            rows.add(path, common)
            last.append(path[-1])
            paths += path
            previous = sentence
        return cls(torch.tensor(ids), torch.tensor(depths), torch.tensor(last), torch.tensor(paths), rows.layout())


class _Rows:
    """The rows of attention, filled with one sentence after another: what they don't share with the previous one.

    A row begins with a whole sentence, whose prefix is read again where the previous row has it.

    Args:
        width: W, at least that of the longest sentence.
    """

    def __init__(self, width: int) -> None:
        self._width = width
        self._next = self._end = 0  # the next position, and that after the row's last one
        self._path: list[int] = []  # positions of the previous sentence's tokens in its row
        self._firsts: list[int] = []  # (N,) the position of each token, the first of several
        self._tokens: list[int] = []  # (R W,) the token at each position
        self._until: list[int] = []  # (R W,) end of its descendants

    def add(self, path: list[int], common: int) -> None:
        """Add a sentence: the indices of its tokens, and how many of the first it shares with the previous one."""
        fits = self._next + len(path) - common <= self._end
        kept = common if fits else 0
        self._close(kept)
        if not fits:
            self._begin_row()
        start, self._next = self._next, self._next + len(path) - kept
        self._path += range(start, self._next)
        self._tokens[start : self._next] = path[kept:]
        self._firsts += self._path[common:]

    def _begin_row(self) -> None:
        self._next, self._end = self._end, self._end + self._width
        self._tokens += [0] * self._width
        self._until += range(self._next + 1, self._end + 1)  # an empty position attends to itself alone

    def _close(self, kept: int) -> None:
        """No later position has the previous path's ancestors but for the first `kept`."""
        for position in self._path[kept:]:
            self._until[position] = self._next
        del self._path[kept:]

    def layout(self) -> PaddedLayout:
        """The layout of all sentences."""
        self._close(0)
        tokens, until = torch.tensor(self._tokens), torch.tensor(self._until)
        return PaddedLayout(torch.tensor(self._firsts), tokens, until, self._width)


def _common_length(a: Sequence[int], b: Sequence[int]) -> int:
    """Length of the common prefix."""
    pairs = zip(a, b, strict=False)
    return next((number for number, (x, y) in enumerate(pairs) if x != y), min(len(a), len(b)))
