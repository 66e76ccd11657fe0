"""The memory of this machine's GPUs, divided among jobs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

from colacli.devices import cuda_count
from colacli.errors import UnavailableError, UsageError
from colacli.training.memory import device_memory
from colacli.training.plan import NetworkPlan, Plan

_ASK = (
    "import json, torch; print(json.dumps([torch.cuda.mem_get_info(i)[0] for i in range(torch.cuda.device_count())]))"
)
"""What a process of its own is asked: in this one the answer would take half a gigabyte of each GPU."""
_SECONDS = 120
_GIB = 2**30


@dataclass(frozen=True)
class Gpu:
    """One that this machine lets colacli see."""

    index: int
    """Its number, as in `cuda:1`."""
    visible: str
    """What CUDA_VISIBLE_DEVICES calls it."""
    free: int
    """Bytes, before any job."""


@dataclass(frozen=True)
class Need:
    """What a job takes of a GPU."""

    device: str
    """`cuda` for any, or the one that was asked for, as `cuda:1`."""
    memory: int
    """Bytes, by estimate."""

    @classmethod
    def of(cls, plan: Plan) -> Need | None:
        """Of a plan; None where it computes on no GPU of CUDA."""
        if not isinstance(plan, NetworkPlan) or not plan.device.startswith("cuda"):
            return None
        return cls(plan.device, device_memory(plan))


@dataclass(frozen=True)
class Place:
    """Where a job computes."""

    gpu: Gpu
    is_alone_visible: bool
    """Whether its process sees no other: not where the job names its GPU by a number among all."""


def choose(need: Need, gpus: Sequence[Gpu], taken: Mapping[int, Sequence[int]]) -> Gpu | None:
    """The GPU for a job: of those that it may take the one with the most memory left.

    One that is larger by estimate than every GPU gets the largest alone, and may be lucky.

    Args:
        need: of the job.
        gpus: all of them, with the memory before any job.
        taken: by a GPU's number, the memory that each job on it takes.

    Returns:
        None where it waits.
    """
    allowed = [gpu for gpu in gpus if need.device in ("cuda", f"cuda:{gpu.index}")]
    if need.memory > max(gpu.free for gpu in allowed):
        largest = max(allowed, key=lambda gpu: gpu.free)
        return None if taken.get(largest.index) else largest
    left = {gpu: gpu.free - sum(taken.get(gpu.index, ())) for gpu in allowed}
    roomiest = max(allowed, key=lambda gpu: (left[gpu], -len(taken.get(gpu.index, ()))))
    return roomiest if need.memory <= left[roomiest] else None


def fitting(need: Need, gpus: Sequence[Gpu]) -> int:
    """How many such jobs fit at once into GPUs without any."""
    return sum(gpu.free // need.memory for gpu in gpus if need.device in ("cuda", f"cuda:{gpu.index}"))


def check_fitting(jobs: int, need: Need, gpus: Sequence[Gpu]) -> None:
    """See that so many jobs of one size fit at once.

    Raises:
        UsageError: they don't; the hint has the number that do.
    """
    most = fitting(need, gpus)
    if jobs <= max(1, most):
        return
    free = ", ".join(f"cuda:{gpu.index} {gpu.free / _GIB:.1f} GiB" for gpu in gpus)
    message = f"--jobs {jobs}: each takes about {need.memory / _GIB:.1f} GiB of a GPU, by estimate, and free are {free}"
    others = "a smaller --batch-size or more --accumulate takes less"
    raise UsageError(message, f"try --jobs {most}; {others}" if most > 1 else f"leave --jobs out; {others}")


class Gpus:
    """Which job is on which GPU, and how much memory that leaves.

    Args:
        gpus: those of this machine.
    """

    def __init__(self, gpus: Sequence[Gpu]) -> None:
        self._gpus = gpus
        self._jobs: dict[Hashable, tuple[int, int]] = {}
        """By job: the number of its GPU, and bytes."""

    def take(self, job: Hashable, need: Need | None) -> Place | None:
        """Give a job its memory; None where it needs none, or waits for others to end."""
        if need is None:
            return None
        taken: dict[int, list[int]] = {}
        for index, memory in self._jobs.values():
            taken.setdefault(index, []).append(memory)
        gpu = choose(need, self._gpus, taken)
        if gpu is None:
            return None
        self._jobs[job] = gpu.index, need.memory
        return Place(gpu, is_alone_visible=need.device == "cuda")

    def give_back(self, job: Hashable) -> None:
        """It has ended."""
        self._jobs.pop(job, None)


def find_gpus() -> list[Gpu]:
    """The GPUs that torch finds, none without asking where there is no driver.

    Raises:
        UnavailableError: they can't be asked how much memory is free.
    """
    if not cuda_count():
        return []
    command = [sys.executable, "-P", "-c", _ASK]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS, check=True)
        free: list[int] = json.loads(done.stdout)
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        message = f"the GPUs can't be asked how much memory is free: {error}"
        raise UnavailableError(message, "leave --jobs out, or give --device cpu") from error
    return numbered(free, os.environ.get("CUDA_VISIBLE_DEVICES"))


def numbered(free: Sequence[int], visible: str | None) -> list[Gpu]:
    """GPUs from their free bytes, in torch's order, and CUDA_VISIBLE_DEVICES."""
    names = [name.strip() for name in visible.split(",")] if visible else [str(index) for index in range(len(free))]
    return [Gpu(index, name, memory) for index, (name, memory) in enumerate(zip(names, free, strict=False))]
