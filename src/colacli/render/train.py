"""What the training verbs and `runs resume` show."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import astuple
from typing import TYPE_CHECKING, Any

from rich.console import Console

from colacli.render.console import Show, Table, decimals, duration, facts, percent, say, size
from colacli.render.curves import show_curves
from colacli.render.metrics import (
    metrics_documents,
    metrics_table,
    parameters_document,
    parameters_line,
    perplexity_table,
    remarks,
    remarks_over_seeds,
)
from colacli.results import history_of, metrics_of, perplexity_of
from colacli.store.canonical import canonical, document
from colacli.store.reading import plain
from colacli.training.plan import DryRun, RunResult

if TYPE_CHECKING:
    from colacli.store.run import Run
    from colacli.workflows.resume import Resumed


def show_training(verb: str, results: Sequence[RunResult | DryRun], show: Show) -> None:
    """The trained runs, one for each seed, or with --dry-run what would be done."""
    documents = [
        run_document(result) if isinstance(result, RunResult) else _dry_run_document(result) for result in results
    ]
    runs = [result for result in results if isinstance(result, RunResult)]

    def view(console: Console) -> None:
        if len(runs) > 1:
            _show_seeds(runs, console)
            return
        for result in results:
            if isinstance(result, RunResult):
                _show_result(result, console)
            else:
                _show_dry_run(result, console)

    several = {"name": documents[0]["name"], "runs": documents}
    show(verb, documents[0] if len(documents) == 1 else several, view)


def show_resumed(resumed: Resumed, show: Show) -> None:
    """The runs that were resumed, and why others could not be."""

    def view(console: Console) -> None:
        for result in resumed.made:
            _show_result(result, console)
        for key, error in resumed.failed.items():
            say(console, f"run {key[:12]} was not resumed: {error.message}\n  {error.hint}".rstrip())
        if not resumed.made and not resumed.failed:
            say(console, "there are no interrupted runs")

    failed = [
        {"key": key, "code": error.code, "message": error.message, "hint": error.hint}
        for key, error in resumed.failed.items()
    ]
    show("runs.resume", {"runs": [run_document(result) for result in resumed.made], "failed": failed}, view)


def run_document(result: RunResult) -> dict[str, Any]:
    """A finished run as plain JSON values."""
    run, imported = result.run, result.imported
    return {
        "key": run.key,
        "name": _first(result.names),
        "cached": result.cached,
        "imported": {"from": imported.source, "time": imported.time} if imported else None,
        "path": str(run.path),
        "best_epoch": run.best_epoch,
        "parameters": parameters_document(run.parameters),
        "metrics": metrics_documents(metrics_of(run)),
        **perplexity_document(run),
        **({"agreement": result.agreement} if result.agreement else {}),
    }


def perplexity_document(run: Run) -> dict[str, Any]:
    """How well pretrained layers predict held-out text, by direction; nothing of a run that judges."""
    return {"perplexity": plain(found)} if (found := perplexity_of(run)) else {}


def _dry_run_document(result: DryRun) -> dict[str, Any]:
    return {
        "key": result.spec.key,
        "name": _first(result.names),
        "cached": result.run is not None,
        "path": str(result.path),
        "best_epoch": result.run.best_epoch if result.run else None,
        "parameters": parameters_document(result.parameters),
        "spec": document(result.spec),
    }


def _first(names: list[str]) -> str | None:
    return names[0] if names else None


def show_run(run: Run, names: list[str], console: Console, *more: list[str]) -> None:
    """A run's curves, its facts and more of them, and its metrics on every split."""
    if not run.spec.is_baseline:
        show_curves({run.key[:12]: [history_of(run)]}, console)
    for table in run_tables(run, names, *more, ["folder", str(run.path)]):
        table.show(console)
    for remark in remarks(metrics_of(run)):
        say(console, remark)


def run_tables(run: Run, names: list[str], *more: list[str]) -> Iterator[Table]:
    """A run's facts with more of them, and its metrics on every split, or of held-out text."""
    yield facts([*_run_facts(run, names), *more])
    metrics, perplexity = metrics_of(run), perplexity_of(run)
    yield perplexity_table(perplexity) if perplexity else metrics_table(metrics, "metrics")


def _run_facts(run: Run, names: list[str]) -> list[list[str]]:
    """Names and values of what is known of a run, without the folder that it is in."""
    return [
        ["run", run.key],
        ["names", ", ".join(names) or "—"],
        ["command", _command(run)],
        ["parents", ", ".join(f"{role} {key[:12]}" for role, key in run.manifest.parents.items()) or "—"],
        *_epochs(run),
        ["parameters", parameters_line(run.parameters)],
        ["time", duration(run.manifest.seconds)],
        ["size", size(run.manifest.size)],
    ]


