"""A crash leaves all of what was being written, or none of it."""

import errno
import hashlib
import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from colacli.store.files import bytes_in, hash_file, remove_folder, rename_folder, scratch_folder, write_atomically


def disk_full(*_):
    """What a full disk does to a write."""
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def half_written(path, content):
    """Write half of it, then find the disk full."""
    with path.open("wb") as stream:
        stream.write(content[: len(content) // 2])
    disk_full()


def names_in(folder):
    """What a folder holds, hidden files included."""
    return sorted(path.name for path in folder.iterdir())


def test_hash_of_a_file(tmp_path):
    """A file's hash is the SHA-256 of its bytes."""
    (tmp_path / "file").write_bytes(b"\x00" * 100_000)

    assert hash_file(tmp_path / "file") == hashlib.sha256(b"\x00" * 100_000).hexdigest()


def test_write_makes_and_replaces(tmp_path):
    """The new bytes stand there, and nothing beside them."""
    for content in (b"first, and longer", b"second"):
        write_atomically(tmp_path / "file", content)

    assert (tmp_path / "file").read_bytes() == b"second"
    assert names_in(tmp_path) == ["file"]


@pytest.mark.parametrize(("owner", "name", "failure"), [(os, "fsync", disk_full), (Path, "write_bytes", half_written)])
def test_a_write_that_fails_half_way_leaves_the_old_file(tmp_path, monkeypatch, owner, name, failure):
    """On a full disk the old bytes stay, and no temporary is left behind."""
    write_atomically(tmp_path / "file", b"old")
    monkeypatch.setattr(owner, name, failure)

    with pytest.raises(OSError, match="No space left"):
        write_atomically(tmp_path / "file", b"new and longer")

    assert (tmp_path / "file").read_bytes() == b"old"
    assert names_in(tmp_path) == ["file"]


def test_an_interrupted_write_leaves_the_old_file(tmp_path, monkeypatch):
    """Ctrl-C before the rename is as if nothing had been written."""
    write_atomically(tmp_path / "file", b"old")
    monkeypatch.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(KeyboardInterrupt))

    with pytest.raises(KeyboardInterrupt):
        write_atomically(tmp_path / "file", b"new")

    assert (tmp_path / "file").read_bytes() == b"old"
    assert names_in(tmp_path) == ["file"]


def folder_with(path, content):
    """A folder that holds one file."""
    path.mkdir()
    (path / "file").write_text(content)
    return path


def test_rename_puts_a_folder_into_place(tmp_path):
    """A free place is taken."""
    source = folder_with(tmp_path / "source", "mine")

    assert rename_folder(source, tmp_path / "target") is True
    assert (tmp_path / "target" / "file").read_text() == "mine"
    assert not source.exists()


def test_rename_onto_a_taken_place_changes_nothing(tmp_path):
    """The second of two writers learns that it came second; both folders stay as they are."""
    source, target = folder_with(tmp_path / "source", "mine"), folder_with(tmp_path / "target", "theirs")

    assert rename_folder(source, target) is False
    assert ((source / "file").read_text(), (target / "file").read_text()) == ("mine", "theirs")


def test_rename_that_fails_otherwise_says_so(tmp_path):
    """Only a taken place is an answer; any other failure is an error."""
    with pytest.raises(FileNotFoundError):
        rename_folder(tmp_path / "absent", tmp_path / "target")


def test_scratch_folder_is_gone_afterwards(tmp_path):
    """What was not renamed away does not stay."""
    with scratch_folder(tmp_path / "work" / "one") as path:
        (path / "file").write_text("x")

    assert names_in(tmp_path / "work") == []


def fail_in_scratch(path, failure):
    """Begin work in a scratch folder and fail."""
    with scratch_folder(path):
        (path / "file").write_text("x")
        raise failure


@pytest.mark.parametrize("failure", [RuntimeError, KeyboardInterrupt, SystemExit])
def test_scratch_folder_is_gone_after_a_failure(tmp_path, failure):
    """An error or Ctrl-C inside leaves nothing, and is passed on."""
    with pytest.raises(failure):
        fail_in_scratch(tmp_path / "one", failure)

    assert names_in(tmp_path) == []


def test_a_scratch_folder_may_be_renamed_away(tmp_path):
    """Its content lives on where it was put."""
    with scratch_folder(tmp_path / "one") as path:
        (path / "file").write_text("x")
        rename_folder(path, tmp_path / "kept")

    assert names_in(tmp_path) == ["kept"]
    assert names_in(tmp_path / "kept") == ["file"]


def test_removing_what_is_not_there_is_fine(tmp_path):
    """Clean-up can be done twice."""
    remove_folder(tmp_path / "absent")

    assert names_in(tmp_path) == []


def test_bytes_in_a_folder(tmp_path):
    """Every file's, however deep, and what a link leads to is not counted; nothing has none."""
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "one").write_bytes(b"123")
    (tmp_path / "a" / "b" / "two").write_bytes(b"45")
    (tmp_path / "a" / "link").symlink_to(tmp_path / "a" / "one")

    assert [bytes_in(tmp_path / name) for name in ("a", "a/one", "absent")] == [5, 3, 0]


def test_two_may_remove_a_folder_at_once(tmp_path, monkeypatch):
    """What another takes away in the middle is not missed."""
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "file").touch()
    rmtree = shutil.rmtree
    monkeypatch.setattr(shutil, "rmtree", lambda path: (rmtree(path), rmtree(path)))

    remove_folder(tmp_path / "a")

    assert names_in(tmp_path) == []


UMASKED = """
import os, sys
from pathlib import Path
os.umask(int(sys.argv[2], 8))
from colacli.store.store import Store
from colacli.workflows.verify import faults_in, quarantine
from colacli.store import file_digests
from factories.runs import commit_run, cut, make_spec
file_digests._CLOCK_STEP = 0
store = Store(Path(sys.argv[1]))
commit_run(store, name="best")
cut(commit_run(store, make_spec(1)).path / "metrics.json")
quarantine(store, faults_in(store, None, deep=False)[1], deep=False)
store.put_cached("tokens", {"split": "x"}, "ids", b"1", seconds=0.0, device="cpu")
store.file_digest(store.root / "store.json")
"""


@pytest.mark.skipif(sys.platform == "win32", reason="permissions are POSIX's")
@pytest.mark.parametrize("mask", [0o077, 0o002, 0o022])
def test_files_have_the_permissions_the_user_wants(tmp_path, mask):
    """Everything in a store is made with the user's mask, and nothing in it can be executed."""
    path = os.pathsep.join([str(Path(__file__).parents[1]), *sys.path])
    argv = [sys.executable, "-c", UMASKED, tmp_path / "home", f"{mask:o}"]
    subprocess.run(argv, env={**os.environ, "PYTHONPATH": path}, check=True, timeout=200)

    found = [tmp_path / "home", *(tmp_path / "home").rglob("*")]
    assert {stat.S_IMODE(one.stat().st_mode) for one in found if one.is_file()} == {0o666 & ~mask}
    assert {stat.S_IMODE(one.stat().st_mode) for one in found if one.is_dir()} == {0o777 & ~mask}
