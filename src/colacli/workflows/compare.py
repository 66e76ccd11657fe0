"""Compare finished runs, pair by pair, on the very same sentences. No torch: all it needs is stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

from colacli.data.corpus import DEV_SPLITS, HOLDOUT, TRAIN
from colacli.errors import DataError, IntegrityError, UsageError
from colacli.metrics import Metrics, Predictions
from colacli.results import check_results, metrics_of
from colacli.statistics.comparison import Answers, Comparison, compare_arms, corrected
from colacli.store.refs import resolve
from colacli.store.run import Run
from colacli.store.store import Store
from colacli.workflows.splits import SplitMeasures, dev_splits, measure_split, parts_of, stored_predictions


@dataclass(frozen=True)
class Arm:
    """One side of a comparison: a run, or the runs of several seeds."""

    label: str
    """The reference it was called by; with the seed where the runs of a single name are compared."""
    runs: list[Run]
    """In the order of their seeds."""
    metrics: list[Metrics]
    """Of each run."""
    splits: dict[str, list[SplitMeasures]] = field(default_factory=dict)
    """Of each run, on the split that is compared on and on the dev splits that all arms have."""

    @property
    def seeds(self) -> list[int]:
        """Of each run."""
        return [run.spec.training.seed for run in self.runs]

    @property
    def has_epochs(self) -> bool:
        """Whether there are curves to show: a baseline has none, nor what was trained elsewhere."""
        return not any(run.spec.is_baseline or run.spec.adapter for run in self.runs)


FEW = 6
"""Arms of which every two are tested without being asked for."""


@dataclass(frozen=True)
class CompareResult:
    """All arms, and the pairs of them that were tested: every two, or each beside the first."""

    split: str
    arms: list[Arm]
    """Different ones."""
    pairs: list[Comparison]
    """In the order of `arm_pairs`."""
    predictions: dict[str, Predictions] = field(default_factory=dict)
    """Of each run, by its key."""
    same: dict[str, str] = field(default_factory=dict)
    """References to the same runs as an arm's, and that arm's label."""
    tests_all: bool = True
    """Whether every two arms were tested."""

    @property
    def arm_pairs(self) -> list[tuple[Arm, Arm]]:
        """The arms of each pair."""
        return pairs_of(self.arms, all_pairs=self.tests_all)


def pairs_of(arms: list[Arm], *, all_pairs: bool) -> list[tuple[Arm, Arm]]:
    """Every two arms, or the first with each other one."""
    return list(combinations(arms, 2)) if all_pairs else [(arms[0], arm) for arm in arms[1:]]


def compare(references: Sequence[str], split: str, store: Store, *, all_pairs: bool = True) -> CompareResult:
    """Compare two or more arms by their runs' stored predictions.

    Args:
        references: an arm each, whatever number of runs it stands for; a single one brings each of its runs as an arm.
        split: what they are compared on.
        store: where the runs are.
        all_pairs: whether every two of more than `FEW` arms are tested; else each of them beside the first, which is
            chosen before anything is seen: the best of many would look better than it is.

    Raises:
        UsageError: fewer than two runs, or one of them in two arms that are not the same.
        DataError: they were not measured on the same sentences.
        IntegrityError: a run is damaged.
    """
    named, same = _distinct([(reference, resolve(store, reference)) for reference in references])
    labelled = [pair for reference, runs in named for pair in _labelled(reference, runs)]
    for _, run in labelled:
        check_results(run)
    _check_distinct(labelled)
    splits = shared_splits([run for _, run in labelled], split)
    by_split = {run.key: stored_predictions(run, splits) for _, run in labelled}
    for part in parts_of(split):
        _check_same_sentences(labelled, part)
    arms = [measured_arm(label, runs, by_split) for label, runs in (named if len(named) > 1 else _singly(labelled))]
    stored = {key: predictions[split] for key, predictions in by_split.items()}
    labels = next(iter(stored.values())).labels
    for label, run in labelled:
        if stored[run.key].labels != labels:
            message = f"'{labelled[0][0]}' and '{label}' have other labels for the same sentences on {split}"
            raise IntegrityError(message, "`colacli runs verify --deep` says which run is damaged")
    answers = {arm.label: _answers(arm.label, [stored[run.key] for run in arm.runs]) for arm in arms}
    all_pairs = all_pairs or len(arms) <= FEW
    pairs = [
        compare_arms(labels, answers[a.label], answers[b.label], by_seed=paired_by_seed(a, b))
        for a, b in pairs_of(arms, all_pairs=all_pairs)
    ]
    return CompareResult(split, arms, corrected(pairs), stored, same, all_pairs)


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
    return spec.base, spec.student, spec.lora, spec.student_base, batches


def shared_splits(runs: Sequence[Run], split: str) -> list[str]:
    """The split that runs are compared on, then the other dev splits on which all have the same sentences."""
    first = runs[0].spec.data
    shared = [
        name
        for name in DEV_SPLITS
        if all(name in metrics_of(run) and run.spec.data.get(name) == first.get(name) for run in runs)
    ]
    return [split, *(name for name in dev_splits(shared) if name != split)]


def measured_arm(label: str, runs: list[Run], predictions: Mapping[str, dict[str, Predictions]]) -> Arm:
    """An arm with its runs' measures.

    Args:
        label: of the arm.
        runs: in any order.
        predictions: by key and by split, of which the first is the one that is compared on.
    """
    ordered = sorted(runs, key=lambda run: run.spec.training.seed)
    first, *others = predictions[ordered[0].key]
    measured = {split: [measure_split(predictions[run.key][split]) for run in ordered] for split in (first, *others)}
    return Arm(label, ordered, [one.metrics for one in measured[first]], measured)


def _answers(label: str, runs: list[Predictions]) -> Answers:
    from colacli.statistics.threshold_free import measure_scores

    measures = [measure_scores(run.labels, run.margins) for run in runs]
    return Answers(label, [run.predicted for run in runs], measures)


def _distinct(named: list[tuple[str, list[Run]]]) -> tuple[list[tuple[str, list[Run]]], dict[str, str]]:
    """The references that stand for other runs than those before them, and the others with the one they repeat.

    Where only one would be left all stay, as do equal words: that is a mistake, and no class with two equal answers.
    """
    first: dict[frozenset[str], str] = {}
    same: dict[str, str] = {}
    for reference, runs in named:
        earlier = first.setdefault(frozenset(run.key for run in runs), reference)
        if earlier != reference:
            same[reference] = earlier
    if len(first) < 2:
        return named, {}
    return [(reference, runs) for reference, runs in named if reference not in same], same


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
