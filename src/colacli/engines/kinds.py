"""Engines by name: each is a module of its own here, imported when it is asked for."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from colacli.config import Checked, setting
from colacli.engines.engine import Engine
from colacli.errors import UsageError
from colacli.sharing.address import Address
from colacli.store.store import Store

EngineName = Literal["local", "ray", "slurm"]


@dataclass(frozen=True, kw_only=True)
class EngineOptions(Checked):
    """Where runs are made."""

    on: EngineName = setting("local", "Where runs are made: here, on a Ray cluster, by SLURM.")
    jobs: int = setting(1, "Runs at once.", minimum=1, maximum=10_000)
    threads: int | None = setting(
        None,
        "Threads of a run, on which its last digits depend.",
        minimum=1,
        maximum=1_024,
        shown_default="here the cores divided by --jobs; elsewhere 1",
    )
    address: str | None = setting(None, "Ray: the cluster's head, or auto.", shown_default="a cluster of this machine")
    partition: str | None = setting(None, "SLURM: the partition.", shown_default="the cluster's")
    minutes: int = setting(
        60, "SLURM: most minutes of a job; one that takes longer is resumed by another.", minimum=1, maximum=100_000
    )
    memory: float | None = setting(None, "SLURM: GB of a job.", above=0.0, shown_default="the cluster's")


@contextmanager
def open_engine(options: EngineOptions, store: Store, through: Address | None) -> Iterator[Engine]:
    """An engine, closed when the block ends, however it does.

    Args:
        options: which, and its own.
        store: of this machine.
        through: the remote by which runs come and go, where other machines have stores of their own.

    Raises:
        UsageError: an option is another engine's.
        UnavailableError: its package is missing, or its cluster.
    """
    engine = _engine(options, store, through)
    try:
        yield engine
    finally:
        engine.close()


def _engine(options: EngineOptions, store: Store, through: Address | None) -> Engine:
    _check(options, through)
    if options.on == "local":
        from colacli.engines.local import LocalEngine

        return LocalEngine(store, options.jobs, options.threads)
    from colacli.engines.worker import Site

    site = Site(None if through else store.root.resolve(), options.threads or 1, through)
    if options.on == "ray":
        from colacli.engines.ray import RayEngine

        return RayEngine(store, site, address=options.address, jobs=options.jobs)
    from colacli.engines.slurm import Queue, SlurmEngine

    queue = Queue(options.partition, options.minutes, options.memory)
    return SlurmEngine(store, site, _logs(store), queue, jobs=options.jobs)


def _logs(store: Store) -> Path:
    """Where SLURM's jobs write: on a file system that all machines see, a folder for each user of a shared store."""
    return store.root.resolve() / "slurm" / str(os.getuid())


def _check(options: EngineOptions, through: Address | None) -> None:
    """Refuse what only another engine has."""
    own: dict[str, Any] = {"ray": {"address"}, "slurm": {"partition", "minutes", "memory"}}
    defaults = EngineOptions()
    for engine, names in own.items():
        for name in names:
            if engine != options.on and getattr(options, name) != getattr(defaults, name):
                raise UsageError(f"--{name} is for --on {engine}", "leave it out")
    if through is not None and options.on == "local":
        raise UsageError("--through is for engines whose machines have stores of their own", "leave it out")
