"""What belongs to another user, and may only be read, is left alone."""

import errno
import os
import shutil
from pathlib import Path

import pytest

from colacli.errors import ColacliError
from colacli.store.gc import collect, scan
from colacli.workflows.runs import remove
from colacli.workflows.train_student import train_student
from factories.interruptions import interrupted
from factories.runs import commit_run, make_spec


def refuse(monkeypatch, folder):
    """Let a folder be another user's, which may be read only; the tests may run as root, who may everything."""

    def denied(call):
        def checked(path, *given, **named):
            if str(path).startswith(str(folder)) and (
                call is not open_ or set("wxa+") & set(given[0] if given else "")
            ):
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
            return call(path, *given, **named)

        return checked

    open_ = Path.open
    for owner, name in ((Path, "open"), (Path, "rename"), (Path, "write_bytes"), (os, "utime"), (shutil, "rmtree")):
        monkeypatch.setattr(owner, name, denied(getattr(owner, name)))


def test_another_user_s_interrupted_run_is_left_alone(store, request_of, monkeypatch):
    """The same command begins its own, and ends with the run; the other's attempt stays."""
    request = request_of(train_student)
    attempt = interrupted(train_student, request, store)
    before = sorted(path.name for path in attempt.path.rglob("*"))
    with monkeypatch.context() as patch:
        refuse(patch, attempt.path)
        made = train_student(request, store)

        assert not made.cached
        assert sorted(path.name for path in attempt.path.rglob("*")) == before
        assert train_student(request, store).cached


def test_rm_of_another_user_s_run_says_so(store, request_of, monkeypatch):
    """Unfinished or finished: an error with a hint, and nothing is half removed."""
    attempt, run = interrupted(train_student, request_of(train_student), store), commit_run(store, make_spec(7))
    for folder, key in ((attempt.path, attempt.key), (run.path, run.key)):
        with monkeypatch.context() as patch:
            refuse(patch, folder)
            with pytest.raises(ColacliError, match="can't be removed: Permission denied") as caught:
                remove(store, [key], force=True)
        assert "ask whoever made it" in caught.value.hint
        assert folder.is_dir()


def test_gc_goes_on_past_what_it_may_not_remove(store, monkeypatch):
    """Another user's run stays, with the reason; the others go."""
    theirs, ours = commit_run(store, make_spec(1)), commit_run(store, make_spec(2))
    refuse(monkeypatch, theirs.path)
    items = {item.path: item.reason for item in collect(store, scan(store, 0))}

    assert "can't be removed" in items[theirs.path]
    assert items[ours.path] == ""
