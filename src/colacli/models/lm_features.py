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
from colacli.kernels.packing import Tokens
from colacli.models.logistic import fit_logistic
from colacli.models.scoring import Scores
from colacli.models.tensors import read_tensors, write_tensors
from colacli.store.canonical import canonical
from colacli.store.reading import Count, decode, read_bounded

LM = "lm.json"
LM_COUNTS = "unigrams.safetensors"
FEATURES = ("log-probability", "mean log-probability", "SLOR", "tokens")
_C = 1.0
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
        """Fitted to features (n, 4) in fp64 and labels (n,).

        Raises:
            ColacliError: as `fit_logistic`.
        """
        mean, deviation = features.mean(0), features.std(0, correction=0)
        deviation = torch.where(deviation > 0, deviation, 1.0)  # one that is the same everywhere stays 0
        weights, intercept = fit_logistic(((features - mean) / deviation).numpy(), labels, _C)
        columns = zip(FEATURES, mean.tolist(), deviation.tolist(), weights.tolist(), strict=True)
        return cls(start, tuple(Feature(*column) for column in columns), intercept)

    def log_odds(self, features: Tensor) -> Tensor:
        """(n,) of features (n, 4), both in fp64."""
        columns = zip(self.features, features.unbind(1), strict=True)
        parts = [(values - feature.mean) / feature.deviation * feature.weight for feature, values in columns]
        return torch.stack(parts).sum(0) + self.intercept

    def save(self, folder: Path, counts: Tensor) -> None:
        """Write `lm.json`, and the counts (V,) of tokens that occur as `unigrams.safetensors`."""
        (folder / LM).write_bytes(canonical(self))
        ids = counts.nonzero().flatten()
        write_tensors(folder / LM_COUNTS, {"ids": ids, "counts": counts[ids]})


def sentence_features(scores: Scores, tokens: Tokens, counts: Tensor) -> Tensor:
    """Features (n, 4) in fp64.

    Args:
        scores: of all tokens of n sentences.
        tokens: theirs, without the start token.
        counts: (V,) of each token of the vocabulary in train.
    """
    unigrams = ((counts.double() + 1) / (counts.sum() + len(counts))).log()  # (V,)
    unigram_sums = Scores(unigrams[tokens.ids.long()], tokens.lengths).sums
    slor = (scores.sums - unigram_sums) / tokens.lengths
    return torch.stack([scores.sums, scores.means, slor, tokens.lengths.double()], dim=1)


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
