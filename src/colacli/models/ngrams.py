"""The baseline without a network: TF-IDF of word and character n-grams, and a logistic regression.

scikit-learn counts and fits. What is stored is text and numbers: the n-grams, their inverse document frequencies, and
their weights; from these its vectorizers are made again, without a pickle.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import torch
from msgspec import Meta
from torch import Tensor

from colacli.errors import DataError, IntegrityError
from colacli.models.logistic import check_sklearn, fit_logistic
from colacli.models.tensors import read_tensors, write_tensors
from colacli.ngrams import Ngrams
from colacli.store.canonical import canonical
from colacli.store.reading import LONGEST, decode, read_bounded

NGRAMS = "ngrams.json"
NGRAM_WEIGHTS = "ngrams.safetensors"
Unit = Literal["words", "characters"]

_SETTINGS: dict[Unit, dict[str, Any]] = {
    "words": {"analyzer": "word", "token_pattern": r"\w+|[^\w\s]"},  # punctuation too, and words of one letter
    "characters": {"analyzer": "char_wb"},
}
_FEWEST_SENTENCES = 2
"""Sentences of train that an n-gram must be in: what is in one alone could only be learnt by heart."""
_Gram = Annotated[str, Meta(min_length=1)]
_WEIGHTS, _INTERCEPT, _IDF = "weights", "intercept", "idf."


@dataclass(frozen=True)
class Vocabulary:
    """The n-grams of one unit."""

    longest: Annotated[int, Meta(ge=1, le=20)]
    ngrams: tuple[_Gram, ...]
    """In the order of their weights."""


@dataclass(frozen=True)
class Vocabularies:
    """Stored as `ngrams.json`."""

    words: Vocabulary | None = None
    characters: Vocabulary | None = None

    def by_unit(self) -> dict[Unit, Vocabulary]:
        """Those that are there, in the order of the weights."""
        both: dict[Unit, Vocabulary | None] = {"words": self.words, "characters": self.characters}
        return {unit: vocabulary for unit, vocabulary in both.items() if vocabulary}


class NgramClassifier:
    """Texts to log-odds.

    Args:
        vectorizers: of scikit-learn, by unit.
        weights: (k,) in fp64, of the n-grams of all vectorizers in turn.
        intercept: added to every sentence's sum.
    """

    def __init__(self, vectorizers: Mapping[Unit, Any], weights: Tensor, intercept: float) -> None:
        self._vectorizers, self._weights, self._intercept = vectorizers, weights, intercept

    def log_odds_of(self, texts: Sequence[str]) -> Tensor:
        """(texts,) in fp64, of acceptable against not acceptable."""
        features = _features(self._vectorizers, texts)
        return torch.from_numpy(features @ self._weights.numpy() + self._intercept)

    def save(self, folder: Path) -> None:
        """Write `ngrams.json` and `ngrams.safetensors`.

        Raises:
            DataError: the vocabularies are larger than a document may be.
        """
        vocabularies = {
            unit: Vocabulary(vectorizer.ngram_range[1], tuple(vectorizer.get_feature_names_out()))
            for unit, vectorizer in self._vectorizers.items()
        }
        document = canonical(Vocabularies(**vocabularies))
        if len(document) > LONGEST:
            raise DataError(
                f"the n-grams of train take {len(document):,} bytes; {LONGEST:,} can be stored",
                "lower --words or --characters",
            )
        (folder / NGRAMS).write_bytes(document)
        idf = {_IDF + unit: torch.from_numpy(vectorizer.idf_) for unit, vectorizer in self._vectorizers.items()}
        intercept = torch.tensor([self._intercept], dtype=torch.float64)
        write_tensors(folder / NGRAM_WEIGHTS, {_WEIGHTS: self._weights, _INTERCEPT: intercept, **idf})


def fit_ngrams(
    vectorizers: Mapping[Unit, Any], texts: Sequence[str], labels: Sequence[int], c: float
) -> NgramClassifier:
    """A classifier on the n-grams that `fit_vectorizers` found in the same texts.

    Raises:
        ColacliError: as `fit_logistic`.
    """
    weights, intercept = fit_logistic(_features(vectorizers, texts), labels, c)
    return NgramClassifier(vectorizers, weights, intercept)


def fit_vectorizers(texts: Sequence[str], options: Ngrams) -> dict[Unit, Any]:
    """The n-grams of texts, with their inverse document frequencies, as scikit-learn's vectorizers by unit.

    Raises:
        DataError: no n-gram is in two sentences.
        UnavailableError: scikit-learn is not installed.
    """
    longest: dict[Unit, int] = {"words": options.words, "characters": options.characters}
    try:
        return {
            unit: _vectorizer(unit, length, min_df=_FEWEST_SENTENCES).fit(texts)
            for unit, length in longest.items()
            if length
        }
    except ValueError as error:
        raise DataError("no n-gram is in two sentences of train", "give a larger corpus") from error


def load_ngrams(config: Path, weights: Path) -> NgramClassifier:
    """A classifier from its files.

    Raises:
        IntegrityError: they are damaged, or don't fit each other.
        UnavailableError: scikit-learn is not installed.
    """
    check_sklearn()
    try:
        tensors = read_tensors(weights)
        vectorizers: dict[Unit, Any] = {}
        for unit, vocabulary in decode(read_bounded(config), Vocabularies).by_unit().items():
            vectorizers[unit] = _vectorizer(unit, vocabulary.longest, vocabulary=list(vocabulary.ngrams))
            vectorizers[unit].idf_ = _vector(tensors, _IDF + unit, len(vocabulary.ngrams)).numpy()
        count = sum(len(vectorizer.vocabulary) for vectorizer in vectorizers.values())
        intercept = _vector(tensors, _INTERCEPT, 1).item()
        return NgramClassifier(vectorizers, _vector(tensors, _WEIGHTS, count), intercept)
    except (OSError, ValueError) as error:
        message = f"{config.parent} is not a baseline of n-grams: {error}"
        raise IntegrityError(message, "make the run again with --force") from error


def _vectorizer(unit: Unit, longest: int, **settings: Any) -> Any:
    check_sklearn()
    from sklearn.feature_extraction.text import TfidfVectorizer

    return TfidfVectorizer(ngram_range=(1, longest), **_SETTINGS[unit], **settings)


def _features(vectorizers: Mapping[Unit, Any], texts: Sequence[str]) -> Any:
    """(texts, k) sparse: the vectorizers' columns side by side."""
    from scipy.sparse import hstack

    return hstack([vectorizer.transform(texts) for vectorizer in vectorizers.values()], format="csr")


def _vector(tensors: Mapping[str, Tensor], name: str, size: int) -> Tensor:
    """A tensor (size,) of finite fp64.

    Raises:
        ValueError: it is missing, or another.
    """
    tensor = tensors.get(name)
    if tensor is None or tensor.shape != (size,) or tensor.dtype != torch.float64 or not tensor.isfinite().all():
        raise ValueError(f"{name} is not {size} finite numbers of 64 bits")
    return tensor
