"""Where a training's state goes while it runs, and where it comes from when it was interrupted."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from colacli.events import Note
from colacli.models.tensors import read_tensors, write_tensors
from colacli.store.checkpoints import Progress
from colacli.store.manifest import environment_of
from colacli.training import Saving

if TYPE_CHECKING:
    from colacli.store.checkpoints import Checkpoints
    from colacli.training_state import TrainingState
    from colacli.workflows.make_run import Job


class Saver(Saving):
    """Saves into an attempt's checkpoints, after every epoch and when the last one is some minutes old."""

    def __init__(self, job: Job, checkpoints: Checkpoints) -> None:
        self._job, self._checkpoints = job, checkpoints
        self._every = 60 * job.request.execution.checkpoint_every
        self._environment = environment_of(job.device)
        self._saved = self._started = time.monotonic()
        self._before = 0.0
        self._is_full = False

    def restore(self, state: TrainingState) -> None:
        """Go on from the last whole checkpoint."""
        saved = self._checkpoints.newest()
        if saved is None:
            return
        state.restore(read_tensors(saved.path))
        self._before, self._environment = saved.progress.seconds, saved.progress.environment
        self._job.on_event(Note(f"going on after {state.where}, from a checkpoint of an interrupted run"))

    def save(self, state: TrainingState) -> None:
        """After an epoch, and where the last one is old enough."""
        if state.step == 0 or (self._every and time.monotonic() - self._saved >= self._every):
            self._save(state)

    def _save(self, state: TrainingState) -> None:
        """A full disk doesn't end the training: what was saved before stays."""
        tensors = state.tensors()
        progress = Progress(
            epoch=state.epoch,
            epochs=self._job.spec.training.epochs,
            step=state.step,
            seconds=round(self._before + time.monotonic() - self._started, 3),
            environment=self._environment,
        )
        kept = self._checkpoints.add(lambda path: write_tensors(path, tensors), progress)
        self._saved = time.monotonic()
        if not kept and not self._is_full:
            self._job.on_event(Note("the disk is full: training goes on, but no checkpoint could be kept"))
        self._is_full = not kept
