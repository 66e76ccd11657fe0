"""`colacli runs`: look at what is stored, name it, go on with it, remove it, verify it, clear it up, share it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from colacli.cli.command import command
from colacli.cli.output import Output
from colacli.cli.remotes import find_remote
from colacli.cli.verbs import Ref
from colacli.sharing.address import Address

app = typer.Typer(
    no_args_is_help=True,
    help="The runs in the store: list, show, name, resume, rm, verify, gc, du, export, import, push, pull.",
)


@command(app, "list")
def list_runs(out: Output) -> None:
    """All runs, the oldest first, with their names and numbers; and those that are not finished."""
    from colacli.render.runs import show_runs
    from colacli.workflows import runs as workflow

    show_runs(workflow.listing(out.store()), out.show)


@command(app, "show")
def show_run(reference: Ref, out: Output) -> None:
    """One run: its spec, numbers, curves, files and where it came from."""
    from colacli.render.runs import show_one
    from colacli.workflows import runs as workflow

    show_one(workflow.describe(out.store(), reference), out.show)


@command(app, "name")
def name_run(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Letters, digits, '.', '_', '-'.")],
    references: Annotated[list[str], typer.Argument(metavar="REF...", help="The runs it shall stand for.")],
    out: Output,
) -> None:
    """Give a name to a run, or to several (one for each seed)."""
    from colacli.render.console import say
    from colacli.workflows import runs as workflow

    with out.watching() as on_event:
        keys = workflow.give_name(out.store(), name, references, on_event)
    out.show(
        "runs.name",
        {"name": name, "keys": keys},
        lambda console: say(console, f"{name} is now {', '.join(key[:12] for key in keys)}"),
    )


@command(app, "resume")
def resume_runs(
    out: Output,
    references: Annotated[
        list[str] | None,
        typer.Argument(metavar="[KEY]...", help="Key digits of interrupted runs; none resumes all of them."),
    ] = None,
) -> None:
    """Go on with interrupted runs from their last checkpoint; they end as if nothing had happened.

    Of several, one that can't go on stops no other; the exit status is the highest of those that failed.
    """
    from colacli.render.training import show_resumed
    from colacli.workflows.resume import resume

    with out.watching() as on_event:
        resumed = resume(out.store(), references or [], on_event)
    show_resumed(resumed, out.show)
    if resumed.failed:
        raise typer.Exit(max(error.status for error in resumed.failed.values()))


@command(app, "rm")
def remove_runs(
    references: Annotated[list[str], typer.Argument(metavar="REF...", help="Runs to remove.")],
    out: Output,
    force: Annotated[
        bool, typer.Option("--force", show_envvar=False, help="Even if a stored or unfinished run needs it.")
    ] = False,
) -> None:
    """Remove runs, finished or not, and the names that stood for them alone."""
    from colacli.render.console import say
    from colacli.workflows import runs as workflow

    removed = workflow.remove(out.store(), references, force=force)
    lines = [f"removed {key}" for key in removed.keys]
    lines += [f"{key[:12]} is lacking now: {why}" for key, why in removed.broken.items()]
    out.show(
        "runs.rm",
        {"removed": removed.keys, "broken": removed.broken},
        lambda console: say(console, "\n".join(lines)),
    )


@command(app, "verify")
def verify_runs(
    out: Output,
    references: Annotated[
        list[str] | None,
        typer.Argument(metavar="[REF]...", help="Runs to check; none checks everything stored."),
    ] = None,
    deep: Annotated[bool, typer.Option("--deep", show_envvar=False, help="Hash every file again.")] = False,
    quarantine: Annotated[
        bool,
        typer.Option("--quarantine", show_envvar=False, help="Move what is damaged to the store's quarantine folder."),
    ] = False,
) -> None:
    """Check what is stored against its manifests, changing nothing. Exit status 4 if anything is wrong."""
    from colacli.render.disk import show_verification
    from colacli.workflows import runs as workflow

    result = workflow.verify(out.store(), references or [], deep=deep, aside=quarantine)
    show_verification(result, out.show)
    if result.faults:
        raise typer.Exit(4)


Remote = Annotated[
    Address,
    typer.Argument(
        metavar="REMOTE",
        parser=str,
        callback=find_remote,
        help="A name from \\[remotes] in the settings, or a URL.",
    ),
]
NameToGive = Annotated[str | None, typer.Option("--name", show_envvar=False, help="Name to give to the runs.")]


@command(app, "export")
def export_runs(
    references: Annotated[list[str], typer.Argument(metavar="REF...", help="Runs to export.")],
    out: Output,
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FILE", show_envvar=False, help="A new tar file.")],
    force: Annotated[
        bool, typer.Option("--force", show_envvar=False, help="Replace the file if there is one.")
    ] = False,
) -> None:
    """Write runs, and the teachers of distilled ones, into one file; the same runs make the same bytes."""
    from colacli.render.sharing import show_shared
    from colacli.workflows import sharing as workflow

    with out.watching() as on_event:
        shared = workflow.export(out.store(), references, output, force=force, on_event=on_event)
    show_shared("runs.export", {"path": str(output)}, shared, out.show)


@command(app, "import")
def import_runs(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What `colacli runs export` wrote.")],
    out: Output,
    name: NameToGive = None,
) -> None:
    """Take in the runs of an exported file: all of them, or none if one is not what it should be."""
    from colacli.render.sharing import show_shared
    from colacli.workflows import sharing as workflow

    with out.watching() as on_event:
        shared = workflow.bring_in(out.store(), file, name=name, on_event=on_event)
    show_shared("runs.import", {"path": str(file), "name": name}, shared, out.show)


@command(app, "push")
def push_runs(
    remote: Remote,
    references: Annotated[list[str], typer.Argument(metavar="REF...", help="Runs to send.")],
    out: Output,
) -> None:
    """Send runs, and the teachers of distilled ones, to a remote; what is there already is not sent again."""
    from colacli.render.sharing import show_shared
    from colacli.workflows import sharing as workflow

    with out.watching() as on_event:
        shared = workflow.push(out.store(), remote, references, on_event)
    show_shared("runs.push", {"remote": remote.shown}, shared, out.show)


@command(app, "pull")
def pull_runs(
    remote: Remote,
    references: Annotated[
        list[str], typer.Argument(metavar="REF...", help="Runs to fetch: four or more digits of their keys.")
    ],
    out: Output,
    name: NameToGive = None,
) -> None:
    """Fetch runs, and the teachers of distilled ones, from a remote; every byte is verified on the way in."""
    from colacli.render.sharing import show_shared
    from colacli.workflows import sharing as workflow

    with out.watching() as on_event:
        shared = workflow.pull(out.store(), remote, references, name=name, on_event=on_event)
    show_shared("runs.pull", {"remote": remote.shown, "name": name}, shared, out.show)


@command(app, "gc")
def collect_garbage(
    out: Output,
    yes: Annotated[
        bool, typer.Option("--yes", "--force", show_envvar=False, help="Remove it; else only say what would go.")
    ] = False,
    older_than: Annotated[
        float, typer.Option(metavar="DAYS", min=0, show_envvar=False, help="Age from which a thing may go.")
    ] = 14.0,
) -> None:
    """Remove runs that no name, no younger run and no work in progress holds, old caches, and what was left behind."""
    from colacli.render.disk import show_collection
    from colacli.workflows import disk as workflow

    show_collection(workflow.collect(out.store(), older_than, really=yes), out.show)


@command(app, "du")
def disk_usage(out: Output) -> None:
    """Where the store's bytes are: run by run, then caches, work, quarantine, corpora."""
    from colacli.render.disk import show_usage
    from colacli.workflows import disk as workflow

    show_usage(workflow.usage(out.store()), out.show)
