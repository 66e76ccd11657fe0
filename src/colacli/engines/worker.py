"""What a process does that an engine has started on another machine: one job, into the store."""

from __future__ import annotations

import os
import socket
import time
import traceback
from dataclasses import dataclass, replace
from pathlib import Path

from colacli.devices import resolve_device
from colacli.engines.engine import Done, Failed, Job
from colacli.errors import ColacliError, IntegrityError, UnknownReferenceError, describe_unexpected
from colacli.events import Epoch, Event, Note, OnEvent, ignore
from colacli.sharing.address import Address
from colacli.store.store import Store, open_store
from colacli.training.plan import DryRun
from colacli.workflows.sharing import pull, push
from colacli.workflows.verbs import VERBS


@dataclass(frozen=True)
class Site:
    """How jobs are made there."""

    root: Path | None
    """The store's folder, which all machines see; None for a store of each machine's own."""
    threads: int
    """Of a job. Bytes depend on it."""
    through: Address | None = None
    """The remote over which runs come from and go to the other machines' stores; None where they share one."""


def make(job: Job, site: Site, on_event: OnEvent) -> Done | Failed:
    """Make a job's run, or find it made. What goes wrong is an answer too; only an interruption is raised."""
    from colacli.allocator import keep_freed_memory

    keep_freed_memory()
    os.environ["OMP_NUM_THREADS"] = str(site.threads)  # torch is not imported yet, or was by a job of the same engine
    started = time.monotonic()
    try:
        return Done(job.key, _make(job, site, on_event), round(time.monotonic() - started, 3))
    except ColacliError as error:
        return Failed(job.key, error)
    except Exception as error:
        message, hint = describe_unexpected(error)
        failure = ColacliError(f"{message} (on {socket.gethostname()})", hint)
        failure.add_note(traceback.format_exc())
        return Failed(job.key, failure)


def _make(job: Job, site: Site, on_event: OnEvent) -> bool:
    """Whether the run was there already.

    Raises:
        IntegrityError: what it would be made of is something else on this machine.
    """
    store = Store(site.root) if site.root else open_store()
    if through := site.through and replace(site.through):  # made anew, so that this process too hides its secrets
        for parent in job.parents:
            fetch(store, through, parent, on_event)
        fetch(store, through, job.key, on_event, missing_ok=True)
    verb = VERBS[job.command]
    _check_key(verb.plan(job.request, store, on_event).spec.key, job.key)
    result = verb.run(job.request, store, on_event)
    assert not isinstance(result, DryRun), "no dry run was asked for"
    if through:
        push(store, through, [job.key], on_event)
    return result.cached


def fetch(store: Store, remote: Address, key: str, on_event: OnEvent, *, missing_ok: bool = False) -> None:
    """Pull a run that is not in the store.

    Raises:
        UnknownReferenceError: it is not in the remote either, and `missing_ok` is not set.
    """
    if store.find_run(key) is not None:
        return
    try:
        pull(store, remote, [key], name=None, on_event=on_event)
    except UnknownReferenceError:
        if not missing_ok:
            raise


def offer(store: Store, site: Site, key: str) -> None:
    """Put a stored parent into the remote, where the other machines look for it."""
    if site.through and store.find_run(key) is not None:
        push(store, site.through, [key], ignore)


def _check_key(key: str, expected: str) -> None:
    """See that the run is the one that was planned."""
    if key != expected:
        host = socket.gethostname()
        raise IntegrityError(
            f"on {host} this would be run {key[:12]}, not {expected[:12]}: corpus, base model, colacli's version or "
            "what `--precision auto` means differ there",
            f"give the same to all machines, and name the precision; `colacli doctor` on {host} says what it has",
        )


def needs_gpu(job: Job) -> bool:
    """Whether a job's device is a CUDA device, as this machine resolves it."""
    return resolve_device(job.request.execution.device).startswith("cuda")


def worth_telling(event: Event) -> bool:
    """Whether an event is sent to the driver: a line an epoch and every note, not every step."""
    return isinstance(event, Epoch | Note)
