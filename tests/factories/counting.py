"""A training without torch that takes checkpoints: for tests of what becomes of a run."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from colacli.store.checkpoints import Progress
from colacli.store.manifest import Result
from colacli.store.store import Store
from factories.plans import make_run, plan_of
from factories.runs import PARAMETERS, fill


def _at(step):
    """So far has a training come."""
    return Progress(epoch=1, epochs=1, step=step, seconds=0.0, environment={})


class Counting:
    """A training that counts to six, saves after each number, and leaves a run's files."""

    def __init__(self, pause=0.0):
        self.started_at = []
        self.pause = pause

    def __call__(self, run):
        """Resume from the last checkpoint."""
        saved = run.attempt.checkpoints.newest()
        numbers = json.loads(saved.path.read_bytes()) if saved else []
        self.started_at.append(len(numbers))
        while len(numbers) < 6:
            time.sleep(self.pause)
            numbers.append(len(numbers) ** 2)
            content = json.dumps(numbers).encode()
            run.attempt.checkpoints.add(lambda path, content=content: path.write_bytes(content), _at(len(numbers)))
        fill(run, weights=json.dumps(numbers).encode())
        return Result(best_epoch=2, parameters=PARAMETERS)


def count(store, work=None):
    """Make the run of the counting training."""
    return make_run(plan_of(name="counted"), store, work or Counting(), lambda _: None)


def main():
    """Make the run in a process of its own: STORE, START (seconds since 1970), PAUSE between two numbers."""
    root, start, pause = Path(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3])
    time.sleep(max(0.0, start - time.time()))
    made = count(Store(root), Counting(pause))
    print(json.dumps({"key": made.run.key, "cached": made.cached}))


if __name__ == "__main__":
    main()
