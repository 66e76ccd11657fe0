"""Measures of a binary classifier, in plain Python; 1 is 'acceptable', the positive class."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields
from operator import add
from typing import Annotated

from msgspec import Meta

from colacli.errors import IntegrityError

Sentences = Annotated[int, Meta(ge=0, le=10**12)]
Fraction = Annotated[float, Meta(ge=0, le=1)]
Correlation = Annotated[float, Meta(ge=-1.000001, le=1.000001)]
"""Rounding may lead out of [-1, 1]."""
Loss = Annotated[float, Meta(ge=-1e39, le=1e39)]
"""Single precision ends at 3.4e38."""
_TOLERANCE = 1e-9
_LARGEST_LOGIT = 3.5e38
"""Single precision ends there."""
_HEADER = "index\tlabel\tlogit_0\tlogit_1"


@dataclass(frozen=True)
class Confusion:
    """Counts of predictions by truth."""

    true_positive: Sentences
    false_positive: Sentences
    false_negative: Sentences
    true_negative: Sentences

    def __add__(self, other: Confusion) -> Confusion:
        return Confusion(*map(add, astuple(self), astuple(other)))

    @property
    def n(self) -> int:
        """Number of predictions."""
        return self.true_positive + self.false_positive + self.false_negative + self.true_negative

    @property
    def accuracy(self) -> float:
        """Fraction that is right; 0 for no predictions."""
        return (self.true_positive + self.true_negative) / self.n if self.n else 0.0

    @property
    def mcc(self) -> float:
        """Matthews correlation coefficient (Matthews 1975); 0 where a margin is empty and it is undefined."""
        tp, fp, fn, tn = self.true_positive, self.false_positive, self.false_negative, self.true_negative
        margins = (tp + fp) * (tp + fn) * (tn + fp) * (tn + fn)
        return (tp * tn - fp * fn) / math.sqrt(margins) if margins else 0.0

    @property
    def f1(self) -> float:
        """F1 of the positive class; 0 where undefined."""
        denominator = 2 * self.true_positive + self.false_positive + self.false_negative
        return 2 * self.true_positive / denominator if denominator else 0.0

    @property
    def balanced_accuracy(self) -> float:
        """Mean recall of the labels that occur; 0 for no sentence."""
        counts = ((self.true_positive, self.false_negative), (self.true_negative, self.false_positive))
        recalls = [right / (right + wrong) for right, wrong in counts if right + wrong]
        return sum(recalls) / len(recalls) if recalls else 0.0

    @property
    def accuracy_error(self) -> float:
        """Standard error of the accuracy over the choice of sentences: sqrt(a (1 - a) / n), binomial; 0 for none."""
        return math.sqrt(self.accuracy * (1 - self.accuracy) / self.n) if self.n else 0.0

    @property
    def mcc_error(self) -> float | None:
        """Standard error of the MCC over the choice of sentences; None where it is undefined.

        By the delta method for the four multinomial proportions (Itaya, Tamura, Hayashi and Yamamoto 2025, "Asymptotic
        properties of Matthews correlation coefficient", Statistics in Medicine 44:e10303).
        """
        slopes = self._mcc_slopes()
        if slopes is None:
            return None
        mean = sum(proportion * slope for proportion, slope in slopes)
        return math.sqrt(sum(proportion * (slope - mean) ** 2 for proportion, slope in slopes) / self.n)

    def _mcc_slopes(self) -> list[tuple[float, float]] | None:
        """Each of the four proportions, with the derivative of the MCC by it."""
        counts = self.true_positive, self.false_positive, self.false_negative, self.true_negative
        tp, fp, fn, tn = (count / self.n if self.n else 0.0 for count in counts)
        accepted, rejected, good, bad = tp + fp, tn + fn, tp + fn, tn + fp
        if not accepted * rejected * good * bad:
            return None
        root = math.sqrt(accepted * rejected * good * bad)
        parts = ((tp, tn, accepted, good), (fp, -fn, accepted, bad), (fn, -fp, rejected, good), (tn, tp, rejected, bad))
        half = self.mcc / 2
        return [(cell, rise / root - half * (1 / row + 1 / column)) for cell, rise, row, column in parts]

    @property
    def majority_accuracy(self) -> float:
        """Accuracy of a constant prediction of the more common label."""
        positives = self.true_positive + self.false_negative
        return max(positives, self.n - positives) / self.n if self.n else 0.0

    @property
    def constant_prediction(self) -> int | None:
        """The label that every prediction has, or None when both occur."""
        predicted_positive = self.true_positive + self.false_positive
        if predicted_positive == self.n:
            return 1
        return 0 if predicted_positive == 0 else None


@dataclass(frozen=True)
class Metrics:
    """The measures of one model on one split."""

    n: Annotated[int, Meta(ge=1, le=10**12)]
    accuracy: Fraction
    mcc: Correlation
    f1: Fraction
    loss: Loss
    """Mean cross-entropy in nats."""
    majority_accuracy: Fraction
    constant_prediction: Annotated[int, Meta(ge=0, le=1)] | None
    confusion: Confusion

    @classmethod
    def of(cls, counts: Confusion, loss: float) -> Metrics:
        """All that follows from counts, and a loss."""
        return cls(
            n=counts.n,
            accuracy=counts.accuracy,
            mcc=counts.mcc,
            f1=counts.f1,
            loss=loss,
            majority_accuracy=counts.majority_accuracy,
            constant_prediction=counts.constant_prediction,
            confusion=counts,
        )

    def check(self, other: Metrics) -> None:
        """Compare with the same measures computed again, up to rounding; what an earlier version lacks is None.

        Raises:
            ValueError: they differ.
        """
        for name in (field.name for field in fields(self)):
            stored, computed = getattr(self, name), getattr(other, name)
            close = isinstance(stored, float) and math.isclose(stored, computed, rel_tol=_TOLERANCE, abs_tol=_TOLERANCE)
            if stored is not None and stored != computed and not close:
                raise ValueError(f"{name} is {stored}, but computed again it is {computed}")


@dataclass(frozen=True)
class Predictions:
    """One model's logits on one split, in the split's order."""

    labels: list[int]
    logits: list[list[float]]
    """(n, 2): not acceptable, acceptable."""

    def __add__(self, other: Predictions) -> Predictions:
        return Predictions(self.labels + other.labels, self.logits + other.logits)

    @property
    def margins(self) -> list[float]:
        """By how much the logit of acceptable exceeds the other, for each sentence."""
        return [accept - reject for reject, accept in self.logits]

    @property
    def predicted(self) -> list[int]:
        """The label with the larger logit, for each sentence."""
        return predicted_labels(self.logits)

    def measure(self) -> Metrics:
        """All metrics of these predictions."""
        return measure(self.labels, self.logits)

    def to_bytes(self) -> bytes:
        """The tab-separated file, header first; `repr` keeps every bit of a logit."""
        rows = [
            f"{index}\t{label}\t{reject!r}\t{accept!r}"
            for index, (label, (reject, accept)) in enumerate(zip(self.labels, self.logits, strict=True))
        ]
        return ("\n".join([_HEADER, *rows]) + "\n").encode()

    @classmethod
    def from_bytes(cls, content: bytes, where: str) -> Predictions:
        """Read the file back.

        Raises:
            IntegrityError: it is not one; `where` names it.
        """
        try:
            header, *rows = content.decode().splitlines()
            if header != _HEADER or not rows:
                raise ValueError("its header is another" if rows else "it has no line")
            cells = [row.split("\t") for row in rows]
            labels = [int(label) for _, label, _, _ in cells]
            logits = [[float(reject), float(accept)] for _, _, reject, accept in cells]
            if not set(labels) <= {0, 1} or not all(abs(logit) <= _LARGEST_LOGIT for pair in logits for logit in pair):
                raise ValueError("a label is not 0 or 1, or a logit is not a number")
            return cls(labels, logits)
        except ValueError as error:
            hint = "run `colacli runs verify --deep`; make the run again with the same command and --force"
            raise IntegrityError(f"{where} is not a predictions file: {error}", hint) from error


def confusion(labels: Sequence[int], predictions: Sequence[int]) -> Confusion:
    """Count predictions by truth.

    Raises:
        ValueError: the two differ in length.
    """
    counts = {(1, 1): 0, (0, 1): 0, (1, 0): 0, (0, 0): 0}  # (truth, prediction)
    for pair in zip(labels, predictions, strict=True):
        counts[pair] += 1
    return Confusion(counts[1, 1], counts[0, 1], counts[1, 0], counts[0, 0])


def predicted_labels(logits: Sequence[Sequence[float]]) -> list[int]:
    """The label with the larger logit; a tie is 0."""
    return [int(row[1] > row[0]) for row in logits]


def cross_entropy(labels: Sequence[int], logits: Sequence[Sequence[float]]) -> float:
    """Mean of -log softmax(logits)[label], in nats."""
    losses = []
    for label, row in zip(labels, logits, strict=True):
        margin = row[1 - label] - row[label]
        losses.append(max(margin, 0.0) + math.log1p(math.exp(-abs(margin))))  # softplus, without overflow
    return math.fsum(losses) / len(losses) if losses else 0.0


def measure(labels: Sequence[int], logits: Sequence[Sequence[float]]) -> Metrics:
    """All metrics of logits (n, 2) against labels (n,)."""
    counts = confusion(labels, predicted_labels(logits))
    return Metrics.of(counts, cross_entropy(labels, logits))
