"""What `runs list`, `show`, `name` and `rm` show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from rich.console import Console

from colacli.data.corpus import IN_DOMAIN_DEV
from colacli.render.console import Show, Table, decimals, facts, percent, say, size
from colacli.render.metrics import metrics_documents, parameters_document
from colacli.results import history_of
from colacli.store.canonical import canonical, document

if TYPE_CHECKING:
    from colacli.workflows.multiplications import Multiplications
    from colacli.workflows.runs import Described, Listed, Listing, Removal, Unfinished


def show_runs(listing: Listing, show: Show) -> None:
    """One row per run: the finished ones, the damaged ones, the unfinished ones."""
    documents = {
        "runs": [_run_document(listed) for listed in listing.runs],
        "damaged": [{"key": key, "message": error.message} for key, error in listing.damaged.items()],
        "unfinished": [_unfinished_document(unfinished) for unfinished in listing.unfinished],
    }
    show("runs.list", documents, lambda console: _show_list(listing, console))


def show_described(runs: Sequence[Described], show: Show) -> None:
    """Everything about the runs of a reference."""
    from colacli.render.train import perplexity_document  # `runs list` needs none of what it imports

    documents = [
        {
            **_run_document(described.listed),
            "spec": document(described.run.spec),
            **perplexity_document(described.run),
            "multiplications": described.multiplications and asdict(described.multiplications),
            "manifest": document(described.run.manifest),
            "history": [asdict(epoch) for epoch in history_of(described.run)],
        }
        for described in runs
    ]

    def view(console: Console) -> None:
        for described in runs:
            _show_described(described, console)

    show("runs.show", {"runs": documents}, view)


def show_name(name: str, keys: list[str], show: Show) -> None:
    """The runs that a name stands for."""
    line = f"{name} is now {', '.join(key[:12] for key in keys)}"
    show("runs.name", {"name": name, "keys": keys}, lambda console: say(console, line))


def show_removal(removal: Removal, show: Show) -> None:
    """The removed runs, and those that needed them."""
    lines = [f"removed {key}" for key in removal.keys]
    lines += [f"{key[:12]} is now incomplete: {why}" for key, why in removal.broken.items()]
    document = {"removed": removal.keys, "broken": removal.broken}
    show("runs.rm", document, lambda console: say(console, "\n".join(lines)))


def _run_document(listed: Listed) -> dict[str, Any]:
    run = listed.run
    return {
        "key": run.key,
        "names": listed.names,
        "command": run.command,
        "seed": run.seed,
        "created": run.created,
        "seconds": run.seconds,
        "bytes": run.size,
        "path": str(listed.path),
        "best_epoch": run.best_epoch,
        "parameters": parameters_document(run.parameters),
        "metrics": metrics_documents(run.metrics),
    }


def _unfinished_document(unfinished: Unfinished) -> dict[str, Any]:
    return {
        "key": unfinished.key,
        "command": unfinished.command,
        "seed": unfinished.seed,
        "state": _state(unfinished),
        **{name: getattr(unfinished.progress, name, None) for name in ("epoch", "epochs", "step", "seconds")},
        "trouble": unfinished.trouble or None,
    }


def _show_list(listing: Listing, console: Console) -> None:
    if not (listing.runs or listing.damaged or listing.unfinished):
        say(console, "no runs yet; `colacli finetune` makes the first")
        return
    if listing.runs:
        runs_table(listing.runs).show(console)
    for key, error in listing.damaged.items():
        say(console, f"damaged: {key[:12]}  {error.message}")
    if listing.unfinished:
        columns = ["key", "command", "seed", "state", "last checkpoint"]
        Table(columns, [_unfinished_row(unfinished) for unfinished in listing.unfinished], "unfinished").show(console)
        say(console, "`colacli runs resume` resumes interrupted runs; so does the command that started them")


def runs_table(runs: Sequence[Listed]) -> Table:
    """A row a run."""
    columns = ["key", "names", "command", "seed", "accuracy", "MCC", "created"]
    return Table(columns, [_run_row(listed) for listed in runs])


def _run_row(listed: Listed) -> list[str]:
    run = listed.run
    metrics = run.metrics.get(IN_DOMAIN_DEV) or next(iter(run.metrics.values()), None)
    return [
        run.key[:12],
        ", ".join(listed.names),
        run.command,
        str(run.seed),
        *((percent(metrics.accuracy), decimals(metrics.mcc)) if metrics else ("—", "—")),
        run.created[:10],
    ]


def _unfinished_row(unfinished: Unfinished) -> list[str]:
    seed = "—" if unfinished.seed is None else str(unfinished.seed)
    return [unfinished.key[:12], unfinished.command, seed, _state(unfinished), _last_checkpoint(unfinished)]


def _state(unfinished: Unfinished) -> str:
    return "in progress" if unfinished.is_live else "interrupted"


def _last_checkpoint(unfinished: Unfinished) -> str:
    progress = unfinished.progress
    if progress is None:
        return unfinished.trouble or "none yet"
    at = f"epoch {progress.epoch}, step {progress.step}" if progress.step else f"epoch {progress.epoch - 1}"
    return f"{at} of {progress.epochs}"


def _show_described(described: Described, console: Console) -> None:
    from colacli.render.train import show_run

    run = described.run
    count = described.multiplications
    show_run(run, described.listed.names, console, *([["multiplications", _in_words(count)]] if count else []))
    rows = [[name, size(record.size), record.sha256[:16]] for name, record in sorted(run.manifest.files.items())]
    Table(["file", "size", "sha256"], rows, "files").show(console)
    facts(list({**run.manifest.sources, **run.manifest.environment}.items()), "origin").show(console)
    say(console, f"# spec\n{canonical(run.spec).decode().rstrip()}")


def _in_words(count: Multiplications) -> str:
    new = f", and {count.per_new_token:,} when it is new" if count.per_new_token else ""
    return f"{count.per_token:,} a token{new}"
