"""Pairs of a good sentence and one with something wrong, which `forge.py` wrote, in rows of two widths."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from prepare import END_ID
from torch import Tensor

if TYPE_CHECKING:
    from pathlib import Path

    from model import Pretraining

WIDTHS = (16, 32)
"""Of rows: a sentence and one token more."""
REPLACED = 0.15
"""Part of the bad ones that the language model makes, as ELECTRA's generator does (Clark et al. 2020)."""
MODEL = "model"
"""The kind of these."""


@dataclass
class PairRows:
    """Some pairs, the good ones first: (2 P, W) each, flat."""

    ids: Tensor
    targets: Tensor
    wrong: Tensor
    """Float: 1 from the first token on that the bad one doesn't share with the good one."""
    within: Tensor
    """Bool: tokens of sentences."""
    last: Tensor
    """Bool: their last ones."""
    scored: Tensor
    """Bool: places whose next token is of the sentence."""
    kinds: Tensor
    """(P,) int64."""
    alike: Tensor
    """(P,) bool: both have as many tokens, or one more."""


class Pairs:
    """All pairs whose sentences fit in rows of one width, on a device."""

    def __init__(self, path: Path, width: int, device: str) -> None:
        with np.load(path) as file:
            ids, lengths, first, kinds = (file[name] for name in ("ids", "lengths", "first_wrong", "kinds"))
            self.names = [*map(str, file["names"]), MODEL]
        longest = lengths.max(axis=0)
        narrower = max((other for other in WIDTHS if other < width), default=0)
        mine = (longest < width) & (longest >= narrower)
        self.ids = torch.from_numpy(ids[:, mine, :width].astype(np.int16)).to(device)  # (2, P, W)
        self.lengths = torch.from_numpy(lengths[:, mine]).to(device)
        self.first = torch.from_numpy(first[mine]).to(device)
        self.kinds = torch.from_numpy(kinds[mine]).to(device)
        self.width = width

    def __len__(self) -> int:
        return len(self.kinds)

    def rows(self, count: int, generator: torch.Generator) -> PairRows:
        """Random pairs; half of them begin with the end-of-text token, as a document does."""
        device = self.ids.device
        chosen = torch.randint(len(self), (count,), generator=generator, device=device)
        return self.at(chosen, torch.arange(count, device=device) % 2)

    def at(self, chosen: Tensor, shift: Tensor) -> PairRows:
        """The pairs of these numbers (P,), each preceded by 0 or 1 end-of-text token."""
        place = torch.arange(self.width + 1, device=self.ids.device)
        source = (place - shift[:, None])[None].expand(2, -1, -1)  # (2, P, W + 1)
        lengths = self.lengths[:, chosen].long() + shift
        within = (place < lengths[..., None]) & (source >= 0)
        ids = self.ids[:, chosen].long().gather(2, source.clamp(0, self.width - 1))
        ids = torch.where(within, ids, END_ID)
        wrong = (place >= (self.first[chosen].long() + shift)[:, None]).float()
        wrong = torch.stack([torch.zeros_like(wrong), wrong])
        here = slice(None, -1)
        flat = [part.reshape(-1) for part in (ids[..., here], ids[..., 1:], wrong[..., here], within[..., here])]
        last = (place == lengths[..., None] - 1)[..., here].reshape(-1)
        scored = within[..., 1:].reshape(-1)
        alike = (lengths[0] - lengths[1]).abs() <= 1
        return PairRows(*flat, last, scored, self.kinds[chosen].long(), alike)

    @torch.no_grad()
    def replace_some(self, model: Pretraining, begins: Tensor, generator: torch.Generator) -> None:
        """In a part of the bad sentences one token is what the model draws; a word's beginning for a beginning.

        Args:
            model: the generator.
            begins: (V,) bool, which entries begin a word.
            generator: of the device.
        """
        count, size = int(REPLACED * len(self)), 8192
        for start in range(0, count, size):
            rows = slice(start, min(count, start + size))
            self._replace(rows, model, begins, generator)

    def _replace(self, rows: slice, model: Pretraining, begins: Tensor, generator: torch.Generator) -> None:
        ids, lengths = self.ids[0, rows].long(), self.lengths[0, rows].long()
        every = torch.arange(len(ids), device=ids.device)
        chances = torch.rand(len(ids), generator=generator, device=ids.device)
        places = 1 + (chances * (lengths - 2).clamp(min=1)).long()  # never the first, nor the mark at the end
        logits, old = model.next_logits(ids, places - 1), ids[every, places]
        logits[every, old] = -torch.inf
        logits[:, END_ID] = -torch.inf
        logits = logits.masked_fill(begins[None] != begins[old][:, None], -torch.inf)
        ids[every, places] = torch.multinomial(logits.softmax(1), 1, generator=generator)[:, 0]
        self.ids[1, rows] = ids.to(self.ids.dtype)
        self.lengths[1, rows] = self.lengths[0, rows]
        self.first[rows] = places.to(self.first.dtype)
        self.kinds[rows] = len(self.names) - 1
