"""The baseline of an untuned language model: a logistic regression on what its probabilities say of a sentence.

The features are the sentence's log-probability s; s / n for its n tokens; SLOR, (s - u) / n, where u is the sum of its
tokens' unigram log-probabilities (Pauls and Klein 2012; Lau, Clark and Lappin 2017); and n. The sentence is read
after the start token, whose own probability is not counted, and no end of it is predicted. The unigram probabilities
are those of the tokens of train, each of the vocabulary's counted once more.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import torch
from msgspec import Meta
from torch import Tensor

from colacli.errors import IntegrityError
from colacli.kernels.packing import Batch, Tokens
from colacli.models.gpt2 import LanguageModel
from colacli.models.logistic import fit_logistic, two_logits
from colacli.models.tensors import read_tensors, write_tensors
from colacli.store.canonical import canonical
from colacli.store.reading import Count, decode, read_bounded

LM = "lm.json"
LM_COUNTS = "unigrams.safetensors"
FEATURES = ("log-probability", "mean log-probability", "SLOR", "tokens")
_C = 1.0
_HEAD_TOKENS = 512
"""Tokens whose logits over the vocabulary are computed at a time."""
_Number = Annotated[float, Meta(ge=-1e30, le=1e30)]


@dataclass(frozen=True)
class Feature:
    """One feature's mean and standard deviation on train, and the weight of the standardised feature."""

    name: str
    mean: _Number
    deviation: Annotated[float, Meta(gt=0, le=1e30)]
    weight: _Number


@dataclass(frozen=True)
class LmRegression:
    """Features to log-odds; stored as `lm.json`."""

    start: Count
    """Id of the token that sentences are read after."""
    features: tuple[Feature, ...]
    intercept: _Number

    @classmethod
    def fit(cls, features: Tensor, labels: list[int], start: int) -> LmRegression:
        """Fitted to features (n, 4) and labels (n,).

        Raises:
            ColacliError: as `fit_logistic`.
        """
        mean, deviation = features.double().mean(0), features.double().std(0, correction=0)
        deviation = torch.where(deviation > 0, deviation, 1.0)  # one that is the same everywhere stays 0
        weights, intercept = fit_logistic(((features - mean) / deviation).numpy(), labels, _C)
        columns = zip(FEATURES, mean.tolist(), deviation.tolist(), weights.tolist(), strict=True)
        return cls(start, tuple(Feature(*column) for column in columns), intercept)

    def log_odds(self, features: Tensor) -> Tensor:
        """(n,) in fp64, of features (n, 4)."""
        columns = zip(self.features, features.double().unbind(1), strict=True)
        parts = [(values - feature.mean) / feature.deviation * feature.weight for feature, values in columns]
        return torch.stack(parts).sum(0) + self.intercept

    def save(self, folder: Path, counts: Tensor) -> None:
        """Write `lm.json`, and the counts (V,) of tokens that occur as `unigrams.safetensors`."""
        (folder / LM).write_bytes(canonical(self))
        ids = counts.nonzero().flatten()
        write_tensors(folder / LM_COUNTS, {"ids": ids, "counts": counts[ids]})


class FeatureModel:
    """A batch's features, by a language model.

    Args:
        model: in evaluation mode.
        start: id of the token that sentences are read after.
        counts: (V,) of each token of the vocabulary in train.
    """

    def __init__(self, model: LanguageModel, start: int, counts: Tensor) -> None:
        self._model, self._start = model, start
        device = model.lm_head.weight.device
        self._unigrams = ((counts.double() + 1) / (counts.sum() + len(counts))).log().to(device)  # (V,)

    @torch.no_grad()
    def __call__(self, batch: Batch) -> Tensor:
        """(B, 4)."""
        lengths, sums = batch.lengths, _sums(self._scores(batch), batch)
        unigrams = _sums(self._unigrams[batch.ids], batch)
        return torch.stack([sums, sums / lengths, (sums - unigrams) / lengths, lengths.double()], dim=1)

    def _scores(self, batch: Batch) -> Tensor:
        """Log-probabilities (N,) of the tokens, each after the start token and those before it."""
        shifted = batch.ids.roll(1)
        shifted[batch.last - batch.lengths + 1] = self._start
        states = self._model.transformer(Batch(shifted, batch.lengths))  # (N, d)
        parts = zip(torch.split(states, _HEAD_TOKENS), torch.split(batch.ids, _HEAD_TOKENS), strict=True)
        return torch.cat(
            [-torch.nn.functional.cross_entropy(self._model.lm_head(x), ids, reduction="none") for x, ids in parts]
        )


class LmJudge:
    """A batch's logits (B, 2): its features, then the regression."""

    def __init__(self, features: FeatureModel, regression: LmRegression) -> None:
        self.features, self._regression = features, regression

    def __call__(self, batch: Batch) -> Tensor:
        """(B, 2)."""
        return two_logits(self._regression.log_odds(self.features(batch)))


def token_counts(tokens: Tokens, vocabulary: int) -> Tensor:
    """How often each token of a vocabulary of V occurs, (V,) int64."""
    return torch.bincount(tokens.ids.long(), minlength=vocabulary)


def load_regression(config: Path, counts: Path, vocabulary: int) -> tuple[LmRegression, Tensor]:
    """A stored regression, and the counts (V,) of the tokens of a vocabulary of V.

    Raises:
        IntegrityError: they are damaged, or of another vocabulary.
    """
    try:
        regression, tensors = decode(read_bounded(config), LmRegression), read_tensors(counts)
        if tuple(feature.name for feature in regression.features) != FEATURES or regression.start >= vocabulary:
            raise ValueError("its features or its start token are others")
        return regression, _dense(tensors, vocabulary)
    except (OSError, ValueError) as error:
        message = f"{config.parent} is not a baseline of a language model: {error}"
        raise IntegrityError(message, "make the run again with --force") from error


def _dense(tensors: dict[str, Tensor], vocabulary: int) -> Tensor:
    ids, counts = tensors.get("ids"), tensors.get("counts")
    if ids is None or counts is None or ids.dtype != torch.int64 or counts.dtype != torch.int64:
        raise ValueError(f"{LM_COUNTS} has no ids and counts")
    fit = ids.ndim == 1 and ids.shape == counts.shape and len(set(ids.tolist())) == len(ids) > 0
    if not fit or ids.min() < 0 or ids.max() >= vocabulary or counts.min() < 0 or counts.max() > 2**40:
        raise ValueError(f"{LM_COUNTS} has ids or counts that can't be")
    dense = torch.zeros(vocabulary, dtype=torch.int64)
    dense[ids] = counts
    return dense


def _sums(values: Tensor, batch: Batch) -> Tensor:
    """Sums (B,) in fp64 over each sentence's tokens, of values (N,)."""
    return torch.stack([part.sum() for part in torch.split(values.double(), batch.lengths.tolist())])
