"""Looking after what is stored: list, describe, name, remove, verify."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from colacli.errors import ColacliError, IntegrityError, UnknownReferenceError, UsageError
from colacli.events import Note, OnEvent, ignore
from colacli.results import Summary, name_runs, scan_runs, summary_of
from colacli.store.artifact import RUNS
from colacli.store.attempt import Attempt
from colacli.store.checkpoints import Progress
from colacli.store.files import remove_folder, rename_folder
from colacli.store.protection import protected_runs
from colacli.store.reading import Count, convert
from colacli.store.refs import drop_from_names, keys_beginning, names_by_key, names_of, resolve
from colacli.store.run import Run
from colacli.store.store import Store
from colacli.workflows.multiplications import Multiplications, multiplications_of


@dataclass(frozen=True)
class Listed:
    """A run and what it is called."""

    run: Summary
    names: list[str]
    path: Path


@dataclass(frozen=True)
class Described:
    """A run with all that its folder says."""

    listed: Listed
    run: Run
    multiplications: Multiplications | None


@dataclass(frozen=True)
class Unfinished:
    """A run that was started: another process makes it, or it was interrupted."""

    key: str
    command: str
    seed: int | None
    is_live: bool
    progress: Progress | None
    """Of its last checkpoint; None where there is none."""
    trouble: str
    """Why it can't be resumed; empty where it can."""


@dataclass(frozen=True)
class Listing:
    """All that is stored."""

    runs: list[Listed]
    damaged: dict[str, IntegrityError]
    """What is wrong with runs that can't be read, by key."""
    unfinished: list[Unfinished]


@dataclass(frozen=True)
class Removal:
    """What was removed, by key."""

    keys: list[str]
    broken: dict[str, str]
    """What held those that only `force` removed, by key: it lacks them now."""


def listing(store: Store) -> Listing:
    """Every run, the oldest first."""
    runs, damaged = scan_runs(store)
    by_key = names_by_key(store)
    listed = [Listed(run, by_key.get(run.key, []), store.folder(RUNS) / run.key) for run in runs]
    started = [(attempt, _unfinished(attempt)) for attempt in store.attempts()]
    unfinished = [described for attempt, described in started if attempt.path.is_dir()]  # not finished meanwhile
    return Listing(listed, damaged, unfinished)


def _unfinished(attempt: Attempt) -> Unfinished:
    request: dict[str, Any] = {}
    try:
        request = attempt.request()
        progress, trouble = attempt.checkpoints.progress(), ""
    except IntegrityError as error:
        progress, trouble = None, error.message
    try:
        seed = convert(request["request"]["training"]["seed"], Count)
    except (KeyError, TypeError, ValueError):  # another version's
        seed = None
    return Unfinished(attempt.key, str(request.get("command", "?")), seed, attempt.is_live, progress, trouble)


def describe(store: Store, reference: str) -> list[Described]:
    """The runs a reference stands for."""
    summaries = [(run, summary_of(run)) for run in resolve(store, reference)]
    return [
        Described(Listed(summary, names_of(store, run.key), run.path), run, multiplications_of(run))
        for run, summary in summaries
    ]


def give_name(store: Store, name: str, references: Sequence[str], on_event: OnEvent = ignore) -> list[str]:
    """Let a name stand for runs of the store, and say so where they are of different data; their keys.

    Raises:
        UsageError: it can't be a name, or a run is not in the store.
    """
    keys = list(dict.fromkeys(key for reference in references for key in stored_keys(store, reference)))
    name_runs(store, name, keys, on_event)
    with suppress(IntegrityError):  # a damaged run can be named
        data = [run.spec.data for run in resolve(store, name)]
        if any(digests != data[0] for digests in data):
            on_event(Note(f"'{name}' stands for runs of different data: their numbers can't be averaged"))
    return keys


def remove(store: Store, references: Sequence[str], *, force: bool) -> Removal:
    """Remove runs, damaged and unfinished ones too, and take them out of the names that stood for them.

    Raises:
        UsageError: a run is not in the store; or, where `force` is not set, something other than a name holds it.
        UnknownReferenceError: a reference stands for no run, or for a finished and an unfinished one.
        ColacliError: it is another user's.
    """
    keys: dict[str, None] = {}
    attempts: list[Attempt] = []
    for reference in references:
        unfinished = attempts_of(store, reference)
        if unfinished and keys_beginning(reference, store.run_keys()):
            raise UnknownReferenceError(f"'{reference}' begins a finished and an unfinished run", "give more digits")
        attempts += unfinished
        keys |= dict.fromkeys([] if unfinished else stored_keys(store, reference))
    busy = [attempt.key for attempt in attempts if attempt.is_live]
    if busy and not force:
        raise UsageError(f"a process is making run {busy[0][:12]}", "stop it first, or give --force")
    for attempt in attempts:
        store.remove(attempt.path)
    broken = _remove_runs(store, keys, force=force)
    drop_from_names(store, set(keys))
    return Removal([*keys, *(attempt.key for attempt in attempts)], broken)


def _remove_runs(store: Store, keys: Collection[str], *, force: bool) -> dict[str, str]:
    """Take runs out of sight, look at what holds them, and remove them, or put all back; what held those removed.

    Whoever starts to need a run looks for it after recording the need, and here the needs are read after the run is
    gone: at least one of the two sees the other.
    """
    _refuse_if_held(store, keys, force=force)
    taken: dict[str, Path] = {}
    try:
        for key in keys:
            if folder := store.take_out(store.folder(RUNS) / key):
                taken[key] = folder
        broken = _refuse_if_held(store, keys, force=force)
    except ColacliError:
        for key, folder in taken.items():
            rename_folder(folder, store.folder(RUNS) / key)
        raise
    for folder in taken.values():
        remove_folder(folder)
    return broken


def _refuse_if_held(store: Store, keys: Collection[str], *, force: bool) -> dict[str, str]:
    held = protected_runs(store, (key for key in store.run_keys() if key not in keys), named=False)
    broken = {key: held[key] for key in keys if key in held}
    for key, why in broken.items():
        if not force:
            hint = "remove both, or give --force: what needs it then can't be finished, exported or verified"
            raise UsageError(f"run {key[:12]} is still needed: {why}", hint)
    return broken


def attempts_of(store: Store, reference: str) -> list[Attempt]:
    """The attempts at the one unfinished run whose key begins with these digits; none where several runs' do."""
    attempts = store.attempts()
    keys = set(keys_beginning(reference, (attempt.key for attempt in attempts)))
    return [attempt for attempt in attempts if {attempt.key} == keys]


def stored_keys(store: Store, reference: str) -> list[str]:
    """Keys of the store's runs that a reference stands for; digits may name a run that can't be read.

    Raises:
        UsageError: it is the path of a run elsewhere.
    """
    keys = keys_beginning(reference, store.run_keys())
    if len(keys) == 1:
        return keys
    runs = resolve(store, reference)
    for run in runs:
        if run.path.resolve() != (store.folder(RUNS) / run.key).resolve():
            raise UsageError(f"{run.path} is not in the store {store.root}", "name a run that is")
    return [run.key for run in runs]
