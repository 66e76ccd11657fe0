"""What a report of runs says: they are measured, compared and taken apart from what is stored. Nothing is trained."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

from colacli.config import Checked, setting
from colacli.data.corpus import IN_DOMAIN_DEV, TRAIN, Corpus, Sentence
from colacli.data.holdout import holdout_rows
from colacli.errors import ColacliError, DataError, UsageError
from colacli.models.base import BUNDLED, HUB, cached_folder
from colacli.models.config import GPT2Config, read_config
from colacli.results import check_results
from colacli.store.canonical import key_of
from colacli.store.refs import resolve
from colacli.store.run import Run
from colacli.store.store import Store
from colacli.workflows.breakdown import own_corpus, stored_sentences
from colacli.workflows.compare import Arm, CompareResult, compare, measured_arm, shared_splits
from colacli.workflows.lengths import lengths_of
from colacli.workflows.reproduce import Recipe, recipes, with_ancestors
from colacli.workflows.splits import parts_of, stored_predictions

Margins = Sequence[Sequence[float]]
"""Of an arm's runs, by how much the logit of acceptable exceeds the other for each sentence: (R, n)."""


@dataclass(frozen=True, kw_only=True)
class ReportOptions(Checked):
    """What a report is about."""

    title: str = setting("Report", "Its title.")
    split: str = setting(IN_DOMAIN_DEV, "Split that it compares on; pooled_dev is both dev splits.")
    mistakes: int = setting(
        5, "Sentences to quote an arm, of those that it misjudges; 0 quotes none.", minimum=0, maximum=1000
    )


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


@dataclass(frozen=True)
class Report:
    """All that a report is made of."""

    title: str
    comparison: CompareResult
    """Of all arms; without pairs where there is one arm."""
    teachers: dict[str, Run]
    """The runs that an arm was distilled from, by key."""
    configs: dict[str, GPT2Config]
    """Of the base models that are here, by the name that runs have for them."""
    judged: Judged | None
    """None where the sentences are not here."""
    missing: str
    """Why they are not."""
    recipes: list[Recipe]

    @property
    def arms(self) -> list[Arm]:
        """One a reference."""
        return self.comparison.arms

    @property
    def runs(self) -> list[Run]:
        """Of all arms, and their teachers."""
        return list({run.key: run for recipe in self.recipes for run in recipe.runs}.values())


def report(references: Sequence[str], options: ReportOptions, store: Store) -> Report:
    """Measure arms, compare every two of them, and take them apart.

    Args:
        references: an arm each, whatever number of runs it stands for.
        options: of the report.
        store: where the runs are.

    Raises:
        UsageError: a run is named twice, or a name has runs of several commands.
        DataError: the runs were not measured on the same sentences.
        IntegrityError: a run is damaged.
    """
    result = _compared(references, options.split, store)
    for arm in result.arms:
        _check_alike(arm)
    runs = with_ancestors([run for arm in result.arms for run in arm.runs], store)
    for run in runs:
        check_results(run)
    judged, missing = None, ""
    try:
        judged = _judge(result, options.mistakes, store)
    except DataError as error:
        missing = f"{error.message}; {error.hint}"
    parents = {key for run in runs for key in run.manifest.parents.values()}
    return Report(
        title=options.title,
        comparison=result,
        teachers={run.key: run for run in runs if run.key in parents},
        configs=_configs(runs),
        judged=judged,
        missing=missing,
        recipes=recipes(runs, store),
    )


def _compared(references: Sequence[str], split: str, store: Store) -> CompareResult:
    """The comparison of several references; a single one is measured alone."""
    if len(references) > 1:
        return compare(references, split, store)
    (reference,) = references
    runs = resolve(store, reference)
    for run in runs:
        check_results(run)
    shared = shared_splits(runs, split)
    arm = measured_arm(reference, runs, {run.key: stored_predictions(run, shared) for run in runs})
    return CompareResult(split, [arm], [])


def _check_alike(arm: Arm) -> None:
    commands = sorted({run.spec.command for run in arm.runs})
    if len(commands) > 1:
        message = f"'{arm.label}' stands for runs of {', '.join(commands)}"
        raise UsageError(message, "name each kind by itself: `colacli runs name` gives names")


def _judge(result: CompareResult, mistakes: int, store: Store) -> Judged:
    """Everything that needs the sentences.

    Raises:
        DataError: they are not here, or have changed.
    """
    run = result.arms[0].runs[0]
    corpus = own_corpus(run, store)
    sentences = [one for part in parts_of(result.split) for one in stored_sentences(run, part, corpus) or ()]
    labels = [sentence.label for sentence in sentences]
    arms = [[stored_predictions(run, [result.split])[result.split] for run in arm.runs] for arm in result.arms]
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
    rows: dict[str, list[int]] = {}
    for row, parts in enumerate(names):
        for name in parts:
            rows.setdefault(name, []).append(row)
    return [_part(name, chosen, labels, arms) for name, chosen in rows.items()]


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


def _configs(runs: Iterable[Run]) -> dict[str, GPT2Config]:
    """The configs of base models that are here and still the same; nothing is fetched."""
    configs: dict[str, GPT2Config] = {}
    for run in runs:
        source = run.manifest.sources.get("base", "")
        if source not in configs:
            with suppress(ColacliError, OSError):
                folder = BUNDLED.get(source) or (cached_folder(source) if source in HUB else Path(source))
                config = read_config(folder)
                if key_of(config) == run.spec.base.config:
                    configs[source] = config
    return configs
