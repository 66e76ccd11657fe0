"""Judge sentences: is each acceptable, and how likely?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from colacli.config import Checked
from colacli.devices import resolve_device
from colacli.errors import DataError, check_text
from colacli.events import OnEvent, Work, ignore
from colacli.store.refs import resolve_one
from colacli.workflows.requests import DEVICE, MOVED_BASE

if TYPE_CHECKING:
    from colacli.store.store import Store


@dataclass(frozen=True, kw_only=True)
class JudgeOptions(Checked):
    """Where the judge is and computes."""

    base: Path | None = MOVED_BASE
    device: str = DEVICE


@dataclass(frozen=True)
class Judgement:
    """One sentence, judged."""

    sentence: str
    label: int
    """1 acceptable, 0 not."""
    probability: float
    """That it is acceptable, in the model's eyes."""


def judge(
    reference: str,
    sentences: Sequence[str],
    where: str,
    options: JudgeOptions,
    store: Store,
    on_event: OnEvent = ignore,
) -> list[Judgement]:
    """A run's judgement of sentences, in their order; `where` names them in messages.

    Raises:
        UnknownReferenceError: the reference is not one run.
        DataError: there is no sentence, or one is empty or too long.
    """
    if not sentences:
        raise DataError(f"{where} holds no sentence", "give sentences, or a line each on standard input")
    for number, sentence in enumerate(sentences, start=1):
        if not sentence.strip():
            raise DataError(f"{where}, sentence {number} is empty", "give one sentence a line, no blank lines")
        check_text(sentence, f"{where}, sentence {number}")
    run = resolve_one(store, reference)
    from colacli.workflows.load_judge import load_judge, logits_of

    model = load_judge(run, store, options.base, resolve_device(options.device), on_event)
    logits = logits_of(model, sentences, where, on_event, Work("judging", 0, len(sentences)))
    acceptable = logits.softmax(dim=1)[:, 1].tolist()
    labels = (logits[:, 1] > logits[:, 0]).long().tolist()
    return [Judgement(*row) for row in zip(sentences, labels, acceptable, strict=True)]
