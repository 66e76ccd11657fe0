"""Jobs for engines: a teacher, students with it and without, as runs of a store that an engine does not see."""

import os
from dataclasses import replace

from colacli.config import Lora, Student, Training
from colacli.engines.engine import Job
from colacli.engines.worker import Site
from colacli.events import ignore
from colacli.store.store import Store
from colacli.training.requests import BaseChoice, DataChoice, Execution
from colacli.workflows.distil import DistilRequest, TeacherChoice
from colacli.workflows.finetune import FinetuneRequest
from colacli.workflows.train_student import TrainStudentRequest
from colacli.workflows.verbs import VERBS

THREADS = int(os.environ.get("OMP_NUM_THREADS", "1"))
"""Of the tests' own process, so that its bytes are those of an engine's."""


class Planned:
    """Jobs whose runs were made here, one after the other: what an engine should make.

    Args:
        root: of the store for them.
        base: a base model's folder.
        data: a corpus' folder.
        epochs: of the training.
    """

    def __init__(self, root, base, data, epochs=1):
        self.store, self.jobs = Store(root), []
        self._shared = {
            "data": DataChoice(data=str(data)),
            "training": Training(epochs=epochs, batch_size=16),
            "execution": Execution(device="cpu", checkpoint_every=0),
        }
        self._base = BaseChoice(base=base)

    def teacher(self):
        """One teacher."""
        return self._add("finetune", FinetuneRequest(base=self._base, lora=Lora(rank=1), **self._shared))

    def student(self, seed=0, **training):
        """A student alone."""
        request = TrainStudentRequest(base=self._base, student=Student(hidden=8), **self._shared)
        return self._add("train-student", request, seed, **training)

    def endless(self):
        """A student whose training takes longer than any test: nothing is made here, and nothing waits for its end."""
        request = TrainStudentRequest(base=self._base, student=Student(hidden=8), **self._shared)
        request = replace(request, training=replace(request.training, epochs=100_000))
        key = VERBS["train-student"].plan(request, self.store, ignore).spec.key
        self.jobs.append(Job(key, "train-student", request, (), "endless"))
        return self.jobs[-1]

    def distilled(self, teacher, seed=0):
        """A student of the teacher's."""
        choice = TeacherChoice(teacher=teacher.key)
        request = DistilRequest(teacher=choice, student=Student(hidden=8), **self._shared)
        return self._add("distil", request, seed, (teacher.key,))

    def _add(self, command, request, seed=0, parents=(), **training):
        request = replace(request, training=replace(request.training, seed=seed, **training))
        run = VERBS[command].run(request, self.store, ignore).run
        self.jobs.append(Job(run.key, command, request, parents, f"{command}, seed {seed}"))
        return self.jobs[-1]

    def files(self, key, store=None):
        """The bytes of all files of a run that its key decides."""
        folder = (store or self.store).root / "runs" / key
        return {path.name: path.read_bytes() for path in folder.iterdir() if path.name != "manifest.json"}


def site_of(store, **changes):
    """All machines see the store."""
    return Site(**({"root": store and store.root, "threads": THREADS} | changes))
