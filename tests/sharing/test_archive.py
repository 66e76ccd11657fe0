"""An exported file is the same for the same runs, and whatever else is in a file, nothing of it gets into the store."""

import io
import os
import tarfile

import pytest

from colacli.errors import DataError, IntegrityError, UsageError
from colacli.events import ignore
from colacli.sharing import archive
from colacli.sharing.archive import write_archive
from colacli.store.store import Store
from colacli.workflows.sharing import bring_in
from factories.archives import take
from factories.runs import commit_run, contents, tree


def test_what_goes_in_comes_out(shared_family, exported, store):
    """Every file of every run has the bytes it had, and `work/` is empty."""
    take(store, exported)

    assert contents(store) == contents(Store(shared_family[0].path.parents[1]))


def test_the_same_runs_make_the_same_bytes(shared_family, exported, tmp_path):
    """Order, times and modes of the files don't matter."""
    for run in shared_family:
        for path in run.path.iterdir():
            os.utime(path, (1, 1))
            path.chmod(0o600)
    write_archive(tmp_path / "again.tar", shared_family[::-1], [shared_family[1].key], ignore)

    assert (tmp_path / "again.tar").read_bytes() == exported


def test_any_tar_can_read_it(shared_family, exported):
    """Plain members of 1970, owned by nobody, and what it holds is said first."""
    with tarfile.open(fileobj=io.BytesIO(exported)) as tar:
        members = tar.getmembers()

    assert members[0].name == "export.json"
    assert {(one.type, one.mode, one.uid, one.gid, one.uname, one.gname, one.mtime) for one in members} == {
        (tarfile.REGTYPE, 0o644, 0, 0, "", "", 0)
    }


def test_a_failing_export_leaves_the_old_file(shared_family, tmp_path, monkeypatch):
    """A disk that fills up half-way costs nothing that was there, and leaves nothing that wasn't."""
    path = tmp_path / "runs.tar"
    path.write_bytes(b"old")
    full = OSError(28, "No space left on device")
    monkeypatch.setattr(archive, "_add", lambda *_: (_ for _ in ()).throw(full))

    with pytest.raises(DataError, match="No space left"):
        write_archive(path, shared_family, [shared_family[1].key], ignore)

    assert [one.name for one in tmp_path.iterdir()] == ["runs.tar"]
    assert path.read_bytes() == b"old"


def test_a_missing_parent_is_named(shared_family, tmp_path, store):
    """A student without its teacher is refused, and the teacher named."""
    teacher, student = shared_family
    write_archive(tmp_path / "alone.tar", [student], [student.key], ignore)

    with pytest.raises(IntegrityError, match=f"run {teacher.key[:12]} is not in"):
        take(store, (tmp_path / "alone.tar").read_bytes())

    assert contents(store) == {}


def test_a_parent_may_be_here_already(shared_family, tmp_path, store):
    """A student whose teacher the store has comes in alone."""
    commit_run(store)
    write_archive(tmp_path / "alone.tar", shared_family[1:], [shared_family[1].key], ignore)

    outcomes = {one.key: one.outcome for one in take(store, (tmp_path / "alone.tar").read_bytes())}

    assert outcomes == {shared_family[0].key: "present", shared_family[1].key: "added"}


def test_an_absent_file_is_a_usage_error(store):
    """It is named, and no store is made for it."""
    with pytest.raises(UsageError, match="there is no file"):
        bring_in(store, store.root / "absent.tar", name=None, on_event=ignore)

    assert contents(store) == {}


def test_damage_to_what_is_here_is_repaired(exported, shared_family, store):
    """A damaged run makes room for the sound one that comes in; sound ones stay the same files."""
    take(store, exported)
    teacher = store.folder("runs") / shared_family[0].key
    (store.folder("runs") / shared_family[1].key / "metrics.json").unlink()
    before = tree(teacher)

    outcomes = {one.key: one.outcome for one in take(store, exported)}

    assert outcomes == {shared_family[0].key: "present", shared_family[1].key: "replaced"}
    assert contents(store) == contents(Store(shared_family[0].path.parents[1]))
    assert tree(teacher) == before
