"""What several students need is made by one process: the transfer set, and their teacher's outputs."""

from __future__ import annotations

import threading
import time
from contextlib import ExitStack

import pytest

from colacli.events import Note
from colacli.store.single_flight import single_flight
from colacli.training import teacher_outputs, transfer
from factories.distillation import recipes


def notes(events):
    """Their texts."""
    return [event.text for event in events if isinstance(event, Note)]


@pytest.mark.parametrize("what", ["transfer", "teacher-logits"])
def test_what_another_process_makes_is_waited_for(distillation, monkeypatch, tmp_path, what):
    """A student says so, and takes it from the cache when it is there."""
    distillation.distilled(recipes("words"))
    monkeypatch.setattr(transfer, "gather", lambda *_: pytest.fail("the set was made again"))
    monkeypatch.setattr(teacher_outputs, "load_network", lambda *_: pytest.fail("the teacher was loaded again"))
    distillation.events.clear()
    store, runs = distillation.store, []
    cached = [*(store.root / "cache" / what).iterdir()]
    student = threading.Thread(target=lambda: runs.append(distillation.distilled(recipes("words"), seed=1)))
    with ExitStack() as others:
        for folder in cached:
            others.enter_context(single_flight(store, folder.name, lambda: None))
            folder.rename(tmp_path / folder.name)
        student.start()
        while not (said := notes(distillation.events)) and student.is_alive():
            time.sleep(0.01)
        for folder in cached:
            (tmp_path / folder.name).rename(folder)
    student.join()

    assert "another process" in said[0]
    assert [run.spec.training.seed for run in runs] == [1]
