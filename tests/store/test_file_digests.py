"""The hash of a large file outside the store is remembered as long as the file is the same."""

import hashlib
import os
from dataclasses import replace

import pytest

from colacli.store import file_digests
from colacli.store.store import Store


@pytest.fixture(autouse=True)
def old_files(monkeypatch):
    """Files made just now count as made long ago."""
    monkeypatch.setattr(file_digests, "_CLOCK_STEP", 0)


def counted_hashing(monkeypatch):
    """The paths that are hashed from now on."""
    hashed = []

    def one(path):
        hashed.append(path)
        return hashlib.sha256(path.read_bytes()).hexdigest()

    monkeypatch.setattr("colacli.store.file_digests.hash_file", one)
    return hashed


def test_a_file_s_digest_is_remembered(store, tmp_path, monkeypatch):
    """A large file is read once, by this store and by the next process's."""
    hashed = counted_hashing(monkeypatch)
    (tmp_path / "weights").write_bytes(b"abc")

    digests = {Store(store.root).file_digest(tmp_path / "weights") for _ in range(3)}

    assert digests == {hashlib.sha256(b"abc").hexdigest()}
    assert len(hashed) == 1


def grow(path):
    """Change a file's size alone."""
    stat = path.stat()
    path.write_bytes(b"abcd")
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))


def rewrite(path):
    """Change a file's time and not its size."""
    stat = path.stat()
    path.write_bytes(b"xyz")
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns + 1))


def replace_file(path):
    """Put another file of the same size and time in its place."""
    stat = path.stat()
    path.with_name("new").write_bytes(b"xyz")
    os.utime(path.with_name("new"), ns=(stat.st_atime_ns, stat.st_mtime_ns))
    path.with_name("new").replace(path)


def overwrite(path):
    """Put other bytes into a file of the same size, time of modification and inode, as `rsync --inplace` does."""
    stat = path.stat()
    with path.open("r+b") as stream:
        stream.write(b"xyz")
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))


@pytest.mark.parametrize("change", [grow, rewrite, replace_file, overwrite])
def test_a_changed_file_is_hashed_again(store, tmp_path, change):
    """Another size, another time or another file in its place: what was remembered no longer counts."""
    path = tmp_path / "weights"
    path.write_bytes(b"abc")
    store.file_digest(path)
    change(path)

    assert store.file_digest(path) == hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize("rubbish", [b"", b"{", b"[]", b"{}", b"\xff"])
def test_a_broken_memory_of_a_digest_is_no_harm(store, tmp_path, rubbish):
    """What can't be read is calculated again."""
    path = tmp_path / "weights"
    path.write_bytes(b"abc")
    digest = store.file_digest(path)
    for memory in (store.root / "cache" / "file-digests").iterdir():
        memory.write_bytes(rubbish)

    assert store.file_digest(path) == digest


def test_a_damaged_memory_of_a_digest_is_not_believed(store, tmp_path):
    """One wrong digit in it would be another key."""
    (tmp_path / "weights").write_bytes(b"abc")
    digest = store.file_digest(tmp_path / "weights")
    (memory,) = (store.root / "cache" / "file-digests").iterdir()
    other = digest[:-1] + ("0" if digest[-1] != "0" else "1")
    memory.write_text(memory.read_text().replace(digest, other))

    assert store.file_digest(tmp_path / "weights") == digest


def test_a_clock_that_was_set_back_hides_no_change(store, tmp_path, monkeypatch):
    """Where even the time of change is the same, other content is seen: a sample of it is part of the signature."""
    path = tmp_path / "weights"
    path.write_bytes(b"a" * 300)
    changed = path.stat().st_ctime_ns
    signature = file_digests.file_signature

    def same_times(path):
        return replace(signature(path), changed_ns=changed)

    monkeypatch.setattr("colacli.store.file_digests.file_signature", same_times)
    store.file_digest(path)
    overwrite(path)

    assert store.file_digest(path) == hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_file_that_was_changed_just_now_is_not_remembered(store, tmp_path, monkeypatch):
    """It may be changed again within the clock's step, and look the same."""
    monkeypatch.setattr(file_digests, "_CLOCK_STEP", 10**12)
    hashed = counted_hashing(monkeypatch)
    (tmp_path / "weights").write_bytes(b"abc")
    for _ in range(2):
        store.file_digest(tmp_path / "weights")

    assert len(hashed) == 2


def test_a_file_that_changes_while_it_is_hashed_is_not_remembered(store, tmp_path, monkeypatch):
    """Its digest would be that of the file before."""
    path = tmp_path / "weights"
    path.write_bytes(b"abc")

    def hash_and_change(path):
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        path.write_bytes(b"another")
        return digest

    with monkeypatch.context() as patch:
        patch.setattr("colacli.store.file_digests.hash_file", hash_and_change)
        store.file_digest(path)

    assert store.file_digest(path) == hashlib.sha256(b"another").hexdigest()
