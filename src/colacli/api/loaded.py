"""A run's models: loaded when they are asked for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from colacli.errors import ModelError, UsageError, check_text
from colacli.events import OnEvent, ignore
from colacli.store.run import Run as StoredRun
from colacli.store.store import Store as RunStore

if TYPE_CHECKING:
    from torch import nn

    from colacli.kernels.packing import Batch
    from colacli.training.predictor import Predictor, TokenPredictor


@dataclass(frozen=True)
class Loaded:
    """Those of one run; what predicts stays loaded."""

    run: StoredRun
    store: RunStore
    predictors: dict[tuple[Path | None, str], Predictor] = field(default_factory=dict)
    """By the base's folder and the device."""

    def predictor(self, base: str | Path | None, device: str, on_event: OnEvent = ignore) -> Predictor:
        """What judges sentences."""
        from colacli.devices import resolve_device
        from colacli.training.predictor import load_predictor

        place = _folder(base), resolve_device(device)
        if place not in self.predictors:
            self.predictors[place] = load_predictor(self.run, self.store, *place, on_event)
        return self.predictors[place]

    def tokens(self, base: str | Path | None) -> TokenPredictor:
        """What judges tokens, with its tokenizer.

        Raises:
            ModelError: a baseline has none.
        """
        from colacli.training.predictor import TokenPredictor

        predictor = self.predictor(base, "cpu")
        if not isinstance(predictor, TokenPredictor):
            raise ModelError(f"run {self.run.key[:12]} is a baseline, which has no tokens", "name a network's run")
        return predictor

    def batch(self, texts: list[str], base: str | Path | None) -> Batch:
        """Texts as the network takes them."""
        from colacli.kernels.packing import Batch
        from colacli.models.tokens import check_ids, tokenise

        model = self.tokens(base)
        tokens = tokenise(texts, model.tokenizer, model.longest, lambda index: f"the list, sentence {index + 1}")
        check_ids(tokens.ids, model.vocabulary, model.tokenizer)
        return Batch(tokens.ids.long(), tokens.lengths)

    def network(self, base: str | Path | None, device: str) -> nn.Module:
        """A new network, as it was trained.

        Raises:
            ModelError: a baseline has none.
        """
        from colacli.devices import resolve_device
        from colacli.training.predictor import load_network

        if self.run.spec.is_baseline:
            raise ModelError(f"run {self.run.key[:12]} is a baseline, not a network", "`run.judge` asks it")
        return load_network(self.run, self.store, _folder(base), resolve_device(device), ignore).model.eval()


def _folder(base: str | Path | None) -> Path | None:
    return Path(base) if base is not None else None


def listed(sentences: str | Iterable[str]) -> list[str]:
    """One sentence or several, as a list.

    Raises:
        UsageError: one is no text.
    """
    texts = [sentences] if isinstance(sentences, str) else list(sentences)
    for number, text in enumerate(texts, start=1):
        if not isinstance(text, str):
            raise UsageError(f"the list, sentence {number} is {text!r}, not text", "leave it out, or name the column")
        check_text(text, f"the list, sentence {number}")
    return texts
