"""Where a training's state goes while it runs, and where it comes from when it was interrupted."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from colacli.events import Note, OnEvent
from colacli.store.checkpoints import Checkpoints, Progress
from colacli.store.manifest import environment_of

if TYPE_CHECKING:
    from colacli.training.state import TrainingState

_ending = threading.Event()


def end_at_checkpoint() -> None:
    """Have this process' training save its state after the step that it is at, and raise KeyboardInterrupt.

    For signals that come some time before the end, as SLURM's do.
    """
    _ending.set()


class CheckpointSaver:
    """Saves after every epoch, and within one when the last checkpoint is some minutes old.

    Args:
        checkpoints: of an attempt.
        epochs: of the training.
        every: minutes between two checkpoints within an epoch; 0 for none.
        device: a torch device's name.
        on_event: told where a training is resumed, and of a full disk.
    """

    def __init__(self, checkpoints: Checkpoints, epochs: int, every: float, device: str, on_event: OnEvent) -> None:
        self._checkpoints, self._epochs, self._on_event = checkpoints, epochs, on_event
        self._every = 60 * every
        self._environment = environment_of(device)
        self._saved = self._started = time.monotonic()
        self._seconds_before = 0.0
        self._is_full = False

    def restore(self, state: TrainingState) -> None:
        """Resume from the last complete checkpoint, if there is one."""
        from colacli.models.tensors import read_tensors

        checkpoint = self._checkpoints.newest()
        if checkpoint is None:
            return
        state.restore(read_tensors(checkpoint.path))
        self._seconds_before, self._environment = checkpoint.progress.seconds, checkpoint.progress.environment
        self._on_event(Note(f"resumed after {state.where}, from a checkpoint of an interrupted run"))

    def save(self, state: TrainingState) -> None:
        """Save where it is time to; called after every step, and after every epoch, which is when `step` is 0.

        Raises:
            KeyboardInterrupt: the process is to end.
        """
        is_over = _ending.is_set()
        if is_over or state.step == 0 or (self._every and time.monotonic() - self._saved >= self._every):
            self._save(state)
        if is_over:
            raise KeyboardInterrupt

    def _save(self, state: TrainingState) -> None:
        """A full disk doesn't end the training: what was saved before stays."""
        from colacli.models.tensors import write_tensors

        tensors = state.tensors()
        progress = Progress(
            epoch=state.epoch,
            epochs=self._epochs,
            step=state.step,
            seconds=round(self._seconds_before + time.monotonic() - self._started, 3),
            environment=self._environment,
        )
        is_saved = self._checkpoints.add(lambda path: write_tensors(path, tensors), progress)
        self._saved = time.monotonic()
        if not is_saved and not self._is_full:
            self._on_event(Note("the disk is full: training goes on, but no checkpoint could be saved"))
        self._is_full = not is_saved


class NoCheckpoints:
    """Nothing is saved: another rank does it."""

    def restore(self, state: TrainingState) -> None:
        """Leave it as it is."""

    def save(self, state: TrainingState) -> None:
        """It is never time to."""
