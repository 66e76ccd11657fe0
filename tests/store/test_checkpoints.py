"""The last two checkpoints are kept; a torn one is passed over; a full disk is survived."""

import errno
import json

import pytest

from colacli.errors import IntegrityError
from colacli.store import checkpoints as module
from colacli.store.checkpoints import INDEX, Checkpoints, Progress
from factories.runs import cut, flip_byte


def at(step):
    """So far has a training come."""
    return Progress(epoch=1, epochs=3, step=step, seconds=0.5, environment={"device": "cpu"})


def saved(folder, *contents):
    """Checkpoints with these bytes, one after another."""
    kept = Checkpoints(folder)
    for number, content in enumerate(contents):
        assert kept.add(lambda path, content=content: path.write_bytes(content), at(number))
    return kept


def files(folder):
    """Checkpoint files, by name."""
    return sorted(folder.glob("checkpoint-*"))


def test_the_newest_is_found(tmp_path):
    """With its bytes and its progress."""
    newest = saved(tmp_path, b"a", b"b", b"c").newest()

    assert (newest.path.read_bytes(), newest.progress) == (b"c", at(2))
    assert len(files(tmp_path)) == 2


def test_none_is_none(tmp_path):
    """Where nothing was saved, nothing is found."""
    assert (Checkpoints(tmp_path).newest(), Checkpoints(tmp_path).progress()) == (None, None)


@pytest.mark.parametrize("damage", [cut, flip_byte, lambda path: path.unlink()])
def test_a_torn_one_is_passed_over(tmp_path, damage):
    """The one before is used."""
    kept = saved(tmp_path, b"before", b"torn")
    damage(kept.newest().path)

    assert kept.newest().path.read_bytes() == b"before"


def test_a_checkpoint_that_says_something_else_is_passed_over(tmp_path):
    """What it says of how far it had come is sealed: another number there is damage too."""
    kept = saved(tmp_path, b"before", b"after")
    index = (tmp_path / INDEX).read_text()
    (tmp_path / INDEX).write_text(index.replace('"step": 1', '"step": 3'))

    assert kept.newest().path.read_bytes() == b"before"


def test_one_that_is_taken_away_while_it_is_read_is_none(tmp_path, monkeypatch):
    """Another process has renamed the folder: there is nothing to go on from, and that is no failure."""
    (tmp_path / "here").mkdir()
    kept = saved(tmp_path / "here", b"a")
    hash_file = module.hash_file

    def take_away(path):
        (tmp_path / "here").rename(tmp_path / "there")
        return hash_file(path)

    monkeypatch.setattr(module, "hash_file", take_away)

    assert kept.newest() is None


def test_two_torn_ones_are_none(tmp_path):
    """Then it begins anew."""
    kept = saved(tmp_path, b"before", b"torn")
    for path in files(tmp_path):
        flip_byte(path)

    assert kept.newest() is None


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"format": 2}', b'{"format": 2, "made": [{"file": "../x"}]}'])
def test_a_damaged_index_is_none(tmp_path, content):
    """Nothing is gone on from that isn't certain, and nothing outside the folder is looked at."""
    kept = saved(tmp_path, b"a")
    (tmp_path / INDEX).write_bytes(content)

    assert kept.newest() is None


def test_another_version_s_are_refused(tmp_path):
    """With the reason, and what to do."""
    kept = saved(tmp_path, b"a")
    index = json.loads((tmp_path / INDEX).read_text())
    (tmp_path / INDEX).write_text(json.dumps({**index, "format": 1}))

    with pytest.raises(IntegrityError, match="format 1") as caught:
        kept.newest()
    assert "colacli runs rm" in caught.value.hint


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
@pytest.mark.parametrize("call", ["sync_file", "write_atomically"])
def test_a_full_disk_keeps_what_there_was(tmp_path, monkeypatch, number, call):
    """The new one is dropped whole, the old ones stay, and the caller is told."""
    kept = saved(tmp_path, b"a", b"b")

    def full(*_):
        raise OSError(number, "no space")

    monkeypatch.setattr(module, call, full)

    assert kept.add(lambda path: path.write_bytes(b"c"), at(2)) is False
    assert kept.newest().path.read_bytes() == b"b"
    assert len(files(tmp_path)) == 2


def test_other_errors_are_raised(tmp_path):
    """A broken disk is no reason to go on."""

    def broken(_):
        raise OSError(errno.EIO, "broken")

    with pytest.raises(OSError, match="broken"):
        Checkpoints(tmp_path).add(broken, at(1))
    assert files(tmp_path) == []


def test_leftovers_of_a_killed_writer_are_forgotten(tmp_path):
    """A file that no index names goes with the next checkpoint."""
    (tmp_path / "checkpoint-0123.safetensors").write_bytes(b"half")
    saved(tmp_path, b"a")

    assert [path.read_bytes() for path in files(tmp_path)] == [b"a"]
