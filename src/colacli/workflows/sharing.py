"""Runs from one store to another: export, import, push, pull."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

from colacli.data.corpus import Corpus
from colacli.errors import IntegrityError
from colacli.events import OnEvent
from colacli.output_files import check_output
from colacli.results import name_runs, verified_run
from colacli.sharing.address import Address, connect
from colacli.sharing.archive import unpack, write_archive
from colacli.sharing.lineage import lineage
from colacli.sharing.receive import CHUNK, Incoming, incoming_folder, store_incoming
from colacli.sharing.remote import Remote
from colacli.store.artifact import RUNS
from colacli.store.manifest import MANIFEST
from colacli.store.refs import check_name, resolve
from colacli.store.run import Run
from colacli.store.store import Outcome, Store
from colacli.workflows.labels import check_labels


@dataclass(frozen=True)
class Shared:
    """A run that was asked for, or an ancestor of one, and what became of it."""

    key: str
    outcome: Outcome | Literal["exported", "sent"]
    asked: bool


def export(store: Store, references: Sequence[str], path: Path, *, force: bool, on_event: OnEvent) -> list[Shared]:
    """Write runs and their ancestors into a file.

    Raises:
        UsageError: the file is there and `force` is not set, or can't be.
        IntegrityError: a run is damaged, or an ancestor is not in the store.
    """
    check_output(path, force=force, store=store.root)
    asked, runs = _outgoing(store, references)
    write_archive(path, runs, asked, on_event)
    return [Shared(run.key, "exported", run.key in asked) for run in runs]


def bring_in(store: Store, path: Path, *, name: str | None, on_event: OnEvent) -> list[Shared]:
    """Take in all runs of an exported file, or none where one is not sound; a name is given to those asked for.

    Raises:
        UsageError: there is no such file, or the name can't be one.
        IntegrityError: it is no export, or damaged.
    """
    if name:
        check_name(name)
    with incoming_folder(store) as folder:
        asked, incoming = unpack(path, folder, on_event)
        runs = lineage(incoming, lambda key: incoming[key].run() if key in incoming else _stored(store, key))
        _check_foreign(store, runs)
        shared = [Shared(run.key, store_incoming(store, run, str(path.absolute())), run.key in asked) for run in runs]
    if name:
        name_runs(store, name, list(dict.fromkeys(asked)), on_event)
    return shared


def push(store: Store, address: Address, references: Sequence[str], on_event: OnEvent) -> list[Shared]:
    """Send runs to a remote, ancestors first.

    Raises:
        IntegrityError: a run is damaged, or an ancestor is not in the store.
        UnavailableError: the remote can't be reached.
    """
    asked, runs = _outgoing(store, references)
    remote = connect(address)
    return [Shared(run.key, "sent" if remote.push(run, on_event) else "present", run.key in asked) for run in runs]


def pull(
    store: Store, address: Address, references: Sequence[str], *, name: str | None, on_event: OnEvent
) -> list[Shared]:
    """Fetch runs from a remote: one after the other, and each only together with its ancestors.

    Raises:
        UnknownReferenceError: a run is not there.
        IntegrityError: it is damaged there.
        UnavailableError: the remote can't be reached.
    """
    if name:
        check_name(name)
    remote = connect(address)
    asked = list(dict.fromkeys(remote.find(reference) for reference in references))
    outcomes: dict[str, Outcome] = {}
    for key in asked:
        outcomes = {**_pull_one(store, remote, key, on_event), **outcomes}
    if name:
        name_runs(store, name, asked, on_event)
    return [Shared(key, outcome, key in asked) for key, outcome in outcomes.items()]


def _pull_one(store: Store, remote: Remote, key: str, on_event: OnEvent) -> dict[str, Outcome]:
    """Fetch a run and those of its ancestors that are not here, and let them in together."""
    with incoming_folder(store) as folder:

        def find(key: str) -> Run:
            with suppress(IntegrityError):
                return _stored(store, key)
            return remote.fetch(key, folder, on_event)

        runs = lineage([key], find)
        _check_foreign(store, runs)
        return {run.key: store_incoming(store, run, remote.name) for run in runs}


def _check_foreign(store: Store, runs: Sequence[Run]) -> None:
    corpora: dict[str, Corpus | None] = {}
    for run in runs:
        check_labels(store, run, corpora, foreign=True)


def copy_in(store: Store, run: Run) -> None:
    """Take in a run of another store on this machine, with those of its ancestors that are not here.

    Raises:
        IntegrityError: one is damaged, or stands neither here nor beside the run.
    """
    with incoming_folder(store) as folder:

        def find(key: str) -> Run:
            with suppress(IntegrityError):
                return _stored(store, key)
            there = Run(run.path if key == run.key else run.path.parent / key)
            incoming = Incoming(folder / key, str(there.path), [(there.path / MANIFEST).read_bytes()])
            for name in incoming.manifest.files:
                with there.file(name).open("rb") as stream:
                    incoming.take(name, iter(partial(stream.read, CHUNK), b""))
            return incoming.run()

        for member in lineage([run.key], find):
            store_incoming(store, member, str(run.path.parent))


def _outgoing(store: Store, references: Sequence[str]) -> tuple[list[str], list[Run]]:
    """Keys of the runs that references stand for; these runs and all their ancestors, every byte of them verified."""
    paths = {run.key: run.path for reference in references for run in resolve(store, reference)}
    return list(paths), lineage(paths, lambda key: verified_run(paths[key]) if key in paths else _stored(store, key))


def _stored(store: Store, key: str) -> Run:
    return verified_run(store.folder(RUNS) / key)
