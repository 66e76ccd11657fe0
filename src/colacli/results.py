"""What a run was stored with, decoded and checked: metrics, history, predictions. The store itself knows bytes only.

Every function here raises an IntegrityError where what it reads is damaged, or contradicts the rest of the run.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Annotated

from msgspec import Meta

from colacli.errors import DataError, IntegrityError
from colacli.events import Epoch, Note, OnEvent
from colacli.metrics import Metrics, Predictions
from colacli.parameters import ParameterCounts
from colacli.perplexity import PERPLEXITY, NextTokenMetrics
from colacli.store.artifact import REMAKE, RUNS
from colacli.store.faults import faults_of, noting_faults
from colacli.store.files import is_folder
from colacli.store.index import Entry, scan
from colacli.store.reading import Count, Key, Name, Seconds, Text, decode, decode_lines, encode_line
from colacli.store.refs import set_name
from colacli.store.run import Run
from colacli.store.spec import Spec
from colacli.store.store import Store

METRICS = "metrics.json"
HISTORY = "history.jsonl"
_EPOCHS = 1_000_000
"""Lines a history may have."""
_NextTokensByDirection = Annotated[dict[Name, NextTokenMetrics], Meta(min_length=1)]
_MetricsBySplit = dict[Name, Metrics]
"""Empty for what judges nothing."""


@cache
def metrics_of(run: Run) -> dict[str, Metrics]:
    """Final numbers by split."""
    with run.decoding(METRICS) as content:
        by_split = decode(content, _MetricsBySplit)
        for metrics in by_split.values():
            metrics.check(Metrics.of(metrics.confusion, metrics.loss))
        return by_split


@cache
def perplexity_of(run: Run) -> dict[str, NextTokenMetrics]:
    """How well pretrained layers predict held-out text, by direction; empty for a run that judges."""
    if not run.spec.is_student_base:
        return {}
    with run.decoding(PERPLEXITY) as content:
        by_direction = decode(content, _NextTokensByDirection)
        return dict(sorted(by_direction.items(), reverse=True))  # forward first


@cache
def history_of(run: Run) -> list[Epoch]:
    """One record an epoch."""
    with run.decoding(HISTORY) as content:
        if content.count(b"\n") > _EPOCHS:
            raise ValueError(f"it has more than {_EPOCHS:,} lines")
        return [decode(line, Epoch) for line in content.splitlines()]


def predictions_of(run: Run, split: str) -> Predictions:
    """Logits on a split.

    Raises:
        DataError: the run was not measured on it.
    """
    metrics, name = metrics_of(run), predictions_file(split)
    check_judges(run)
    if name not in run.manifest.files:
        raise DataError(
            f"run {run.key[:12]} has no predictions on '{split}'; it has {', '.join(metrics)}",
            "name another split with --split",
        )
    predictions = Predictions.from_bytes(run.read(name), str(run.path / name))
    count = len(predictions.labels)
    if split in metrics and count != metrics[split].n:
        message = f"{run.path / name} has {count} lines where the metrics say {metrics[split].n}"
        raise IntegrityError(message, REMAKE)
    return predictions


def check_judges(run: Run) -> None:
    """See that a run judges sentences.

    Raises:
        DataError: it is pretrained layers.
    """
    if run.spec.is_student_base:
        message = f"run {run.key[:12]} is a student base: it was trained on a text, and judges no sentence"
        raise DataError(message, f"train a student from it with --student-base run:{run.key[:12]}, and name that")


def predictions_file(split: str) -> str:
    """Name of the file with the predictions on a split."""
    return f"predictions-{split}.tsv"


def check_results(run: Run) -> None:
    """See that what is shown of a run can be read: its spec, numbers and history."""
    run.check_spec()
    if not metrics_of(run) and not perplexity_of(run):
        raise IntegrityError(f"{run.path / METRICS} has no split", REMAKE)
    if run.best_epoch > len(history_of(run)):
        raise IntegrityError(f"{run.path}: its best epoch is none of its history", REMAKE)


def faults_of_run(folder: Path, *, deep: bool) -> list[str]:
    """What differs from a run's manifest, else what of its results can't be read; empty for nothing.

    Args:
        folder: the run's.
        deep: hash every file, and compute the metrics again from the predictions, not only compare sizes.
    """
    faults = faults_of(folder, deep=deep)
    if not faults:
        with noting_faults(folder, faults):
            check_results(run := Run(folder))
            if deep:
                _check_numbers(run)
    return faults


def _check_numbers(run: Run) -> None:
    for split, metrics in metrics_of(run).items():
        try:
            metrics.check(predictions_of(run, split).measure())
        except (ValueError, DataError) as error:
            raise IntegrityError(f"{run.path / METRICS} contradicts the predictions: {error}", REMAKE) from error


def verified_run(folder: Path) -> Run:
    """A run of which every byte is as its manifest says, and every number follows from its predictions."""
    if not folder.is_dir():
        hint = "a run is exported and imported only together with all its ancestors"
        raise IntegrityError(f"run {folder.name[:12]} is not in {folder.parent}", hint)
    if faults := faults_of_run(folder, deep=True):
        raise IntegrityError(faults[0], "restore it, or make the run again with the same command and --force")
    return Run(folder)


@dataclass(frozen=True, kw_only=True)
class Summary:
    """What a list shows of a run."""

    key: Key
    command: Name
    seed: int
    created: Text
    seconds: Seconds
    size: Count
    """Bytes of all its files."""
    likeness: Key
    epochs: int
    """That were asked for."""
    best_epoch: int
    parameters: ParameterCounts
    metrics: _MetricsBySplit


def likeness(spec: Spec) -> str:
    """What runs have in common whose epochs take as long as one another's: all but seed, epochs and parents."""
    return replace(spec, training=replace(spec.training, seed=0, epochs=1), parents=None).key


