"""What a report of runs says: they are measured, compared and taken apart from what is stored. Nothing is trained."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from colacli.config import Checked, setting
from colacli.data.corpus import IN_DOMAIN_DEV
from colacli.errors import ColacliError, DataError, UsageError
from colacli.events import OnEvent, ignore
from colacli.models.base import BUNDLED, HUB, cached_folder
from colacli.models.config import GPT2Config, read_config
from colacli.results import check_results
from colacli.store.canonical import key_of
from colacli.store.refs import resolve
from colacli.store.run import Run
from colacli.store.store import Store
from colacli.workflows.compare import Arm, CompareResult, compare, measured_arm, shared_splits
from colacli.workflows.compare_pairs import PairsComparison, compare_pairs
from colacli.workflows.licences import licences
from colacli.workflows.report_parts import Judged, judge_parts
from colacli.workflows.reproduce import Recipe, recipes, with_ancestors
from colacli.workflows.search import SearchResult, search_of
from colacli.workflows.splits import stored_predictions

_SHORT = re.compile(r"[A-Za-z0-9._~^:-]{1,100}")
"""A name, key digits or `latest~N`; any other reference is a path."""


@dataclass(frozen=True, kw_only=True)
class ReportOptions(Checked):
    """What a report is about."""

    title: str = setting("Report", "Its title.")
    split: str = setting(IN_DOMAIN_DEV, "Split that it compares on; pooled_dev is both dev splits.")
    pairs: str | None = setting(
        None, "Minimal pairs to compare arms on too: blimp, sample, a folder or a file.", shown_default="none"
    )
    mistakes: int = setting(
        5, "Sentences to quote an arm, of those that it misjudges; 0 quotes none.", minimum=0, maximum=1000
    )


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
    pairs: PairsComparison | None
    """On minimal pairs; None where none are asked for, or there is one arm."""
    judged: Judged | None
    """None where the sentences are not here."""
    missing: str
    """Why they are not."""
    recipes: list[Recipe]
    licences: dict[str, str | None]
    """Of base models, corpora and pairs, by the names that runs have for them; None where it is not known."""
    searches: dict[str, SearchResult]
    """Of the arms whose settings come from one that is stored, by label."""

    @property
    def arms(self) -> list[Arm]:
        """One a reference."""
        return self.comparison.arms

    @property
    def runs(self) -> list[Run]:
        """Of all arms, and their teachers."""
        return list({run.key: run for recipe in self.recipes for run in recipe.runs}.values())


def report(references: Sequence[str], options: ReportOptions, store: Store, on_event: OnEvent = ignore) -> Report:
    """Measure arms, compare every two of them, and take them apart.

    Args:
        references: an arm each, whatever number of runs it stands for.
        options: of the report.
        store: where the runs are.
        on_event: told how the scores of minimal pairs come about, where they are not stored.

    Raises:
        UsageError: no run is named, one is named twice, or a name has runs of several commands.
        DataError: the runs were not measured on the same sentences.
        IntegrityError: a run is damaged.
    """
    result = _short_labels(_compared(references, options.split, store))
    for arm in result.arms:
        _check_alike(arm)
    runs = with_ancestors([run for arm in result.arms for run in arm.runs], store)
    for run in runs:
        check_results(run)
    judged, missing = None, ""
    try:
        judged = judge_parts(result, options.mistakes, store)
    except DataError as error:
        missing = f"{error.message}; {error.hint}"
    parents = {key for run in runs for key in run.manifest.parents.values()}
    return Report(
        title=options.title,
        comparison=result,
        teachers={run.key: run for run in runs if run.key in parents},
        configs=_configs(runs),
        pairs=compare_pairs(result, options.pairs, store, on_event) if options.pairs and result.pairs else None,
        judged=judged,
        missing=missing,
        recipes=recipes(runs, store),
        licences=licences(runs, store, options.pairs),
        searches={arm.label: found for arm in result.arms if (found := search_of(arm.runs[0], store)) is not None},
    )


def _compared(references: Sequence[str], split: str, store: Store) -> CompareResult:
    """The comparison of several references; a single one is measured alone."""
    if len(references) > 1:
        return compare(references, split, store)
    if not references:
        raise UsageError("there is no run to report on", "name one, or several to compare them")
    (reference,) = references
    runs = resolve(store, reference)
    for run in runs:
        check_results(run)
    shared = shared_splits(runs, split)
    by_split = {run.key: stored_predictions(run, shared) for run in runs}
    stored = {key: predictions[split] for key, predictions in by_split.items()}
    return CompareResult(split, [measured_arm(reference, runs, by_split)], [], stored)


def _short_labels(result: CompareResult) -> CompareResult:
    """The same with keys in the place of paths, which say nothing to a reader."""
    labels = {arm.label: f"run:{arm.runs[0].key[:12]}" for arm in result.arms if not _SHORT.fullmatch(arm.label)}
    arms = [replace(arm, label=labels.get(arm.label, arm.label)) for arm in result.arms]
    pairs = [replace(pair, a=labels.get(pair.a, pair.a), b=labels.get(pair.b, pair.b)) for pair in result.pairs]
    return replace(result, arms=arms, pairs=pairs)


def _check_alike(arm: Arm) -> None:
    commands = sorted({run.spec.command for run in arm.runs})
    if len(commands) > 1:
        message = f"'{arm.label}' stands for runs of {', '.join(commands)}"
        raise UsageError(message, "name each kind by itself: `colacli runs name` gives names")


def _configs(runs: Iterable[Run]) -> dict[str, GPT2Config]:
    """The configs of base models that are here and still the same; nothing is fetched."""
    configs: dict[str, GPT2Config] = {}
    for run in runs:
        source = run.manifest.sources.get("base", "")
        if run.spec.base and source not in configs:
            with suppress(ColacliError, OSError):
                folder = BUNDLED.get(source) or (cached_folder(source) if source in HUB else Path(source))
                config = read_config(folder)
                if key_of(config) == run.spec.base.config:
                    configs[source] = config
    return configs
