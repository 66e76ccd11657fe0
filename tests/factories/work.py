"""A training that trains nothing."""

from colacli.events import ignore
from colacli.store.manifest import Result
from factories.plans import make_run, plan_of
from factories.runs import PARAMETERS, cut, fill, flip_byte


class Work:
    """A training that trains nothing: counts its calls, and fails when it was told to."""

    def __init__(self, weights=b"weights", failure=None):
        self.weights = weights
        self.failure = failure
        self.calls = 0

    def __call__(self, run):
        """Leave a run's files."""
        self.calls += 1
        fill(run, weights=self.weights)
        if self.failure:
            raise self.failure
        return Result(best_epoch=2, parameters=PARAMETERS)


def make(store, work, on_event=ignore, spec=None, **execution):
    """Make a run of this work."""
    return make_run(plan_of(spec, **execution), store, work, on_event)


def names_in(folder):
    """What a folder holds; nothing when it isn't there."""
    return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []


DAMAGES = {
    "truncated": lambda folder: cut(folder / "model.safetensors"),
    "flipped": lambda folder: flip_byte(folder / "model.safetensors"),
    "missing": lambda folder: (folder / "metrics.json").unlink(),
    "no manifest": lambda folder: (folder / "manifest.json").unlink(),
    "broken manifest": lambda folder: (folder / "manifest.json").write_text("{"),
    "changed spec": lambda folder: flip_byte(folder / "spec.json"),
}
