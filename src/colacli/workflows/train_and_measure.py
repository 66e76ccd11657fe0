"""The part that all three training verbs share once there is a model: data in, a filled run folder out."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import torch

from colacli.data.corpus import HOLDOUT, IN_DOMAIN_DEV, OUT_OF_DOMAIN_DEV, TRAIN
from colacli.data.holdout import holdout_rows
from colacli.data.tokens import tokenised_split
from colacli.errors import ModelError
from colacli.events import Counted
from colacli.models.inference import InferenceModel
from colacli.store.canonical import canonical
from colacli.store.manifest import Result
from colacli.store.run import HISTORY, METRICS, Predictions, predictions_file
from colacli.training import Labelled, Objective, check_finite, fit, predict
from colacli.workflows.card import model_card
from colacli.workflows.checkpointing import Saver

if TYPE_CHECKING:
    from tokenizers import Tokenizer
    from torch import nn

    from colacli.data.corpus import Sentences
    from colacli.kernels.packing import Tokens
    from colacli.ledger import Ledger
    from colacli.metrics import Metrics
    from colacli.store.attempt import Attempt, Draft
    from colacli.workflows.make_run import Job


@dataclass(frozen=True)
class Material:
    """A corpus made ready: what is learnt from, what the epoch is chosen by, what is measured."""

    train: Labelled
    validation: Labelled
    measured: dict[str, Labelled]
    """By split name; includes the validation sentences."""
    train_rows: list[int]
    """Which sentences of the corpus' train split `train` is."""


def prepare(job: Job, tokenizer: Tokenizer) -> Material:
    """Tokenise a job's corpus and divide it for training.

    Raises:
        ModelError: the tokenizer knows more tokens than the model.
    """
    size = 1 + max(tokenizer.get_vocab().values(), default=0)  # ids may have gaps
    if size > job.base.config.vocab_size:
        raise ModelError(
            f"{job.base.folder}: the tokenizer has {size:,} tokens, config.json says {job.base.config.vocab_size:,}",
            "copy the tokenizer's files that belong to these weights",
        )

    def labelled(name: str) -> Labelled:
        split = job.corpus.split(name)
        return Labelled(tokens_of(job, tokenizer, split), torch.tensor(split.labels))

    whole = labelled(TRAIN)
    measured = {name: labelled(name) for name in (IN_DOMAIN_DEV, OUT_OF_DOMAIN_DEV) if name in job.corpus.splits}
    if job.spec.training.validation == "dev":
        return Material(whole, measured[IN_DOMAIN_DEV], measured, list(range(len(whole))))
    kept, held = holdout_rows(job.corpus.split(TRAIN).labels)
    measured = {HOLDOUT: _part(whole, held), **measured}
    return Material(_part(whole, kept), measured[HOLDOUT], measured, kept)


def tokens_of(job: Job, tokenizer: Tokenizer, sentences: Sentences) -> Tokens:
    """Sentences as the job's base model reads them."""
    longest = job.base.config.n_positions
    return tokenised_split(job.store, sentences, tokenizer, job.spec.base.tokenizer, longest, job.on_event)


def _part(whole: Labelled, rows: list[int]) -> Labelled:
    return Labelled(whole.tokens.select(rows), whole.labels[rows])


def train_and_measure(
    job: Job, attempt: Attempt, model: nn.Module, ledger: Ledger, objective: Objective, material: Material
) -> Result:
    """Train, measure on every dev split, and write history, metrics, predictions and the card.

    The caller writes the weights, whose layout is its own.
    """
    job.on_event(Counted(ledger))

    how, saver = job.spec.training, Saver(job, attempt.checkpoints)
    fitted = fit(model, objective, material.train, material.validation, how, job.device, job.on_event, saver)
    history = [json.dumps(asdict(epoch), sort_keys=True, allow_nan=False) + "\n" for epoch in fitted.history]
    draft = attempt.draft
    draft.write(HISTORY, "".join(history).encode())
    ready = InferenceModel(model)
    metrics = {name: _measure(draft, ready, name, split, job.device) for name, split in material.measured.items()}
    draft.write(METRICS, canonical(metrics))
    draft.write("README.md", model_card(job.spec, metrics, fitted.best_epoch, ledger).encode())
    return Result(fitted.best_epoch, ledger)


def _measure(draft: Draft, model: InferenceModel, name: str, split: Labelled, device: str) -> Metrics:
    logits = predict(model, split.tokens, device)
    predictions = Predictions(split.labels.tolist(), logits.tolist())
    metrics = predictions.measure()
    check_finite(metrics.loss, f"the loss on {name}")
    draft.write(predictions_file(name), predictions.to_bytes())
    return metrics
