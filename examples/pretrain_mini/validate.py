"""How well a model predicts, judges and ranks what it has not seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from model import LONG
from objective import margins
from pairs import MODEL

if TYPE_CHECKING:
    from model import Pretraining
    from pairs import Pairs
    from text_rows import Text

WINDOWS, TOGETHER = 320, 16


@torch.no_grad()
def validation_loss(model: Pretraining, text: Text) -> float:
    """Nats a token over windows of the validation text, each token predicted once."""
    windows = text.ids[: len(text.ids) - 1].unfold(0, LONG + 1, LONG)[:WINDOWS].long()
    losses = [
        -model.scores(some[:, :-1].reshape(-1), some[:, 1:].reshape(-1), ((len(some), LONG),))[0].mean()
        for some in windows.split(min(TOGETHER, len(windows)))
        if len(some) == min(TOGETHER, len(windows))
    ]
    return float(torch.stack(losses).mean())


@torch.no_grad()
def pair_accuracies(model: Pretraining, pairs: Pairs, most: int = 4096) -> dict[str, dict[str, float]]:
    """Of pairs without a token before them, by kind: real and bad ones judged right, and pairs ranked right."""
    chosen = torch.arange(min(most, len(pairs)), device=pairs.ids.device)
    rows = pairs.at(chosen, torch.ones_like(chosen))
    scores, logits = model.scores(rows.ids, rows.targets, ((2 * len(chosen), pairs.width),))
    good, bad = logits[rows.last].view(2, -1) > 0
    ranked = margins(rows, scores) > 0
    found = {"all": _fractions(good, bad, ranked)}
    for number, name in enumerate(pairs.names):
        mine = rows.kinds == number
        if mine.any() and name != MODEL:
            found[name] = _fractions(good[mine], bad[mine], ranked[mine])
    return found


def _fractions(good: torch.Tensor, bad: torch.Tensor, ranked: torch.Tensor) -> dict[str, float]:
    right = {
        "pairs": float(len(good)),
        "good": 1 - good.float().mean(),
        "bad": bad.float().mean(),
        "ranked": ranked.float().mean(),
    }
    return {name: round(float(value), 3) for name, value in right.items()}
