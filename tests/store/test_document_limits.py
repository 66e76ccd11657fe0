"""Whatever colacli writes it reads again: as many epochs, and as many runs in a file, as it allows."""

import hashlib
import json
from dataclasses import asdict, replace

import pytest
import torch

from colacli.config import Training
from colacli.errors import UsageError
from colacli.models.tensors import read_tensors, write_tensors
from colacli.results import HISTORY, history_of
from colacli.sharing import archive
from colacli.store.artifact import RUNS
from colacli.store.checkpoints import INDEX, Checkpoints, Progress
from colacli.store.manifest import Result
from colacli.store.store import Store
from colacli.training.state import TrainingState
from colacli.workflows.sharing import bring_in, export
from factories.runs import EPOCHS, PARAMETERS, commit_run, fill, make_spec

MOST = 100_000
"""Epochs."""


def history(count):
    """Epochs of a long training, no two alike."""
    return [replace(EPOCHS[0], epoch=number, tokens=40 * number, dev_loss=1 / number) for number in range(1, count + 1)]


def test_more_epochs_are_refused():
    """The limit is the number that these tests run."""
    assert Training(epochs=MOST).epochs == MOST
    with pytest.raises(UsageError, match="--epochs must be at most 100000"):
        Training(epochs=MOST + 1)


@pytest.mark.slow
def test_the_longest_training_is_saved_and_goes_on(tmp_path):
    """Every bit of its history comes back; the index beside the checkpoint is as short as after one epoch."""
    state = TrainingState(torch.nn.Linear(2, 2), Training(epochs=MOST), "cpu")
    state.history, state.epoch = history(MOST - 1), MOST
    checkpoints, sizes = Checkpoints(tmp_path), []
    progress = Progress(epoch=1, epochs=MOST, step=0, seconds=1.0, environment={})
    for epoch in (1, MOST):
        checkpoints.add(lambda path: write_tensors(path, state.tensors()), replace(progress, epoch=epoch))
        sizes.append((tmp_path / INDEX).stat().st_size)
    again = TrainingState(torch.nn.Linear(2, 2), Training(epochs=MOST), "cpu")
    again.restore(read_tensors(checkpoints.newest().path))

    assert (again.history, again.epoch) == (state.history, MOST)
    assert sizes[1] < 3 * sizes[0]


@pytest.mark.slow
def test_the_longest_history_is_exported_and_imported(tmp_path):
    """It is stored, read, put into a file and taken out of it by another store."""
    store, other = Store(tmp_path / "home"), Store(tmp_path / "other")
    lines = "".join(json.dumps(asdict(epoch), sort_keys=True) + "\n" for epoch in history(MOST))
    with store.draft(make_spec()) as draft:
        fill(draft)
        draft.write(HISTORY, lines.encode())
        store.commit(RUNS, draft, seconds=1.0, result=Result(best_epoch=MOST, parameters=PARAMETERS))
    export(store, [draft.key], tmp_path / "runs.tar", force=False, on_event=lambda _: None)
    bring_in(other, tmp_path / "runs.tar", name=None, on_event=lambda _: None)

    assert history_of(other.find_run(draft.key)) == history(MOST)


@pytest.mark.parametrize("count", [7_500, 50_000])
def test_the_list_of_many_runs_is_read(tmp_path, count):
    """As long as it is, for as many runs as may be in a file."""
    keys = tuple(hashlib.sha256(str(number).encode()).hexdigest() for number in range(count))
    contents = archive._Contents(1, keys, keys)
    content = archive.canonical(contents)
    chunks = (content[at : at + archive.CHUNK] for at in range(0, len(content), archive.CHUNK))

    assert archive._contents(iter([(archive.CONTENTS, chunks)]), tmp_path) == contents


def test_more_runs_than_can_be_listed_are_not_exported(tmp_path, monkeypatch):
    """A file that nobody could read again is not begun."""
    store = Store(tmp_path / "home")
    run = commit_run(store)
    monkeypatch.setattr(archive, "LONGEST", 100)

    with pytest.raises(UsageError, match="too many for one file"):
        archive.write_archive(tmp_path / "runs.tar", [run], [run.key], lambda _: None)
    assert not (tmp_path / "runs.tar").exists()
