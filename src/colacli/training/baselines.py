"""What the baselines are fitted on, and their plans. No network is trained: there are no epochs and no seeds."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, ClassVar

from colacli.config import Training
from colacli.data.corpus import HOLDOUT, IN_DOMAIN_DEV, SPLITS, TRAIN, Corpus, Split
from colacli.data.holdout import holdout_rows
from colacli.ngrams import Ngrams
from colacli.parameters import ParameterCounts
from colacli.training.plan import NetworkPlan, Plan
from colacli.training.requests import FitOptions

_UNUSED = Training(epochs=1, dropout=0.0, select="last", precision="fp32")


def fixed_training(options: FitOptions) -> Training:
    """What a baseline's spec says of training: the validation, and fixed values for all that is not used."""
    return replace(_UNUSED, validation=options.validation)


@dataclass(frozen=True)
class BaselineData:
    """A corpus, divided as the training verbs divide it."""

    splits: dict[str, Split]
    """By name: `train`, which is fitted on, and those that training verbs measure."""
    validation: str
    """The name of the one that others choose their epoch by."""

    @property
    def train(self) -> Split:
        """What is fitted on."""
        return self.splits[TRAIN]


def baseline_data(corpus: Corpus, validation: str) -> BaselineData:
    """The sentences to fit on, and to measure on.

    Raises:
        DataError: there are too few to hold any out.
    """
    splits = {name: corpus.splits[name] for name in SPLITS if name in corpus.splits}
    if validation == "dev":
        return BaselineData(splits, IN_DOMAIN_DEV)
    train = splits.pop(TRAIN)
    rows, holdout = holdout_rows(train.labels)
    held_out = {TRAIN: train.select(rows, TRAIN), HOLDOUT: train.select(holdout, HOLDOUT)}
    return BaselineData({**held_out, **splits}, HOLDOUT)


@dataclass(frozen=True, kw_only=True)
class BaselinePlan(Plan):
    """What all baselines have."""

    @cached_property
    def sentences(self) -> BaselineData:
        """Its corpus, divided."""
        return baseline_data(self.corpus, self.spec.training.validation)


@dataclass(frozen=True, kw_only=True)
class MajorityPlan(BaselinePlan):
    """Of a constant."""

    about = "A baseline that does not read its sentences: it gives all of them the log-odds of the labels of train."

    def count_parameters(self) -> ParameterCounts:
        """One number."""
        return ParameterCounts(total=1, trainable=1)


@dataclass(frozen=True, kw_only=True)
class NgramsPlan(BaselinePlan):
    """Of a logistic regression on n-grams."""

    about = "A baseline without a network: logistic regression on TF-IDF of n-grams of words and characters."
    libraries: ClassVar = ("scikit-learn",)
    ngrams: Ngrams

    @cached_property
    def vectorizers(self) -> dict[Any, Any]:
        """scikit-learn's, by unit, fitted on train.

        Raises:
            DataError: no n-gram is in two sentences.
            UnavailableError: scikit-learn is not installed.
        """
        from colacli.models.ngrams import fit_vectorizers

        return fit_vectorizers(self.sentences.train.texts, self.ngrams)

    def count_parameters(self) -> ParameterCounts:
        """A weight for each n-gram, and the intercept."""
        count = 1 + sum(len(vectorizer.vocabulary_) for vectorizer in self.vectorizers.values())
        return ParameterCounts(total=count, trainable=count)


@dataclass(frozen=True, kw_only=True)
class LmPlan(NetworkPlan, BaselinePlan):
    """Of a logistic regression on a language model's probabilities."""

    about = "A baseline that tunes nothing: logistic regression on a language model's probabilities of sentences."
    libraries: ClassVar = ("scikit-learn",)

    def count_parameters(self) -> ParameterCounts:
        """The language model's, and those of the regression, which alone are fitted."""
        import torch

        from colacli.models.gpt2 import LanguageModel
        from colacli.models.lm_features import FEATURES
        from colacli.models.logistic import check_sklearn
        from colacli.models.weights import check_weights

        check_sklearn()
        check_weights(self.base)
        with torch.device("meta"):
            model = LanguageModel(self.base.config)
        fitted = len(FEATURES) + 1
        return ParameterCounts(sum(parameter.numel() for parameter in model.parameters()) + fitted, fitted)
