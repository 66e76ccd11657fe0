"""Collecting while others write: what is taken up again comes back, and nobody is left with half of anything."""

import os
import random
import shutil
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from colacli.store import gc as collection
from colacli.store.gc import collect, scan
from colacli.store.refs import drop_from_names, names, resolve, set_name
from colacli.workflows.verify import faults_in
from factories.runs import FILES, commit_family, commit_run, gone, make_spec, work_folder


def test_work_that_is_taken_up_while_it_is_collected_comes_back(store, monkeypatch):
    """A lease that appears after the last look, before the renaming, saves the folder."""
    folder = work_folder(store, "0" * 64, checkpoint=b"x")
    monkeypatch.setattr(collection, "is_live", lambda path: ".removed." in path.name)

    assert gone(store) == []
    assert (folder / "checkpoint").read_bytes() == b"x"


def test_a_name_given_while_a_run_is_collected_brings_it_back(store, monkeypatch):
    """A name that is written after the last look, before the renaming, saves the run."""
    run = commit_run(store)
    rename = Path.rename

    def name_and_rename(source, target):
        if source == run.path:
            (store.root / "refs").mkdir(exist_ok=True)
            (store.root / "refs" / "late").write_text(f"{run.key}\n")
        return rename(source, target)

    monkeypatch.setattr(Path, "rename", name_and_rename)
    (item,) = collect(store, scan(store, 0))

    assert item.reason == "in use again"
    assert [one.key for one in resolve(store, "late")] == [run.key]
    assert faults_in(store, None, deep=True) == (1, [])


def test_a_student_that_is_named_while_it_is_collected_with_its_teacher_brings_both_back(store, monkeypatch):
    """Also where both are away already when the name is looked at."""
    teacher, student = commit_family(store)
    rename = Path.rename

    def name_and_rename(source, target):
        if source == teacher.path:  # the student has gone before
            (store.root / "refs").mkdir(exist_ok=True)
            (store.root / "refs" / "late").write_text(f"{student.key}\n")
        return rename(source, target)

    monkeypatch.setattr(Path, "rename", name_and_rename)
    items = collect(store, scan(store, 0))

    assert [item.reason for item in items] == ["in use again", "in use again"]
    assert faults_in(store, None, deep=True) == (2, [])


def test_what_protects_runs_is_looked_up_for_many_at_once(store, monkeypatch):
    """Not for each run that goes: that would grow with the square of their number."""
    for seed in range(12):
        commit_run(store, make_spec(seed))
    items, looks = scan(store, 0), []
    look = collection.protected_runs
    monkeypatch.setattr(collection, "protected_runs", lambda *given, **more: looks.append(1) or look(*given, **more))

    assert not any(item.reason for item in collect(store, items))
    assert len(looks) == 2


def test_what_goes_while_it_is_scanned_is_not_there(store, monkeypatch):
    """A run, a derivation and a draft that other processes take away meanwhile are not spoken of."""
    kept, run, work = commit_run(store, name="best"), commit_run(store, make_spec(1)), work_folder(store, "0" * 64)
    store.put_cached("tokens", {"split": "x"}, "file", b"x", seconds=0.0, device="cpu")
    size = collection.bytes_in

    def take_away(path):
        if path != kept.path and path.is_dir():
            shutil.rmtree(path)
        return size(path)

    monkeypatch.setattr(collection, "bytes_in", take_away)

    assert [item.path for item in scan(store, 0)] == [kept.path]
    assert not run.path.exists()
    assert not work.exists()


def test_who_names_a_run_that_goes_is_told(store, monkeypatch):
    """A run that vanishes between the finding and the naming is an error, not a name that leads nowhere unnoticed."""
    run = commit_run(store)
    monkeypatch.setattr("colacli.store.refs._write", lambda *_: store.remove(run.path))

    with pytest.raises(Exception, match=f"run {run.key[:12]} was removed while it was named 'late'"):
        set_name(store, "late", [run.key])


WRITER = """
import sys
from contextlib import suppress
from pathlib import Path
from colacli.errors import IntegrityError
from colacli.store.store import Store
from factories.runs import commit_run, make_spec
store = Store(Path(sys.argv[1]))
for seed in range(60):
    with suppress(IntegrityError):  # it was collected before it could be looked at
        commit_run(store, make_spec(seed % 6))
print("done")
"""


NAMER = """
import sys
from pathlib import Path
from colacli.errors import ColacliError
from colacli.store.refs import resolve, set_name
from colacli.store.store import Store
from factories.runs import commit_run, make_spec
store = Store(Path(sys.argv[1]))
turn = named = 0
while named < 10:
    turn += 1
    try:
        run = commit_run(store, make_spec(turn))
        set_name(store, f"kept-{turn}", [run.key for run in resolve(store, run.key)])
        print(f"kept-{turn}", run.key)
        named += 1
    except ColacliError:
        (store.refs / f"kept-{turn}").unlink(missing_ok=True)
"""


def start(code, store):
    """A process of its own over the same store."""
    path = os.pathsep.join([str(Path(__file__).parents[1]), *sys.path])
    environment = {**os.environ, "PYTHONPATH": path}
    return subprocess.Popen([sys.executable, "-c", code, store.root], env=environment, stdout=subprocess.PIPE)


def test_a_writer_at_the_same_time(store):
    """While another process commits the same few runs again and again, none is ever half there."""
    writer = start(WRITER, store)
    while writer.poll() is None:
        collect(store, scan(store, 0))
        for key in store.run_keys():
            with suppress(FileNotFoundError):  # it may stand there again, but not in part
                files = [path.name for path in (store.folder("runs") / key).iterdir()]
                assert sorted(files) == sorted([*FILES, "manifest.json"])

    assert writer.communicate()[0] == b"done\n"
    assert faults_in(store, None, deep=True)[1] == []
    gone(store)
    assert not any((store.root / "work").iterdir())


def test_a_namer_at_the_same_time(store):
    """A run that another process named, and was not told that it is gone, is there."""
    began = time.perf_counter()
    store.remove(commit_run(store, name="probe").path)
    takes = time.perf_counter() - began
    drop_from_names(store, {make_spec().key})
    namer = start(NAMER, store)
    while namer.poll() is None:
        collect(store, scan(store, 0))
        time.sleep(random.uniform(0, 4 * takes))  # or, on a slow disk, nothing lives long enough to be named
        takes *= 1.02  # nor where the machine has become slower
    named = [line.split() for line in namer.communicate()[0].decode().splitlines()]

    assert namer.returncode == 0
    assert names(store) == {name: [key] for name, key in named} != {}
    assert {key for _, key in named} <= set(store.run_keys())
    assert faults_in(store, None, deep=True)[1] == []
