"""What `runs` shows."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from colacli.data.corpus import IN_DOMAIN_DEV
from colacli.render.console import Table, percent, say, size
from colacli.render.curves import show_curves
from colacli.render.metrics import metrics_documents, metrics_table, remarks
from colacli.render.training import facts_table, parameters_document
from colacli.store.canonical import canonical, document

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from colacli.render.console import Show
    from colacli.store.run import Run
    from colacli.workflows.runs import Listed, Listing, Unfinished


def show_runs(listing: Listing, show: Show) -> None:
    """A row a run."""
    found = {
        "runs": [_summary(one) for one in listing.runs],
        "damaged": [{"key": key, "message": error.message} for key, error in listing.damaged.items()],
        "unfinished": [_unfinished_document(one) for one in listing.unfinished],
    }
    show("runs.list", found, lambda console: _show_list(listing, console))


def _show_list(listing: Listing, console: Console) -> None:
    if not (listing.runs or listing.damaged or listing.unfinished):
        say(console, "no runs yet; `colacli finetune` makes the first")
        return
    columns = ["key", "names", "made by", "seed", "accuracy", "MCC", "made"]
    if listing.runs:
        Table(columns, [_row(one) for one in listing.runs]).show(console)
    for key, error in listing.damaged.items():
        say(console, f"damaged: {key[:12]}  {error.message}")
    if listing.unfinished:
        rows = [
            [one.key[:12], one.command, _or_dash(one.seed), _state(one), _how_far(one)] for one in listing.unfinished
        ]
        Table(["key", "made by", "seed", "state", "last checkpoint"], rows, "not finished").show(console)
        say(console, "`colacli runs resume` goes on with what was interrupted; so does the command that began it")


def _state(one: Unfinished) -> str:
    return "in progress" if one.is_live else "interrupted"


def _or_dash(value: object) -> str:
    return "—" if value is None else str(value)


def _how_far(one: Unfinished) -> str:
    if one.progress is None:
        return one.trouble or "none yet"
    epoch, step = one.progress.epoch, one.progress.step
    done = f"epoch {epoch}, step {step}" if step else f"epoch {epoch - 1}"
    return f"{done} of {one.progress.epochs}"


def _unfinished_document(one: Unfinished) -> dict[str, Any]:
    return {
        "key": one.key,
        "command": one.command,
        "seed": one.seed,
        "state": _state(one),
        **{name: getattr(one.progress, name, None) for name in ("epoch", "epochs", "step", "seconds")},
        "trouble": one.trouble or None,
    }


def _row(one: Listed) -> list[str]:
    run = one.run
    shown = run.metrics.get(IN_DOMAIN_DEV) or next(iter(run.metrics.values()))
    return [
        run.key[:12],
        ", ".join(one.names),
        run.spec.command,
        str(run.spec.training.seed),
        percent(shown.accuracy),
        f"{shown.mcc:.4f}",
        run.manifest.created[:10],
    ]


def _summary(one: Listed) -> dict[str, Any]:
    run = one.run
    return {
        "key": run.key,
        "names": one.names,
        "command": run.spec.command,
        "seed": run.spec.training.seed,
        "created": run.manifest.created,
        "seconds": run.manifest.seconds,
        "bytes": run.manifest.size,
        "path": str(run.path),
        "best_epoch": run.best_epoch,
        "parameters": parameters_document(run.parameters),
        "metrics": metrics_documents(run.metrics),
    }


def show_one(found: Sequence[Listed], show: Show) -> None:
    """Everything about a run, or about each run of a name."""

    def view(console: Console) -> None:
        for one in found:
            _show(one, console)

    show("runs.show", {"runs": [_full(one) for one in found]}, view)


def _full(one: Listed) -> dict[str, Any]:
    run: Run = one.run
    return {
        **_summary(one),
        "spec": document(run.spec),
        "manifest": document(run.manifest),
        "history": [asdict(epoch) for epoch in run.history],
    }


def _show(one: Listed, console: Console) -> None:
    run = one.run
    show_curves({run.key[:12]: [run.history]}, console)
    facts_table(run, one.names).show(console)
    metrics_table(run.metrics, "metrics").show(console)
    for remark in remarks(run.metrics):
        say(console, remark)
    rows = [[name, size(record.size), record.sha256[:16]] for name, record in sorted(run.manifest.files.items())]
    Table(["file", "size", "sha256"], rows, "files").show(console)
    origins = {**run.manifest.sources, **run.manifest.environment}
    Table(["", ""], [[name, value] for name, value in origins.items()], "origin").show(console)
    say(console, f"# spec\n{canonical(run.spec).decode().rstrip()}")
