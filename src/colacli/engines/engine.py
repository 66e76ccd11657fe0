"""What an engine is: something that makes runs, several at once, here or elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from colacli.errors import ColacliError
from colacli.events import Event


@dataclass(frozen=True)
class Job:
    """One run to be made, with all that is needed to make it anywhere."""

    key: str
    """The run's; its job has no other identity."""
    command: str
    """A verb of the registry."""
    request: Any
    """What the verb is asked: one seed, no name, absolute paths, teachers by their full keys."""
    parents: tuple[str, ...] = ()
    """Keys of the runs that it needs, stored or jobs of the same plan."""
    label: str = ""
    """Its arm and seed, for people."""


@dataclass(frozen=True)
class Started:
    """A job is being worked on."""

    key: str
    where: str
    """A process, a node, a SLURM job."""


@dataclass(frozen=True)
class Told:
    """An event of a job's own work."""

    key: str
    event: Event


@dataclass(frozen=True)
class Done:
    """The run is stored."""

    key: str
    cached: bool
    """Whether somebody else had made it meanwhile."""
    seconds: float
    """That the job took, from its start to the stored run."""


@dataclass(frozen=True)
class Failed:
    """The run could not be made, or its parent could not."""

    key: str
    error: ColacliError


Report = Started | Told | Done | Failed


class Engine(Protocol):
    """Makes runs. What it is given has all its parents stored."""

    @property
    def slots(self) -> int:
        """How many jobs it takes at once; more are kept back by the schedule."""

    def submit(self, job: Job) -> None:
        """Take a job; it is reported on until it is done or has failed."""

    def wait(self) -> Sequence[Report]:
        """The next reports, at least one: call it only while a job is out.

        Raises:
            UnavailableError: the engine itself is gone, and all that it has not made.
        """

    def close(self) -> None:
        """Stop what is under way, so that it can be resumed; called once, however the schedule ended."""