def _show_result(result: RunResult, console: Console) -> None:
    if result.cached:
        say(console, "already in the store; nothing was computed")
    show_run(result.run, result.names, console)
    _show_agreement(result, console)


def _show_dry_run(result: DryRun, console: Console) -> None:
    say(console, canonical(result.spec).decode().rstrip())
    say(console, f"key {result.spec.key}")
    say(console, parameters_line(result.parameters))
    say(console, "hit: it is stored already" if result.run else "miss: it would be computed")


def _show_seeds(results: Sequence[RunResult], console: Console) -> None:
    """Runs that differ in their seed: their mean curves, one row per run, and a summary."""
    runs = [result.run for result in results]
    if cached := sum(result.cached for result in results):
        say(console, f"{cached} of {len(results)} were already in the store")
    show_curves({_first(results[0].names) or runs[0].spec.command: [history_of(run) for run in runs]}, console)
    say(console, parameters_line(runs[0].parameters))
    say(console, f"selected epochs: {_selection(runs[0])}")
    if runs[0].spec.is_student_base:
        _perplexities_table(runs).show(console)
        return
    for split in metrics_of(runs[0]):
        _seeds_table(runs, split).show(console)
    _summary_table(runs).show(console)
    for remark in remarks_over_seeds((run.spec.training.seed, metrics_of(run)) for run in runs):
        say(console, remark)
    for result in results:
        _show_agreement(result, console)


def _seeds_table(runs: Sequence[Run], split: str) -> Table:
    columns = ["seed", "run", "selected epoch", "time", "accuracy", "MCC", "F1", "loss"]
    rows = [
        [
            str(run.spec.training.seed),
            run.key[:12],
            f"{run.best_epoch} of {len(history_of(run))}",
            duration(run.manifest.seconds),
            percent(metrics_of(run)[split].accuracy),
            *(decimals(getattr(metrics_of(run)[split], measure)) for measure in ("mcc", "f1", "loss")),
        ]
        for run in runs
    ]
    return Table(columns, rows, f"on {split}")


def _perplexities_table(runs: Sequence[Run]) -> Table:
    """A row a run of pretrained layers."""
    directions = list(perplexity_of(runs[0]))
    rows = [
        [
            str(run.spec.training.seed),
            run.key[:12],
            f"{run.best_epoch} of {len(history_of(run))}",
            duration(run.manifest.seconds),
            *(f"{perplexity_of(run)[name].perplexity:.6g}" for name in directions),
        ]
        for run in runs
    ]
    columns = ["seed", "run", "selected epoch", "time", *(f"{name} perplexity" for name in directions)]
    return Table(columns, rows, "on held-out text")


def _summary_table(runs: Sequence[Run]) -> Table:
    from colacli.statistics.seeds import summary  # of several runs alone

    columns = ["split", "seeds", "accuracy", "sd", "lowest", "highest", "MCC", "sd", "lowest", "highest"]
    rows = []
    for split in metrics_of(runs[0]):
        accuracy = astuple(summary([metrics_of(run)[split].accuracy for run in runs]))
        mcc = astuple(summary([metrics_of(run)[split].mcc for run in runs]))
        rows.append([split, str(len(runs)), *map(percent, accuracy), *map(decimals, mcc)])
    return Table(columns, rows, "over seeds: mean, standard deviation, range")


def _command(run: Run) -> str:
    training = run.spec.training
    if run.spec.is_baseline:
        return f"{run.spec.command}, fitted on train{' without a tenth' if training.validation == 'holdout' else ''}"
    return f"{run.spec.command}, seed {training.seed}, {training.precision}"


def _epochs(run: Run) -> list[list[str]]:
    """A row; none of a baseline, which has no epochs."""
    if run.spec.is_baseline:
        return []
    if run.spec.adapter is not None:
        return [["selected epoch", "trained elsewhere"]]
    return [["selected epoch", f"{run.best_epoch} of {len(history_of(run))} ({_selection(run)})"]]


def _selection(run: Run) -> str:
    """By which rule the epoch was selected."""
    if run.spec.training.select == "last":
        return "the last"
    if run.spec.is_student_base:
        return "the best by loss on held-out text"
    measure = "" if run.spec.training.select_by == "accuracy" else f" by {run.spec.training.select_by}"
    if run.spec.training.validation == "holdout":
        return f"the best{measure} on a held-out tenth of train"
    return f"the best{measure} on in_domain_dev, so its numbers there are optimistic"


def _show_agreement(result: RunResult, console: Console) -> None:
    if result.agreement:
        table = Table(["file", "new and stored bytes"], list(result.agreement.items()), "computed again")
        table.show(console)
