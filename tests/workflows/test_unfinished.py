"""An unfinished run is listed and removed as such, and never made by two at once."""

import shutil
import threading

import pytest

from colacli.errors import ColacliError, UnknownReferenceError, UsageError
from colacli.events import Epoch, Step, ignore
from colacli.store import lease
from colacli.store.attempt import Attempt
from colacli.store.store import Store
from colacli.training import checkpoints
from colacli.workflows.resume import resume
from colacli.workflows.runs import listing, remove
from colacli.workflows.train_student import train_student
from factories.interruptions import interrupted


def test_a_run_in_progress_is_waited_for(store, request_of, monkeypatch):
    """Where another process makes the run, its result is taken, and nothing is trained here."""
    request = request_of(train_student)
    attempt = interrupted(train_student, request, store)
    monkeypatch.setattr(lease, "_place", lambda: "elsewhere")
    lease.write_lease(attempt.path)
    monkeypatch.undo()

    def finish(_):  # the other process, while this one sleeps
        monkeypatch.setattr("time.sleep", lambda _: None)
        shutil.move(attempt.path, store.root / "gone")
        train_student(request, store)

    monkeypatch.setattr("time.sleep", finish)
    notes = []
    result = train_student(request, store, notes.append)

    assert result.cached
    assert "another process is making run" in notes[0].text


def test_a_process_that_is_to_end_saves_its_state_first(store, request_of, monkeypatch):
    """After the step that it is at, where no checkpoint was due; resumed, the run is the same to the byte."""
    monkeypatch.setattr(checkpoints, "_ending", threading.Event())
    request = request_of(train_student, checkpoint_every=0)

    def end(event):
        if isinstance(event, Step) and (event.epoch, event.step) == (2, 2):
            checkpoints.end_at_checkpoint()

    with pytest.raises(KeyboardInterrupt):
        train_student(request, store, end)
    (attempt,) = store.attempts()
    progress = attempt.checkpoints.progress()
    assert (progress.epoch, progress.step) == (2, 2)

    monkeypatch.setattr(checkpoints, "_ending", threading.Event())
    resumed = train_student(request, store).run
    other = train_student(request, Store(store.root / "other")).run
    assert {name: record.sha256 for name, record in resumed.manifest.files.items()} == {
        name: record.sha256 for name, record in other.manifest.files.items()
    }


def test_nobody_resumes_what_another_process_makes(store, request_of):
    """A live lease is respected."""
    attempt = interrupted(train_student, request_of(train_student), store)
    lease.write_lease(attempt.path)

    with pytest.raises(UsageError, match="another process"):
        resume(store, [attempt.key[:8]], ignore)


def test_the_list_shows_what_is_not_finished(store, request_of):
    """With its progress and its state; a live lease makes it in progress."""
    attempt = interrupted(train_student, request_of(train_student), store)
    (found,) = listing(store).unfinished
    lease.write_lease(attempt.path)
    (working,) = listing(store).unfinished

    assert (found.key, found.command, found.seed, found.is_live) == (attempt.key, "train-student", 0, False)
    assert (found.progress.epoch, found.progress.epochs, found.trouble) == (3, 3, "")
    assert working.is_live


def test_what_is_finished_while_the_list_is_made_is_not_in_it(store, request_of, monkeypatch):
    """Its folder is gone, and nothing is wrong with that."""
    attempt = interrupted(train_student, request_of(train_student), store)
    monkeypatch.setattr(Attempt, "is_live", property(lambda self: store.remove(attempt.path)))

    assert listing(store).unfinished == []


def test_rm_wants_to_know_whether_it_is_finished(store, request_of):
    """Digits that begin a finished and an unfinished run's key stand for neither."""
    attempt = interrupted(train_student, request_of(train_student), store)
    twin = attempt.key[:20] + "0" * 44
    (store.root / "runs" / twin).mkdir(parents=True)

    with pytest.raises(UnknownReferenceError, match="a finished and an unfinished run"):
        remove(store, [attempt.key[:8]], force=True)
    assert remove(store, [twin], force=True).keys == [twin]
    assert remove(store, [attempt.key[:8]], force=True).keys == [attempt.key]


def test_rm_takes_unfinished_runs(store, request_of):
    """One that a process works on only with force."""
    attempt = interrupted(train_student, request_of(train_student), store)
    lease.write_lease(attempt.path)
    with pytest.raises(UsageError, match="a process is making"):
        remove(store, [attempt.key[:8]], force=False)

    assert remove(store, [attempt.key[:8]], force=True).keys == [attempt.key]
    assert (store.attempts(), list((store.root / "work").iterdir())) == ([], [])


def test_a_run_that_was_taken_over_says_so(store, request_of):
    """Who lost its folder while it slept stops with a clear word, and the other's run stands."""
    request = request_of(train_student)

    def stolen(event):
        if isinstance(event, Epoch) and event.epoch == 2:
            (attempt,) = store.attempts()
            attempt.path.rename(store.root / "work" / "taken")

    with pytest.raises(ColacliError, match="resumed this run"):
        train_student(request, store, stolen)
