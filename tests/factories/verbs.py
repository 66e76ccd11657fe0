"""Stand-ins for a training verb, which processes import by their names."""

import os

from colacli.errors import DataError
from colacli.events import Counted, Note
from colacli.parameters import ParameterCounts

PARAMETERS = ParameterCounts(1, 1)


def square(request, _store, on_event):
    """The seed's square."""
    on_event(Counted(PARAMETERS))
    on_event(Note(f"{os.environ['OMP_NUM_THREADS']} threads"))
    return request.training.seed**2


def process_and_store(_request, store, _on_event):
    """Where it is done."""
    return os.getpid(), store.root


def fails_at_one(request, _store, on_event):
    """One of the seeds can't be done."""
    on_event(Note("started"))
    if request.training.seed == 1:
        raise DataError("line 3 is empty", "fill it")
    return request.training.seed


def dies(request, _store, _on_event):
    """As a process does that the system kills."""
    os._exit(9 if request.training.seed == 1 else 0)


def visible_gpus(_request, _store, _on_event):
    """What a process is shown, and which it is."""
    return os.environ.get("CUDA_VISIBLE_DEVICES"), os.getpid()
