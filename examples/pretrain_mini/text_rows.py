"""Rows of running text."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

if TYPE_CHECKING:
    from pathlib import Path


class Text:
    """A token stream and where its sentences start, on a device."""

    def __init__(self, work: Path, part: str, device: str) -> None:
        ids, starts = np.load(work / f"{part}-ids.npy"), np.load(work / f"{part}-starts.npy")
        self.ids = torch.from_numpy(ids.astype(np.int32)).to(device)
        self._starts = torch.from_numpy(starts[: np.searchsorted(starts, len(ids) - 512)].astype(np.int32)).to(device)

    def rows(self, count: int, width: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """Ids (count * width,) from random sentence starts on, and those that follow each."""
        chosen = torch.randint(len(self._starts), (count,), generator=generator, device=self.ids.device)
        places = self._starts[chosen][:, None] + torch.arange(width + 1, device=self.ids.device)
        rows = self.ids[places].long()
        return rows[:, :-1].reshape(-1), rows[:, 1:].reshape(-1)
