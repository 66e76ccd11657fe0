"""What a step's loss is made of: the next token, right or wrong by here, which of a pair is likelier."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import Tensor

if TYPE_CHECKING:
    from model import Grids, Pretraining
    from pairs import PairRows, Pairs
    from text_rows import Text


@dataclass(frozen=True)
class Weights:
    """Of the parts of the loss, beside the next token's."""

    judge: float = 1.0
    """Something is wrong: by the last token; half as much by each other."""
    rank: float = 0.5
    """-log sigmoid(log P(good) - log P(bad)), of each pair that a rule made."""


@dataclass(frozen=True)
class Shape:
    """A step: how many rows of running text, and pairs in rows of each width."""

    long: int
    pairs: tuple[int, ...]
    """For each of `WIDTHS`."""


def language_loss(model: Pretraining, text: Text, grids: Grids, generator: torch.Generator) -> Tensor:
    """Mean loss of the next token, in nats, over rows of running text; half of them are short."""
    parts = [text.rows(rows, width, generator) for rows, width in grids]
    ids, targets = (torch.cat(some) for some in zip(*parts, strict=True))
    log_probabilities, _ = model.scores(ids, targets, grids)
    return -log_probabilities.mean()


def pair_losses(
    model: Pretraining, text: Text, pairs: list[Pairs], grids: Grids, weights: Weights, generator: torch.Generator
) -> Tensor:
    """The whole loss of a step with pairs in all grids but the first, which is running text."""
    ids, targets = text.rows(*grids[0], generator)
    rows = [some.rows(grid[0] // 2, generator) for some, grid in zip(pairs, grids[1:], strict=True)]
    ids, targets = torch.cat([ids, *(one.ids for one in rows)]), torch.cat([targets, *(one.targets for one in rows)])
    log_probabilities, logits = model.scores(ids, targets, grids)
    sizes = [grid[0] * grid[1] for grid in grids]
    of_text, *of_pairs = log_probabilities.split(sizes)
    judged = logits.split(sizes)[1:]
    real = [_real(one) for one in rows]
    predicted = sum(mask.sum() for mask in real)
    language = -(of_text.sum() + sum((some * mask).sum() for some, mask in zip(of_pairs, real, strict=True))) / (
        len(of_text) + predicted
    )
    judge, rank = judge_loss(rows, judged), rank_loss(rows, of_pairs, [len(some.names) - 1 for some in pairs])
    return language + weights.judge * judge + weights.rank * rank


def _real(rows: PairRows) -> Tensor:
    """Places of good sentences whose next token is of the sentence."""
    mask = rows.scored.clone()
    mask[len(mask) // 2 :] = False
    return mask


def judge_loss(rows: list[PairRows], logits: tuple[Tensor, ...]) -> Tensor:
    """Binary cross-entropy at the last token, and half of it at every token."""
    losses = torch.cat(
        [
            F.binary_cross_entropy_with_logits(some, one.wrong, reduction="none")
            for one, some in zip(rows, logits, strict=True)
        ]
    )
    last, within = (torch.cat([getattr(one, name) for one in rows]) for name in ("last", "within"))
    return (losses * last).sum() / last.sum() + (losses * within).sum() / within.sum() / 2


def margins(rows: PairRows, log_probabilities: Tensor) -> Tensor:
    """(P,) log P(good) - log P(bad), in nats."""
    good, bad = (log_probabilities * rows.scored).view(2, len(rows.kinds), -1).sum(2)
    return good - bad


def rank_loss(rows: list[PairRows], log_probabilities: list[Tensor], model_kinds: list[int]) -> Tensor:
    """Mean of -log sigmoid of the margins.

    Pairs that the model made itself are left out, and those of different lengths: a longer sentence is less likely.
    """
    total, count = torch.zeros((), device=log_probabilities[0].device), 0
    for one, some, model_kind in zip(rows, log_probabilities, model_kinds, strict=True):
        counted = (one.kinds != model_kind) & one.alike
        total = total + (F.softplus(-margins(one, some)) * counted).sum()
        count = count + counted.sum()
    return total / count
