"""What a report says of the sentences themselves: parts of a split, and those that are misjudged."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from colacli.data.corpus import TRAIN, Corpus, Sentence
from colacli.data.holdout import holdout_rows
from colacli.errors import DataError
from colacli.store.run import Run
from colacli.store.store import Store
from colacli.workflows.breakdown import own_corpus, rows_by_name, stored_sentences
from colacli.workflows.compare import CompareResult
from colacli.workflows.lengths import lengths_of
from colacli.workflows.splits import parts_of

Margins = Sequence[Sequence[float]]
"""Of an arm's runs, by how much the logit of acceptable exceeds the other for each sentence: (R, n)."""


@dataclass(frozen=True)
class Part:
    """Some of the sentences, and how the arms judge them."""

    name: str
    n: int
    majority_accuracy: float
    accuracies: list[float]
    """Of each arm, the mean over its runs."""


@dataclass(frozen=True)
class Mistake:
    """A sentence that an arm misjudges."""

    sentence: Sentence
    probability: float
    """P(acceptable), the mean over the arm's runs."""
    wrong: int
    """How many of its runs misjudge it."""


@dataclass(frozen=True)
class Judged:
    """What needs the sentences themselves."""

    parts: dict[str, list[Part]]
    """By what the sentences are divided by."""
    mistakes: list[list[Mistake]]
    """Of each arm, the surest first."""
    train: int
    """Sentences that the first run was trained on; 0 where it is not known."""


def judge_parts(result: CompareResult, mistakes: int, store: Store) -> Judged:
    """Everything that needs the sentences.

    Raises:
        DataError: they are not here, or have changed.
    """
    run = result.arms[0].runs[0]
    corpus = own_corpus(run, store)
    sentences = [one for part in parts_of(result.split) for one in stored_sentences(run, part, corpus) or ()]
    labels = [sentence.label for sentence in sentences]
    arms = [[result.predictions[run.key] for run in arm.runs] for arm in result.arms]
    if labels != arms[0][0].labels:
        raise DataError(f"{corpus.origin} has other sentences now", "get it back as it was when the runs were made")
    margins = [[predictions.margins for predictions in runs] for runs in arms]
    return Judged(
        _divided(sentences, run, labels, margins),
        [_mistakes(sentences, runs)[:mistakes] for runs in margins],
        _trained_on(run, corpus),
    )


def _divided(
    sentences: Sequence[Sentence], run: Run, labels: Sequence[int], arms: Sequence[Margins]
) -> dict[str, list[Part]]:
    """Every way of dividing the sentences: the largest source first, the shortest length first."""
    lengths = lengths_of(run, [sentence.text for sentence in sentences])
    sources = _parts([(sentence.source or "not given",) for sentence in sentences], labels, arms)
    constructions = _parts([sentence.constructions for sentence in sentences], labels, arms)
    by_length = _parts([(name,) for name in lengths.names], labels, arms)
    return {
        "source": _largest_first(sources),
        **({"construction": _largest_first(constructions)} if constructions else {}),
        f"length in {lengths.unit}": sorted(by_length, key=lambda part: lengths.order.index(part.name)),
    }


def _largest_first(parts: list[Part]) -> list[Part]:
    return sorted(parts, key=lambda part: (-part.n, part.name))


def _parts(names: Sequence[tuple[str, ...]], labels: Sequence[int], arms: Sequence[Margins]) -> list[Part]:
    """One for each name; `names` are those of the parts that each sentence is in."""
    return [_part(name, rows, labels, arms) for name, rows in rows_by_name(names).items()]


def _part(name: str, rows: list[int], labels: Sequence[int], arms: Sequence[Margins]) -> Part:
    acceptable = sum(labels[row] for row in rows)
    right = [[(margins[row] > 0) == labels[row] for margins in runs for row in rows] for runs in arms]
    return Part(name, len(rows), max(acceptable, len(rows) - acceptable) / len(rows), list(map(fmean, right)))


def _mistakes(sentences: Sequence[Sentence], runs: Margins) -> list[Mistake]:
    """Sentences whose mean probability is on the wrong side, the farthest first."""
    found = []
    for row, sentence in enumerate(sentences):
        margins = [margins[row] for margins in runs]
        wrong = sum((margin > 0) != sentence.label for margin in margins)
        found.append(Mistake(sentence, fmean(map(_sigmoid, margins)), wrong))
    misjudged = [one for one in found if (one.probability > 0.5) != one.sentence.label]
    return sorted(misjudged, key=lambda one: -abs(one.probability - 0.5))


def _sigmoid(margin: float) -> float:
    return 1 / (1 + math.exp(-margin)) if margin > -700 else 0.0


def _trained_on(run: Run, corpus: Corpus) -> int:
    train = corpus.splits.get(TRAIN)
    if train is None or train.digest != run.spec.data.get(TRAIN):
        return 0
    return len(train) if run.spec.training.validation == "dev" else len(holdout_rows(train.labels)[0])
