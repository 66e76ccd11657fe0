"""Runs as a caller names them: handles, or what a reference on the command line may be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

from colacli.api.boundary import python_errors
from colacli.api.run import Run
from colacli.data.layout import Layout
from colacli.errors import UsageError
from colacli.store.refs import names, resolve
from colacli.store.store import Store

Reference = str | Run | Sequence["str | Run"]
"""Runs: a handle, several, or what a reference on the command line may be (a name, digits of a key, latest, a path)."""


def reference_of(runs: Reference, store: Store, digits: int = 64) -> str:
    """Text that stands for runs, as on the command line, with so many digits of a key.

    Raises:
        UsageError: something is no run.
    """
    if isinstance(runs, str):
        return runs
    if isinstance(runs, Run):
        return runs.key[:digits] if runs.path.parent.parent == store.root else str(runs.path)
    if not isinstance(runs, Sequence) or not runs:
        raise UsageError(f"{runs!r} is not a run", "give a Run, several of them, or a reference")
    return ",".join(reference_of(run, store, digits) for run in runs)


def label_of(runs: Reference, store: Store) -> str:
    """The same, short, since it is shown: a name that stands for these very runs, where there is one."""
    reference = reference_of(runs, store, digits=12)
    handles = [run for run in ([runs] if isinstance(runs, Run) else runs) if isinstance(run, Run)]
    keys = sorted(run.key for run in handles)
    if len(handles) != reference.count(",") + 1:  # some are references already
        return reference
    return next((name for name, named in names(store).items() if sorted(named) == keys), reference)


def corpus_of(teacher: str, options: Mapping[str, Any], store: Store) -> dict[str, Any]:
    """Options that name a teacher's corpus, where none is named; an imported run's path is not read."""
    from colacli.data.locate import COLA, imported
    from colacli.data.sample import SAMPLE
    from colacli.store.imports import import_of
    from colacli.workflows.breakdown import layout_of

    layout = [field.name for field in fields(Layout)]
    if options.keys() & {"data", *layout}:
        return {}
    with python_errors():
        run = resolve(store, teacher)[0]
        name = run.manifest.sources.get("data", "")
        if not name or (import_of(store, run) and name not in (COLA, SAMPLE, *imported(store))):
            return {}
        return {"data": name} | {option: getattr(layout_of(run), option) for option in layout}
