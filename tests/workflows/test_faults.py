"""Whatever stops a training or fails under it, at any operation on the disk: what stands is sound, and it goes on.

Each fault is tried at every operation of a tiny run, one after another: its lease, its checkpoints, its files, the
renaming that makes it a run. Then the store must verify, and the same command must end with the bytes of a run that
nothing ever happened to.
"""

from __future__ import annotations

import pytest

from colacli.config import Student, Training
from colacli.store.store import Store
from colacli.training.requests import BaseChoice, DataChoice, Execution
from colacli.workflows.train_student import TrainStudentRequest, train_student
from colacli.workflows.verify import faults_in
from factories.counting import Counting, count
from factories.faults import BROKEN, DENIED, FULL, READ_ONLY, Death, bury, failing


def content(run):
    """Every file of a run but its manifest, which knows the time."""
    return {path.name: path.read_bytes() for path in run.path.iterdir() if path.name != "manifest.json"}


def operations(make, root):
    """How many operations a run takes that nothing happens to, and its bytes."""
    with failing(root, at=0) as disk:
        made = make(Store(root))
    return disk.count, content(made.run)


def check(make, root, expected):
    """What stands is sound; the same command ends with the expected bytes, and leaves nothing of its own."""
    bury(root)
    store = Store(root)
    assert faults_in(store, None, deep=True)[1] == []
    made = make(store)
    assert content(made.run) == expected
    assert faults_in(store, None, deep=True)[1] == []
    assert store.attempts() == []
    assert store.attempts(made.run.key) == []


def test_death_at_every_operation(tmp_path):
    """The process dies before, or in the middle of, each operation; what was begun goes on."""
    total, expected = operations(count, tmp_path / "whole")
    went_on = 0
    for at in range(1, total + 1):
        root = tmp_path / str(at)
        with pytest.raises(Death), failing(root, at):
            count(Store(root))
        work = Counting()
        check(lambda store, work=work: count(store, work), root, expected)
        went_on += bool(work.started_at and work.started_at[0])

    assert total > 60
    assert went_on > total / 2


def test_death_twice(tmp_path):
    """The process that goes on dies too, at every third of its operations; a third one finishes."""
    total, expected = operations(count, tmp_path / "whole")
    for at in range(5, total, 3):
        root = tmp_path / str(at)
        for _ in range(2):
            try:
                with failing(root, at):
                    count(Store(root))
            except Death:
                bury(root)
        check(count, root, expected)


@pytest.mark.parametrize(
    ("error", "lasting"),
    [
        (FULL, False),
        (FULL, True),
        pytest.param(BROKEN, False, marks=pytest.mark.slow),
        pytest.param(BROKEN, True, marks=pytest.mark.slow),
        pytest.param(DENIED, False, marks=pytest.mark.slow),
        pytest.param(READ_ONLY, True, marks=pytest.mark.slow),
    ],
    ids=["full once", "full", "broken once", "broken", "denied once", "read-only"],
)
def test_an_error_at_every_operation(tmp_path, error, lasting):
    """A full disk, a broken one, a refused or read-only one: it fails or does without, and nothing is lost by it."""
    total, expected = operations(count, tmp_path / "whole")
    failed = 0
    for at in range(1, total + 1):
        root = tmp_path / str(at)
        try:
            with failing(root, at, error, lasting=lasting):
                made = count(Store(root))
            assert content(made.run) == expected
        except OSError:
            failed += 1
        check(count, root, expected)

    assert failed > 0


@pytest.mark.slow
@pytest.mark.parametrize("fault", ["death", "full"])
@pytest.mark.timeout(900)  # a training for every operation, twice
def test_a_real_training_at_every_operation(tmp_path, tiny_base, tiny_corpus, fault):
    """The same for a student that is really trained, a checkpoint after every step: tokens, weights and all."""
    request = TrainStudentRequest(
        base=BaseChoice(base=tiny_base),
        data=DataChoice(data=str(tiny_corpus)),
        student=Student(hidden=4),
        training=Training(epochs=1, batch_size=30, dropout=0.2),
        execution=Execution(device="cpu", checkpoint_every=1e-9),
    )

    def make(store):
        return train_student(request, store)

    total, expected = operations(make, tmp_path / "whole")
    for at in range(1, total + 1):
        root = tmp_path / str(at)
        try:
            with failing(root, at, Death if fault == "death" else FULL):
                make(Store(root))
        except (Death, OSError):
            pass
        check(make, root, expected)

    assert total > 60
