"""A corpus made ready for training: token ids and labels, split into what is trained on and what is measured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from tokenizers import Tokenizer
from torch import Tensor

from colacli.data.corpus import HOLDOUT, IN_DOMAIN_DEV, OUT_OF_DOMAIN_DEV, TRAIN
from colacli.data.holdout import holdout_rows
from colacli.errors import ModelError
from colacli.events import OnEvent
from colacli.kernels.packing import Tokens
from colacli.models.tokens import Sentences, check_ids, tokenised_split
from colacli.store.store import Store
from colacli.training.plan import NetworkPlan


@dataclass(frozen=True)
class Dataset:
    """Tokenised sentences with their labels."""

    tokens: Tokens
    labels: Tensor
    """(sentences,) int64."""

    def __len__(self) -> int:
        return len(self.tokens)

    def select(self, rows: Sequence[int]) -> Dataset:
        """Some of them."""
        return Dataset(self.tokens.select(rows), self.labels[rows])

    def and_also(self, other: Dataset) -> Dataset:
        """These, then those."""
        return Dataset(self.tokens.and_also(other.tokens), torch.cat([self.labels, other.labels]))


@dataclass(frozen=True)
class Datasets:
    """What a training needs of a corpus."""

    train: Dataset
    validation: Dataset
    """What the epoch is chosen by."""
    measured: dict[str, Dataset]
    """By split name; includes the validation sentences."""
    train_rows: list[int]
    """Which sentences of the corpus' train split `train` is."""


def prepare(plan: NetworkPlan, tokenizer: Tokenizer, store: Store, on_event: OnEvent) -> Datasets:
    """Tokenise a plan's corpus and divide it for training.

    Raises:
        ModelError: the tokenizer's vocabulary has more tokens than the model, or a sentence one that it lacks.
    """
    ids = tokenizer.get_vocab(with_added_tokens=False).values()  # with gaps; added ones count where they occur
    size = 1 + max(ids, default=0)
    if size > plan.base.config.vocab_size:
        raise ModelError(
            f"{plan.base.folder}: the tokenizer has {size:,} tokens, config.json says {plan.base.config.vocab_size:,}",
            "copy the tokenizer's files that belong to these weights",
        )
    datasets = {}
    for name in (TRAIN, IN_DOMAIN_DEV, OUT_OF_DOMAIN_DEV):
        if name in plan.corpus.splits:
            split = plan.corpus.split(name)
            tokens = tokens_of(plan, tokenizer, split, store, on_event)
            check_ids(tokens.ids, plan.base.config.vocab_size, tokenizer)
            datasets[name] = Dataset(tokens, torch.tensor(split.labels))
    train = datasets.pop(TRAIN)
    if plan.spec.training.validation == "dev":
        return Datasets(train, datasets[IN_DOMAIN_DEV], datasets, list(range(len(train))))
    rows, holdout = holdout_rows(plan.corpus.split(TRAIN).labels)
    measured = {HOLDOUT: train.select(holdout), **datasets}
    return Datasets(train.select(rows), measured[HOLDOUT], measured, rows)


def tokens_of(plan: NetworkPlan, tokenizer: Tokenizer, sentences: Sentences, store: Store, on_event: OnEvent) -> Tokens:
    """Sentences as the plan's base model reads them."""
    return tokenised_split(store, sentences, tokenizer, plan.base.digests.tokenizer, plan.longest, on_event)
