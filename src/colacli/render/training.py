"""What a training verb shows when it is done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from statistics import mean, stdev
from typing import TYPE_CHECKING, Any

from colacli.render.console import Table, duration, percent, say, size
from colacli.render.curves import show_curves
from colacli.render.metrics import metrics_documents, metrics_table, remarks, remarks_over_seeds
from colacli.store.canonical import canonical, document
from colacli.training.plan import DryRun, RunResult

if TYPE_CHECKING:
    from rich.console import Console

    from colacli.parameters import ParameterCounts
    from colacli.render.console import Show
    from colacli.store.run import Run
    from colacli.workflows.resume import Resumed


def show_training(verb: str, made: Sequence[RunResult | DryRun], show: Show) -> None:
    """The runs' numbers and curves, or what would be done; a run for each seed."""
    documents = [_document(result) for result in made]
    whole = documents[0] if len(documents) == 1 else {"name": documents[0]["name"], "runs": documents}

    def view(console: Console) -> None:
        results = [result for result in made if isinstance(result, RunResult)]
        if len(results) > 1:
            _show_seeds(results, console)
        else:
            for result in made:
                _show(result, console)

    show(verb, whole, view)


def show_resumed(resumed: Resumed, show: Show) -> None:
    """The runs that were resumed, and why others could not be."""

    def view(console: Console) -> None:
        for result in resumed.made:
            _show_run(result, console)
        for key, error in resumed.failed.items():
            say(console, f"run {key[:12]} was not resumed: {error.message}\n  {error.hint}".rstrip())
        if not resumed.made and not resumed.failed:
            say(console, "no run is interrupted")

    failed = [
        {"key": key, "code": error.code, "message": error.message, "hint": error.hint}
        for key, error in resumed.failed.items()
    ]
    show("runs.resume", {"runs": [run_document(result) for result in resumed.made], "failed": failed}, view)


def _document(result: RunResult | DryRun) -> dict[str, Any]:
    return run_document(result) if isinstance(result, RunResult) else _dry_document(result)


def _show(result: RunResult | DryRun, console: Console) -> None:
    if isinstance(result, RunResult):
        _show_run(result, console)
    else:
        _show_dry(result, console)


def _show_seeds(results: Sequence[RunResult], console: Console) -> None:
    """Runs of one training: their curves as one, a row each, and what they have in common."""
    runs = [result.run for result in results]
    if stored := sum(result.cached for result in results):
        say(console, f"{stored} of {len(results)} were already in the store")
    show_curves({_name(results[0].names) or runs[0].spec.command: [run.history for run in runs]}, console)
    say(console, parameters_line(runs[0].parameters))
    say(console, f"epochs kept{_how_chosen(runs[0])}")
    for split in runs[0].metrics:
        _of_each_seed(results, split).show(console)
    _over_seeds(runs).show(console)
    for remark in remarks_over_seeds((run.spec.training.seed, run.metrics) for run in runs):
        say(console, remark)
    for result in results:
        _show_agreement(result, console)


def _of_each_seed(results: Sequence[RunResult], split: str) -> Table:
    """A row a run."""
    columns = ["seed", "run", "epoch kept", "time", "accuracy", "MCC", "F1", "loss"]
    rows = []
    for run in (result.run for result in results):
        metrics = run.metrics[split]
        rows.append(
            [
                str(run.spec.training.seed),
                run.key[:12],
                f"{run.best_epoch} of {len(run.history)}",
                duration(run.manifest.seconds),
                percent(metrics.accuracy),
                *(f"{value:.4f}" for value in (metrics.mcc, metrics.f1, metrics.loss)),
            ]
        )
    return Table(columns, rows, f"on {split}")


def _over_seeds(runs: Sequence[Run]) -> Table:
    """Mean, standard deviation and range over seeds, a row a split."""
    columns = ["split", "seeds", "accuracy", "deviation", "lowest", "highest", "MCC", "deviation", "lowest", "highest"]
    rows = []
    for split in runs[0].metrics:
        accuracies = [run.metrics[split].accuracy for run in runs]
        mccs = [run.metrics[split].mcc for run in runs]
        shown = [percent(value) for value in _spread(accuracies)] + [f"{value:.4f}" for value in _spread(mccs)]
        rows.append([split, str(len(runs)), *shown])
    return Table(columns, rows, "over seeds: mean, standard deviation, range")


