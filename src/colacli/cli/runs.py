"""`colacli runs`: list, name, resume, remove, verify and share what is stored."""

from __future__ import annotations

import gc
from pathlib import Path
from typing import Annotated

import typer

from colacli.cli.arguments import Force, Reference, RunName, argument, option
from colacli.cli.command import command
from colacli.cli.output import Output
from colacli.cli.remotes import find_remote
from colacli.sharing.address import Address

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="The runs in the store: list, show, name, resume, rm, verify, gc, du, export, import, push, pull.",
)
Remote = Annotated[
    Address,
    typer.Argument(
        metavar="REMOTE", parser=str, callback=find_remote, help="A name from \\[remotes] in the settings, or a URL."
    ),
]


@command(app, "list")
def list_runs(out: Output) -> None:
    """All runs, the oldest first, with their names and numbers; then the unfinished ones."""
    from colacli.render.runs import show_runs
    from colacli.workflows import runs

    gc.disable()  # it would go through thousands of small objects again and again, and find no circle among them
    try:
        show_runs(runs.listing(out.store()), out.show)
    finally:
        gc.enable()


@command(app, "show")
def describe_run(reference: Reference, out: Output) -> None:
    """One run: its spec, numbers, curves, files and origin."""
    from colacli.render.runs import show_described
    from colacli.workflows import runs

    show_described(runs.describe(out.store(), reference), out.show)


@command(app, "name")
def name_runs(
    name: Annotated[str, argument("NAME", "Letters, digits, '.', '_', '-'.")],
    references: Annotated[list[str], argument("REF...", "The runs that it will stand for.")],
    out: Output,
) -> None:
    """Give a name to a run, or to several (one for each seed)."""
    from colacli.render.runs import show_name
    from colacli.workflows import runs

    with out.progress() as on_event:
        keys = runs.give_name(out.store(), name, references, on_event)
    show_name(name, keys, out.show)


@command(app, "resume")
def resume_runs(
    out: Output,
    references: Annotated[
        list[str] | None, argument("[KEY]...", "Key digits of interrupted runs; none resumes all of them.")
    ] = None,
) -> None:
    """Resume interrupted runs from their last checkpoint; the result is the same as without the interruption.

    A run that can't be resumed stops no other; the exit status is the highest of those that failed.
    """
    from colacli.render.train import show_resumed
    from colacli.workflows import resume

    with out.progress() as on_event:
        resumed = resume.resume(out.store(), references or [], on_event)
    show_resumed(resumed, out.show)
    if resumed.failed:
        raise typer.Exit(max(error.status for error in resumed.failed.values()))


@command(app, "rm")
def remove_runs(
    references: Annotated[list[str], argument("REF...", "Runs to remove.")],
    out: Output,
    force: Annotated[bool, option("--force", help="Even if a stored or unfinished run needs it.")] = False,
) -> None:
    """Remove runs, finished or not, and the names that stood for them alone."""
    from colacli.render.runs import show_removal
    from colacli.workflows import runs

    show_removal(runs.remove(out.store(), references, force=force), out.show)


@command(app, "verify")
def verify_runs(
    out: Output,
    references: Annotated[
        list[str] | None, argument("[REF]...", "Runs to check; none checks everything stored.")
    ] = None,
    deep: Annotated[bool, option("--deep", help="Hash every file again.")] = False,
    quarantine: Annotated[
        bool, option("--quarantine", help="Move what is damaged to the store's quarantine folder.")
    ] = False,
    export: Annotated[
        Path | None, option("--export", metavar="PATH", help="Check what `colacli export` wrote, and nothing else.")
    ] = None,
) -> None:
    """Check what is stored against its manifests, changing nothing. Exit status 4 if anything is wrong."""
    from colacli.render.disk import show_verification
    from colacli.workflows.export import verify_export
    from colacli.workflows.verify import verify

    store = out.store()
    if export is not None:
        result = verify_export(export, store)
    else:
        result = verify(store, references or [], deep=deep, aside=quarantine)
    show_verification(result, out.show)
    if result.faults:
        raise typer.Exit(4)


@command(app, "export")
def export_runs(
    references: Annotated[list[str], argument("REF...", "Runs to export.")],
    out: Output,
    output: Annotated[Path, option("--output", "-o", metavar="FILE", help="A new tar file.")],
    force: Force = False,
) -> None:
    """Write runs, and the teachers of distilled ones, to one file; the same runs give the same bytes."""
    from colacli.render.sharing import show_shared
    from colacli.workflows import sharing

    with out.progress() as on_event:
        shared = sharing.export(out.store(), references, output, force=force, on_event=on_event)
    show_shared("runs.export", {"path": str(output)}, shared, out.show)


@command(app, "import")
def import_runs(
    files: Annotated[list[Path], argument("FILE...", "What `colacli runs export` wrote.")],
    out: Output,
    name: RunName = None,
    name_by_file: Annotated[
        bool, option("--name-by-file", help="Name the runs of each file after it: student07.tar gives student07.")
    ] = False,
) -> None:
    """Import the runs of exported files: of each file all of them, or none if one is invalid.

    A file that can't be used stops no other; the exit status is then 1.
    """
    from colacli.render.sharing import show_imported
    from colacli.workflows.import_files import import_files

    with out.progress() as on_event:
        imported = import_files(out.store(), files, name=name, by_file=name_by_file, on_event=on_event)
    show_imported(imported, out.show)
    if any(file.error for file in imported):
        raise typer.Exit(1)


@command(app, "push")
def push_runs(
    remote: Remote,
    references: Annotated[list[str], argument("REF...", "Runs to send.")],
    out: Output,
) -> None:
    """Send runs, and the teachers of distilled ones, to a remote; what it has already is not sent again."""
    from colacli.render.sharing import show_shared
    from colacli.workflows import sharing

    with out.progress() as on_event:
        shared = sharing.push(out.store(), remote, references, on_event)
    show_shared("runs.push", {"remote": remote.shown}, shared, out.show)


@command(app, "pull")
def pull_runs(
    remote: Remote,
    references: Annotated[list[str], argument("REF...", "Runs to fetch: four or more digits of their keys.")],
    out: Output,
    name: RunName = None,
) -> None:
    """Fetch runs, and the teachers of distilled ones, from a remote; every byte is verified."""
    from colacli.render.sharing import show_shared
    from colacli.workflows import sharing

    with out.progress() as on_event:
        shared = sharing.pull(out.store(), remote, references, name=name, on_event=on_event)
    show_shared("runs.pull", {"remote": remote.shown, "name": name}, shared, out.show)


@command(app, "gc")
def collect_garbage(
    out: Output,
    yes: Annotated[
        bool, option("--yes", "--force", help="Remove it; otherwise only say what would be removed.")
    ] = False,
    older_than: Annotated[float, option(metavar="DAYS", min=0, help="Least age of what is removed.")] = 14.0,
) -> None:
    """Remove runs that no name, no newer run and no work in progress needs, old caches, and temporary files."""
    from colacli.render.disk import show_collection
    from colacli.workflows import disk

    show_collection(disk.collect(out.store(), older_than, really=yes), out.show)


@command(app, "du")
def disk_usage(out: Output) -> None:
    """Disk usage of the store: run by run, then caches, work, quarantine, corpora."""
    from colacli.render.disk import show_usage
    from colacli.workflows import disk

    show_usage(disk.usage(out.store()), out.show)
