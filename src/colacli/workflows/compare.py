"""Compare finished runs, pair by pair, on the very same sentences. No torch: all it needs is stored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import combinations

from colacli.data.corpus import HOLDOUT, TRAIN
from colacli.errors import DataError, IntegrityError, UsageError
from colacli.metrics import Metrics, Predictions
from colacli.results import check_results, metrics_of, predictions_of
from colacli.statistics.comparison import Answers, Comparison, compare_arms, corrected
from colacli.store.refs import resolve
from colacli.store.run import Run
from colacli.store.store import Store


@dataclass(frozen=True)
class Arm:
    """One side of a comparison: a run, or the runs of several seeds."""

    label: str
    """The reference it was called by; with the seed where the runs of a single name are compared."""
    runs: list[Run]
    """In the order of their seeds."""
    metrics: list[Metrics]
    """Of each run."""

    @property
    def seeds(self) -> list[int]:
        """Of each run."""
        return [run.spec.training.seed for run in self.runs]


@dataclass(frozen=True)
class CompareResult:
    """All arms, and every pair of them."""

    split: str
    arms: list[Arm]
    pairs: list[Comparison]
    predictions: dict[str, Predictions] = field(default_factory=dict)
    """Of each run, by its key."""


def compare(references: Sequence[str], split: str, store: Store) -> CompareResult:
    """Compare two or more arms by their runs' stored predictions.

    Args:
        references: an arm each, whatever number of runs it stands for; a single one brings each of its runs as an arm.
        split: what they are compared on.
        store: where the runs are.

    Raises:
        UsageError: fewer than two runs, or the same one twice.
        DataError: they were not measured on the same sentences.
        IntegrityError: a run is damaged.
    """
    named = [(reference, resolve(store, reference)) for reference in references]
    labelled = [pair for reference, runs in named for pair in _labelled(reference, runs)]
    for _, run in labelled:
        check_results(run)
    _check_distinct(labelled)
    stored = {run.key: predictions_of(run, split) for _, run in labelled}
    _check_same_sentences(labelled, split)
    arms = [_arm(label, runs, split) for label, runs in (named if len(named) > 1 else _singly(labelled))]
    labels = next(iter(stored.values())).labels
    for label, run in labelled:
        if stored[run.key].labels != labels:
            message = f"'{labelled[0][0]}' and '{label}' have other labels for the same sentences on {split}"
            raise IntegrityError(message, "`colacli runs verify --deep` says which run is damaged")
    sides = [(arm, Answers(arm.label, [stored[run.key].predicted for run in arm.runs])) for arm in arms]
    pairs = [
        compare_arms(labels, answers, others, by_seed=paired_by_seed(arm, other))
        for (arm, answers), (other, others) in combinations(sides, 2)
    ]
    return CompareResult(split, arms, corrected(pairs), stored)


def paired_by_seed(a: Arm, b: Arm) -> bool:
    """Whether both arms have the same seeds, and a seed means the same start and the same order of sentences in both.

    That is so where the model that is trained is the same, and what it is trained on comes in the same batches:
    students with and without a teacher, say. Targets and learning rate may differ. A transfer set puts other
    sentences into the batches: such runs share their start alone, and a pair that shares less is still a pair.
    """
    if len(a.runs) < 2 or a.seeds != b.seeds or len(set(a.seeds)) < len(a.seeds):
        return False
    return all(_start(ours) == _start(theirs) for ours, theirs in zip(a.runs, b.runs, strict=True))


def _start(run: Run) -> tuple[object, ...]:
    spec = run.spec
    batches = spec.data.get(TRAIN), spec.training.batch_size, spec.training.validation
    return spec.base, spec.student, spec.lora, batches


def _arm(label: str, runs: list[Run], split: str) -> Arm:
    ordered = sorted(runs, key=lambda run: run.spec.training.seed)
    return Arm(label, ordered, [metrics_of(run)[split] for run in ordered])


def _labelled(reference: str, runs: list[Run]) -> list[tuple[str, Run]]:
    if len(runs) == 1:
        return [(reference, runs[0])]
    return [(f"{reference}[seed {run.spec.training.seed}, {run.key[:6]}]", run) for run in runs]


def _singly(labelled: list[tuple[str, Run]]) -> list[tuple[str, list[Run]]]:
    return [(label, [run]) for label, run in labelled]


def _check_distinct(labelled: list[tuple[str, Run]]) -> None:
    if len(labelled) < 2:
        raise UsageError("compare needs two runs or more", "`colacli runs list` shows what there is")
    seen: dict[str, str] = {}
    for label, run in labelled:
        if run.key in seen:
            raise UsageError(f"'{seen[run.key]}' and '{label}' are the same run, {run.key[:12]}", "name different runs")
        seen[run.key] = label


def _check_same_sentences(labelled: list[tuple[str, Run]], split: str) -> None:
    """The split was the same for every run. A holdout is a part of train, always the same part.

    Raises:
        DataError: it was not.
    """
    source = TRAIN if split == HOLDOUT else split
    (first, reference), *others = labelled
    for label, run in others:
        if run.spec.data.get(source) != reference.spec.data.get(source):
            raise DataError(
                f"'{first}' and '{label}' were measured on different sentences called {split}",
                "compare runs that were trained on one corpus",
            )
