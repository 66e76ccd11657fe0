"""Measures of a binary classifier, in plain Python; 1 is 'acceptable', the positive class."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Annotated

from msgspec import Meta

if TYPE_CHECKING:
    from collections.abc import Sequence

Sentences = Annotated[int, Meta(ge=0, le=10**12)]
Fraction = Annotated[float, Meta(ge=0, le=1)]
Correlation = Annotated[float, Meta(ge=-1.000001, le=1.000001)]
"""Rounding may lead out of [-1, 1]."""
Loss = Annotated[float, Meta(ge=-1e39, le=1e39)]
"""Single precision ends at 3.4e38."""
_TOLERANCE = 1e-9


@dataclass(frozen=True)
class Confusion:
    """Counts of predictions by truth."""

    true_positive: Sentences
    false_positive: Sentences
    false_negative: Sentences
    true_negative: Sentences

    def __add__(self, other: Confusion) -> Confusion:
        return Confusion(
            self.true_positive + other.true_positive,
            self.false_positive + other.false_positive,
            self.false_negative + other.false_negative,
            self.true_negative + other.true_negative,
        )

    @property
    def n(self) -> int:
        """Number of predictions."""
        return self.true_positive + self.false_positive + self.false_negative + self.true_negative

    @property
    def accuracy(self) -> float:
        """Share that is right; 0 for no predictions."""
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
        """Mean over the labels that occur of the share that is right among their sentences; 0 for no sentence."""
        right = ((self.true_positive, self.false_negative), (self.true_negative, self.false_positive))
        shares = [hit / (hit + missed) for hit, missed in right if hit + missed]
        return sum(shares) / len(shares) if shares else 0.0

    @property
    def accuracy_error(self) -> float:
        """Standard error of the accuracy over the choice of sentences: sqrt(a (1 - a) / n), binomial; 0 for none."""
        return math.sqrt(self.accuracy * (1 - self.accuracy) / self.n) if self.n else 0.0

    @property
    def mcc_error(self) -> float | None:
        """Standard error of the MCC over the choice of sentences; None where it is undefined.

        By the delta method for the four multinomial shares (Itaya, Tamura, Hayashi and Yamamoto 2025, "Asymptotic
        properties of Matthews correlation coefficient", Statistics in Medicine 44:e10303).
        """
        slopes = self._mcc_slopes()
        if slopes is None:
            return None
        mean = sum(share * slope for share, slope in slopes)
        return math.sqrt(sum(share * (slope - mean) ** 2 for share, slope in slopes) / self.n)

    def _mcc_slopes(self) -> list[tuple[float, float]] | None:
        """Each of the four shares, with the derivative of the MCC by it."""
        counts = self.true_positive, self.false_positive, self.false_negative, self.true_negative
        tp, fp, fn, tn = (count / self.n if self.n else 0.0 for count in counts)
        accepted, rejected, good, bad = tp + fp, tn + fn, tp + fn, tn + fp
        if not accepted * rejected * good * bad:
            return None
        root = math.sqrt(accepted * rejected * good * bad)
        parts = ((tp, tn, accepted, good), (fp, -fn, accepted, bad), (fn, -fp, rejected, good), (tn, tp, rejected, bad))
        half = self.mcc / 2
        return [(share, rise / root - half * (1 / row + 1 / column)) for share, rise, row, column in parts]

    @property
    def majority_accuracy(self) -> float:
        """Accuracy of always giving the more common label."""
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
    """What is reported of one model on one split."""

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
        for one in fields(self):
            mine, its = getattr(self, one.name), getattr(other, one.name)
            near = isinstance(mine, float) and math.isclose(mine, its, rel_tol=_TOLERANCE, abs_tol=_TOLERANCE)
            if mine is not None and mine != its and not near:
                raise ValueError(f"{one.name} is {mine}, but computed again it is {its}")


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
