"""One training on several devices: processes that torchrun started, its ranks, each with a part of every batch.

The first rank runs the command as one process would: it alone speaks, and writes the store. The others wait for the
trainings that it begins, take part in each, and wait for the next. Orders, and how a rank ended, go through torchrun's
store of keys and values, which is polled, so that a signal ends the waiting; gradients go by all-reduce.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Any

from colacli.errors import ColacliError, DataError
from colacli.store.canonical import canonical

if TYPE_CHECKING:
    from torch import Tensor

    from colacli.training.state import TrainingState

_POLL = 0.02
"""Seconds between two looks at what others have left in the store of keys and values."""


class RankLostError(ColacliError):
    """The training ended because another rank did."""

    code = "training"


class TookPart(Exception):  # noqa: N818 - no error
    """What another rank than the first has to do in a training is done."""


@dataclass(frozen=True)
class Ranks:
    """The processes that train together, as one of them sees them."""

    rank: int = 0
    size: int = 1
    local: int | None = None
    """Which of this machine's, counted from 0: the GPU that it takes. None for a process alone."""
    _store: Any = field(default=None, repr=False)
    _orders: Iterator[int] = field(default_factory=count, repr=False)
    _meetings: Iterator[int] = field(default_factory=count, repr=False)

    @property
    def in_spec(self) -> int | None:
        """How many there are, for a spec: None for one."""
        return self.size if self.size > 1 else None

    def part(self, rows: Tensor) -> Tensor:
        """This rank's of some rows (B,); of few rows some have none."""
        return rows.tensor_split(self.size)[self.rank]

    def sum(self, tensors: Sequence[Tensor]) -> None:
        """Put the sums over all ranks in the place of tensors, in one all-reduce; the same bytes everywhere."""
        if self.size == 1:
            return
        import torch
        import torch.distributed as dist

        flat = torch.cat([tensor.reshape(-1) for tensor in tensors])
        with _losing():
            dist.all_reduce(flat)
        totals = torch.split(flat, [tensor.numel() for tensor in tensors])
        for tensor, total in zip(tensors, totals, strict=True):
            tensor.copy_(total.view_as(tensor))

    def share(self, state: TrainingState) -> None:
        """Give every rank the first one's state of a training: new, or from a checkpoint."""
        if self.size == 1:
            return
        import torch
        import torch.distributed as dist

        tensors = {name: tensor.cpu() for name, tensor in state.tensors().items()} if self.rank == 0 else None
        shared = [tensors]
        with _losing():
            dist.broadcast_object_list(shared, src=0, device=torch.device("cpu"))
        if self.rank and shared[0] is not None:
            state.restore(shared[0])

    def seed_step(self, seed: int, epoch: int, step: int) -> None:
        """Let dropout differ between ranks. It is drawn anew each step, so that a checkpoint needs no rank's state."""
        if self.size > 1:
            import numpy as np
            import torch

            (mixed,) = np.random.SeedSequence([seed, self.rank, epoch, step]).generate_state(1, np.uint64).tolist()
            torch.manual_seed(mixed)

    def order(self, request: dict[str, Any] | None) -> None:
        """From the first rank to the others: take part in a training; None for the end of all."""
        if self.size > 1 and self.rank == 0:
            with _losing():
                self._store.set(f"order {next(self._orders)}", canonical(request))

    def orders(self) -> Iterator[dict[str, Any]]:
        """What the first rank orders, until it ends."""
        from colacli.store.reading import from_json  # here, for every command imports this module, and few wait

        for number in self._orders:
            (content,) = self._wait_for([f"order {number}"])
            if (request := from_json(content)) is None:
                return
            yield request

    def meet(self, key: str) -> None:
        """Wait until all ranks have prepared a training, each for itself.

        Raises:
            DataError: one of them would make another run than this rank's, whose key is given.
        """
        if self.size == 1:
            return
        meeting = next(self._meetings)
        with _losing():
            self._store.set(f"meeting {meeting} {self.rank}", key)
        keys = self._wait_for([f"meeting {meeting} {rank}" for rank in range(self.size)])
        for rank, theirs in enumerate(content.decode() for content in keys):
            if theirs != key:
                raise DataError(
                    f"rank {rank} would make run {theirs[:12]}, not {key[:12]}: its data, base or version differs",
                    "give all ranks the same files; `--dry-run` on each machine shows which digest differs",
                )

    def _wait_for(self, names: list[str]) -> list[bytes]:
        with _losing():
            while not self._store.check(names):
                time.sleep(_POLL)
            return [self._store.get(name) for name in names]

    def say_last(self, words: str) -> None:
        """Leave word of how this rank ended."""
        with suppress(RuntimeError):  # the store is gone with its process
            self._store.set(f"end {self.rank}", words)

    def last_words(self, seconds: float) -> dict[int, str]:
        """What the others have left, waited for so long; the first rank's are enough for the others."""
        words: dict[int, str] = {}
        until = time.monotonic() + seconds
        while len(words) < self.size - 1 and 0 not in words and time.monotonic() < until:
            time.sleep(_POLL)
            with suppress(RuntimeError):
                for rank in set(range(self.size)) - {self.rank, *words}:
                    if self._store.check([f"end {rank}"]):
                        words[rank] = self._store.get(f"end {rank}").decode()
        return words


ALONE = Ranks()
_current = ALONE


def current() -> Ranks:
    """Those that this process belongs to."""
    return _current


def become(ranks: Ranks) -> None:
    """Set what `current` gives: of a process, as it belongs to one process group of torch's."""
    global _current
    _current = ranks


@contextmanager
def _losing() -> Iterator[None]:
    """Communication: an error in it means that another rank is gone."""
    try:
        yield
    except RuntimeError as error:
        raise RankLostError(f"a rank can't be reached: {str(error).splitlines()[0]}") from error