def summary_of(run: Run) -> Summary:
    """What is shown of a run, once it is checked that it can be read."""
    check_results(run)
    return Summary(
        key=run.key,
        command=run.spec.command,
        seed=run.spec.training.seed,
        created=run.manifest.created,
        seconds=run.manifest.seconds,
        size=run.manifest.size,
        likeness=likeness(run.spec),
        epochs=run.spec.training.epochs,
        best_epoch=run.best_epoch,
        parameters=run.parameters,
        metrics=metrics_of(run),
    )


def scan_runs(store: Store) -> tuple[list[Summary], dict[str, IntegrityError]]:
    """All runs whose results can be read, the oldest first, and what is wrong with the others, by key.

    Only those that are new since the last time, or have changed, are opened.
    """
    scanned = scan(store)
    known = _known(scanned.entries)
    summaries, entries, damaged = [], [], dict(scanned.damaged)
    for entry in scanned.entries:
        summary = known.get(entry.key)
        if summary is None:
            path = store.folder(RUNS) / entry.key
            try:
                summary = summary_of(scanned.opened.get(entry.key) or Run(path))
            except IntegrityError as error:
                if is_folder(path):  # no other process has removed it meanwhile
                    damaged[entry.key] = error
                continue
            entry = replace(entry, results=encode_line(summary))
        summaries.append(summary)
        entries.append(entry)
    scanned.save(store, entries)
    return summaries, dict(sorted(damaged.items()))


def _known(entries: Iterable[Entry]) -> dict[str, Summary]:
    """Summaries that are in the index; none where it is another version's."""
    with suppress(ValueError):
        lines = "\n".join(entry.results for entry in entries if entry.results)
        return {summary.key: summary for summary in decode_lines(lines.encode(), Summary)}
    return {}


def name_runs(store: Store, name: str, keys: list[str], on_event: OnEvent) -> None:
    """Let a name stand for these runs; a note says for which others it stood before.

    Raises:
        UsageError: it can't be a name.
        UnknownReferenceError: a run was removed meanwhile.
    """
    before = set_name(store, name, keys)
    if before and set(before) != set(keys):
        old, new = (", ".join(key[:12] for key in some) for some in (before, keys))
        on_event(Note(f"'{name}' stood for {old}, and stands for {new} now"))