def _spread(values: Sequence[float]) -> tuple[float, float, float, float]:
    return mean(values), stdev(values), min(values), max(values)


def run_document(result: RunResult) -> dict[str, Any]:
    """A finished run's document."""
    run = result.run
    found: dict[str, Any] = {
        "key": run.key,
        "name": _name(result.names),
        "cached": result.cached,
        "imported": {"from": came.source, "time": came.time} if (came := result.imported) else None,
        "path": str(run.path),
        "best_epoch": run.best_epoch,
        "parameters": parameters_document(run.parameters),
        "metrics": metrics_documents(run.metrics),
    }
    return found | ({"agreement": result.agreement} if result.agreement else {})


def parameters_document(parameters: ParameterCounts) -> dict[str, Any]:
    """Counts, and the reduction in percent."""
    return {**asdict(parameters), "reduction_percent": parameters.reduction_percent}


def parameters_line(parameters: ParameterCounts) -> str:
    """'675,840 of 125,031,168 parameters are trained (99.46 % fewer)'."""
    if parameters.trainable == parameters.total:
        return f"all {parameters.total:,} parameters are trained"
    fewer = f"{parameters.reduction_percent:.2f} % fewer"
    return f"{parameters.trainable:,} of {parameters.total:,} parameters are trained ({fewer})"


def facts_table(run: Run, names: list[str]) -> Table:
    """What a run is, a line a fact."""
    spec = run.spec
    rows = [
        ["run", run.key],
        ["names", ", ".join(names) or "—"],
        ["made by", f"{spec.command}, seed {spec.training.seed}, {spec.training.precision}"],
        ["parents", ", ".join(f"{role} {key[:12]}" for role, key in run.manifest.parents.items()) or "—"],
        ["epoch kept", f"{run.best_epoch} of {len(run.history)}{_how_chosen(run)}"],
        ["parameters", parameters_line(run.parameters)],
        ["time", duration(run.manifest.seconds)],
        ["size", size(run.manifest.size)],
        ["folder", str(run.path)],
    ]
    return Table(["", ""], rows)


def _how_chosen(run: Run) -> str:
    if run.spec.training.select == "last":
        return " (the last)"
    chosen_on = {
        "dev": "in_domain_dev, so its numbers there are optimistic",
        "holdout": "a held-out tenth of train",
    }
    return f" (chosen on {chosen_on[run.spec.training.validation]})"


def _show_run(result: RunResult, console: Console) -> None:
    run = result.run
    if result.cached:
        say(console, "already in the store; nothing was computed")
    show_curves({run.key[:12]: [run.history]}, console)
    facts_table(run, result.names).show(console)
    metrics_table(run.metrics, "metrics").show(console)
    for remark in remarks(run.metrics):
        say(console, remark)
    _show_agreement(result, console)


def _show_agreement(result: RunResult, console: Console) -> None:
    if result.agreement:
        rows = [[name, how] for name, how in result.agreement.items()]
        Table(["file", "new bytes and stored"], rows, f"{result.run.key[:12]} computed again").show(console)


def _dry_document(result: DryRun) -> dict[str, Any]:
    return {
        "key": result.spec.key,
        "name": _name(result.names),
        "cached": result.run is not None,
        "path": str(result.path),
        "best_epoch": result.run.best_epoch if result.run else None,
        "parameters": parameters_document(result.parameters),
        "spec": document(result.spec),
    }


def _show_dry(result: DryRun, console: Console) -> None:
    say(console, canonical(result.spec).decode().rstrip())
    say(console, f"key {result.spec.key}")
    say(console, parameters_line(result.parameters))
    say(console, "hit: it is stored already" if result.run else "miss: it would be computed")


def _name(names: list[str]) -> str | None:
    return names[0] if names else None
