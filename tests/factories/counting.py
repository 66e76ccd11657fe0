"""A training without torch that takes checkpoints: for tests of what becomes of a run."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from types import SimpleNamespace

from colacli.data.corpus import Corpus
from colacli.store.checkpoints import Progress
from colacli.store.manifest import Result
from colacli.store.store import Store
from colacli.training.requests import Execution
from colacli.training.run import Job, make_run
from colacli.workflows.train_student import TrainStudentRequest
from factories.runs import PARAMETERS, fill, make_spec


def _at(step):
    """So far has a training come."""
    return Progress(epoch=1, epochs=1, step=step, seconds=0.0, environment={})


class Counting:
    """A training that counts to six, saves after each number, and leaves a run's files."""

    def __init__(self, pause=0.0):
        self.began_at = []
        self.pause = pause

    def __call__(self, job, attempt):
        """Go on from the last checkpoint."""
        saved = attempt.checkpoints.newest()
        numbers = json.loads(saved.path.read_bytes()) if saved else []
        self.began_at.append(len(numbers))
        while len(numbers) < 6:
            time.sleep(self.pause)
            numbers.append(len(numbers) ** 2)
            content = json.dumps(numbers).encode()
            attempt.checkpoints.add(lambda path, content=content: path.write_bytes(content), _at(len(numbers)))
        fill(attempt.draft, weights=json.dumps(numbers).encode())
        return Result(best_epoch=2, parameters=PARAMETERS)


def count(store, work=None):
    """Make the run of the counting training."""
    request = TrainStudentRequest(execution=Execution(name="counted"))
    job = Job(make_spec(), SimpleNamespace(name="gpt2"), Corpus("cola", {}), "cpu", store, lambda _: None, request)
    return make_run(job, lambda _: PARAMETERS, work or Counting())


def main():
    """Make the run in a process of its own: STORE, START (seconds since 1970), PAUSE between two numbers."""
    root, start, pause = Path(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3])
    time.sleep(max(0.0, start - time.time()))
    made = count(Store(root), Counting(pause))
    print(json.dumps({"key": made.run.key, "cached": made.cached}))


if __name__ == "__main__":
    main()
