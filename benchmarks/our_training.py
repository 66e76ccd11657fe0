"""colacli's training in pieces: its own workflow, watched through its events."""

from __future__ import annotations

import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.limits import frozen_flops
from benchmarks.material import FILES, read_split, tokenised, write_split
from colacli.config import Training
from colacli.data.corpus import TRAIN
from colacli.events import Counted, Event, Step
from colacli.models.base import BUNDLED
from colacli.models.config import read_config
from colacli.store.store import Store
from colacli.training.requests import BaseChoice, DataChoice, Execution
from colacli.workflows.finetune import FinetuneRequest
from colacli.workflows.finetune import finetune as finetune_workflow

if TYPE_CHECKING:
    from torch.profiler import profile as Profiler

    from benchmarks.piece import Result
    from colacli.config import Precision
    from colacli.data.corpus import Split


TOP_OPERATORS = 12


class Enough(Exception):  # noqa: N818 - an end, not an error
    """All steps that are measured are done; raised through the training."""


class Clock:
    """Records the times of a training's start and steps, and ends it after the last step that is measured.

    Args:
        steps: to run, with those that warm up; None for a complete training.
        profiler: started at the end of the first step.
        warm_up: steps that are not measured.
    """

    def __init__(self, steps: int | None, profiler: Profiler | None = None, warm_up: int = 1) -> None:
        self.times: list[float] = []
        self.steps: list[int] = []
        """Done at each of these times."""
        self._steps, self._profiler, self._warm_up = steps, profiler, warm_up

    def __call__(self, event: Event) -> None:
        """Take the time of the beginning and of every event of steps; on a GPU these are read several at once."""
        if isinstance(event, Counted):
            self.times, self.steps = [time.perf_counter()], [0]
        if isinstance(event, Step):
            self.times.append(time.perf_counter())
            self.steps.append((event.epoch - 1) * event.steps + event.step)
            if self._profiler and len(self.times) == 2:
                self._profiler.start()
            if self._steps is not None and self.steps[-1] >= self._steps and self.steps[-2] >= self._warm_up:
                if self._profiler:
                    self._profiler.stop()
                raise Enough

    @property
    def measured(self) -> range:
        """Steps after those that warm up, or were read with them."""
        return range(next(step for step in self.steps if step >= self._warm_up), self.steps[-1])

    @property
    def seconds_per_step(self) -> float:
        """Mean of the steps that are measured."""
        return (self.times[-1] - self.times[self.steps.index(self.measured.start)]) / len(self.measured)

    @property
    def seconds(self) -> float:
        """From the beginning to the last step's end."""
        return self.times[-1] - self.times[0]


def finetune(
    material: Path,
    *,
    precision: Precision,
    steps: int,
    base: str = "gpt2",
    batch_size: int = 128,
    seed: int = 0,
    device: str = "cpu",
) -> Result:
    """Some steps over the random batches that a training has for this seed."""
    training = Training(precision=precision, batch_size=batch_size, seed=seed)
    train = read_split(material, TRAIN)
    clock = clock_of(device, steps, -(-len(train) // batch_size))
    _train(material, base, training, clock, device=device)
    tokens = _tokens(material, base, train, training, clock.measured)
    shape = read_config(_folder(material, base))
    return {
        "seconds_per_step": clock.seconds_per_step,
        "seconds_per_epoch": clock.seconds_per_step * -(-len(train) // batch_size),
        "tokens_per_step": tokens / len(clock.measured),
        "flops_per_second": frozen_flops(shape.n_embd, shape.n_layer, shape.inner, tokens)
        / (clock.seconds_per_step * len(clock.measured)),
    }


def clock_of(device: str, steps: int, epoch: int) -> Clock:
    """Of so many steps, after the first one; on a GPU after the first epoch, in which its graphs are captured.

    With that epoch go the steps that are read together after the validation.
    """
    if device == "cpu":
        return Clock(1 + steps)
    from colacli.training.fit import UNREAD_STEPS

    warm_up = epoch + UNREAD_STEPS
    return Clock(warm_up + steps, warm_up=warm_up)


def whole_epoch(material: Path, *, precision: Precision, sentences: int) -> Result:
    """An epoch over the first sentences of train, with its first step."""
    clock = Clock(-(-sentences // Training().batch_size))
    with tempfile.TemporaryDirectory() as folder:
        for name, file in FILES.items():
            write_split(Path(folder) / file, read_split(material, name).sentences[:sentences])
        _train(material, "gpt2", Training(precision=precision), clock, Path(folder))
    return {"seconds_per_epoch": clock.seconds}


def profile(material: Path, *, precision: Precision, steps: int) -> Result:
    """Seconds a step, and then, in steps of their own, the operators that they go to."""
    from torch.profiler import ProfilerActivity
    from torch.profiler import profile as Profiler

    measured = finetune(material, precision=precision, steps=steps)
    profiler = Profiler(activities=[ProfilerActivity.CPU])
    _train(material, "gpt2", Training(precision=precision), Clock(steps + 1, profiler))
    return {**measured, "operators": _operators(profiler, steps)}


def _folder(material: Path, base: str) -> Path:
    """A base model's folder: bundled, or made in the folder."""
    return BUNDLED.get(base, material / base)


def _train(
    material: Path, base: str, training: Training, clock: Clock, data: Path | None = None, device: str = "cpu"
) -> None:
    """`finetune` as the command line calls it, in a new store, until the clock ends it."""
    request = FinetuneRequest(
        base=BaseChoice(base=_folder(material, base)),
        data=DataChoice(data=str(data or material / "data")),
        training=training,
        execution=Execution(device=device),
    )
    with tempfile.TemporaryDirectory() as store, suppress(Enough):
        finetune_workflow(request, Store(Path(store)), clock)


def _tokens(material: Path, base: str, train: Split, training: Training, steps: range) -> int:
    """Tokens of the batches that were measured."""
    import torch

    from colacli.training.state import shuffled_batches

    lengths = tokenised(material, train.texts, base).lengths
    generator, order = torch.Generator().manual_seed(training.seed), list[torch.Tensor]()
    while len(order) < steps.stop:
        order += shuffled_batches(len(train), training.batch_size, generator)
    return sum(int(lengths[rows].sum()) for rows in order[steps.start : steps.stop])


def _operators(profiler: Profiler, steps: int) -> list[dict[str, Any]]:
    """The operators with the most time of their own: fraction of all, milliseconds and calls a step."""
    events = sorted(profiler.key_averages(), key=lambda event: event.self_cpu_time_total, reverse=True)
    total = sum(event.self_cpu_time_total for event in events)  # microseconds
    return [
        {
            "operator": event.key,
            "share": event.self_cpu_time_total / total,
            "milliseconds_per_step": event.self_cpu_time_total / 1000 / steps,
            "calls_per_step": event.count / steps,
        }
        for event in events[:TOP_OPERATORS]
    ]
