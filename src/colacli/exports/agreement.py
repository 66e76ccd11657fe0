"""An export held against its run: the run's sentences, its logits, and the largest difference."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from colacli.errors import DataError, IntegrityError
from colacli.events import OnEvent, Work
from colacli.exports.kinds import Agreement
from colacli.results import metrics_of, predictions_of
from colacli.store.run import Run
from colacli.store.store import Store
from colacli.training.predictor import load_predictor
from colacli.workflows.breakdown import own_corpus, stored_sentences

TOLERANCE = 1e-4
"""Largest difference of a logit in fp32."""


@dataclass(frozen=True)
class Judged:
    """Sentences of a split that a run was measured on, and its logits for them in fp32."""

    split: str
    texts: list[str]
    labels: list[int]
    logits: Tensor
    """(n, 2)"""


def judged_sentences(
    run: Run, store: Store, base: Path | None, on_event: OnEvent, most: int | None = None
) -> list[Judged]:
    """The splits that a run was measured on, with its stored logits; computed anew where those are in bf16.

    Args:
        run: a sound one.
        store: where its corpus is looked for; nothing is fetched.
        base: where a teacher's base model is now.
        on_event: told of the progress.
        most: sentences of a split.

    Raises:
        DataError: its corpus is not here, or has changed.
    """
    corpus = own_corpus(run, store)
    judged = []
    for split in metrics_of(run):
        sentences = stored_sentences(run, split, corpus)
        predictions = predictions_of(run, split)
        if sentences is None or [sentence.label for sentence in sentences] != predictions.labels:
            message = f"{corpus.origin} has other sentences called {split} than run {run.key[:12]} was measured on"
            raise DataError(message, "restore the corpus that the run was made with")
        texts = [sentence.text for sentence in sentences[:most]]
        logits = torch.tensor(predictions.logits[:most])
        judged.append(Judged(split, texts, predictions.labels[:most], logits))
    if run.spec.training.precision == "bf16":
        predictor = load_predictor(run, store, base, "cpu", on_event, precision="fp32")
        judged = [
            Judged(
                one.split, one.texts, one.labels, predictor.on_texts(one.texts, one.split, on_event, _work(one.split))
            )
            for one in judged
        ]
    return judged


def _work(split: str) -> Work:
    return Work(f"judging {split} in fp32", 0, 0)


def compare_logits(run: Run, judged: Sequence[Judged], logits: Sequence[Tensor], on: str = "") -> Agreement:
    """How far an export's logits (n, 2) of each split are from the run's.

    Args:
        run: for the message.
        judged: by split.
        logits: of the export, in the same order.
        on: what was compared; the splits by default.

    Raises:
        IntegrityError: too far.
    """
    largest = max(float((one.logits - other).abs().max()) for one, other in zip(judged, logits, strict=True))
    if not largest <= TOLERANCE:
        raise IntegrityError(
            f"the export of run {run.key[:12]} doesn't agree with it: a logit differs by {largest:.1e}, "
            f"more than {TOLERANCE:.0e}",
            "nothing was written; `colacli runs verify --deep` says whether the run is damaged",
        )
    return Agreement(sum(len(one.labels) for one in judged), on or named_splits(run, judged), largest)


def named_splits(run: Run, judged: Sequence[Judged]) -> str:
    """What was compared, for people."""
    again = ", computed again in fp32" if run.spec.training.precision == "bf16" else ""
    return f"sentences of {', '.join(one.split for one in judged)}{again}"
