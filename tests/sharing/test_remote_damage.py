"""What is damaged in a remote, or goes while it is sent, is refused, and the next push makes it whole."""

import json
import os
import shutil

import fsspec
import pytest

from colacli.errors import IntegrityError, UnavailableError, UnknownReferenceError
from colacli.events import ignore
from colacli.sharing import receive
from colacli.sharing.receive import incoming_folder
from colacli.store import gc
from factories.remotes import other_store, pull, push, remote_at
from factories.runs import contents, resealed


def damage(place_of, key, name, change):
    """Change a file in the remote; None removes it."""
    fs, root = place_of
    path = f"{root}/runs/{key}/{name}"
    content = change(fs.cat_file(path))
    fs.rm_file(path)
    if content is not None:
        fs.pipe_file(path, content)


DAMAGES = {
    "torn manifest": ("manifest.json", lambda content: content[:50], "is not a manifest"),
    "cut file": ("model.safetensors", lambda content: content[:-1], "has 6 bytes"),
    "grown file": ("model.safetensors", lambda content: content * 2, "more than 7 bytes"),
    "missing file": ("metrics.json", lambda content: None, "is incomplete"),
}


@pytest.mark.parametrize("what", DAMAGES)
def test_visible_damage_is_refused_and_repaired(store, family, place_of, tmp_path, what):
    """A pull keeps nothing of a damaged run, nor the ancestors it had fetched for it; a push makes it whole again."""
    name, change, words = DAMAGES[what]
    remote, other = remote_at(place_of), other_store(tmp_path)
    push(remote, family)
    damage(place_of, family[1].key, name, change)

    with pytest.raises(IntegrityError, match=words) as caught:
        pull(remote, other, family[1].key)
    assert "the remote" in caught.value.message
    assert contents(other) == {}

    assert push(remote, family) == [False, True]
    pull(remote, other, family[1].key)
    assert contents(other) == contents(store)


@pytest.mark.parametrize("name", ["spec.json", "model.safetensors", "metrics.json"])
def test_a_changed_byte_is_refused(family, place_of, tmp_path, name):
    """What only hashing finds is found on the way in, and named by where it comes from."""
    remote, other = remote_at(place_of), other_store(tmp_path)
    push(remote, family)
    damage(place_of, family[1].key, name, lambda content: bytes([content[0] ^ 1]) + content[1:])

    with pytest.raises(IntegrityError, match="the remote/runs/"):
        pull(remote, other, family[1].key)

    assert contents(other) == {}


def test_a_manifest_that_leads_outside_is_refused(family, place_of, tmp_path):
    """No name in a remote's manifest becomes a path out of the run's folder."""
    remote, other = remote_at(place_of), other_store(tmp_path)
    push(remote, family)

    def lead_outside(content):
        values = json.loads(content)
        values["files"]["../../../evil"] = {"sha256": "0" * 64, "size": 1}
        return resealed(values)

    damage(place_of, family[0].key, "manifest.json", lead_outside)

    with pytest.raises(IntegrityError, match="matching regex"):
        pull(remote, other, family[0].key)

    assert not list(tmp_path.rglob("evil"))


def test_a_missing_ancestor_is_refused(family, place_of, tmp_path):
    """A student whose teacher is not in the remote is not kept."""
    remote, other = remote_at(place_of), other_store(tmp_path)
    remote.push(family[1], ignore)

    with pytest.raises(IntegrityError, match=f"{family[0].key} is incomplete"):
        pull(remote, other, family[1].key)

    assert contents(other) == {}


@pytest.mark.parametrize("state", ["interrupted", "damaged", "another's"])
def test_foreign_files_stay(family, place_of, state):
    """A push takes out of a run's folder only what a push of this run has left there."""
    (fs, root), run = place_of, family[0]
    folder = f"{root}/runs/{run.key}"
    push(remote_at(place_of), [run])
    fs.pipe_file(f"{folder}/thesis.txt", b"mine")
    fs.pipe_file(f"{folder}/thesis.txt.part", b"mine too")
    if state == "damaged":
        fs.pipe_file(f"{folder}/model.safetensors", b"torn")
    else:
        fs.rm_file(f"{folder}/manifest.json")
        fs.pipe_file(f"{folder}/manifest.json.part", b"{}" if state == "another's" else b"")
        fs.pipe_file(f"{folder}/metrics.json.part", b"torn")

    assert remote_at(place_of).push(run, ignore)
    assert fs.cat_file(f"{folder}/thesis.txt") == b"mine"
    assert fs.cat_file(f"{folder}/thesis.txt.part") == b"mine too"
    assert remote_at(place_of).find(run.key) == run.key


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes here")
@pytest.mark.parametrize("name", ["manifest.json", "manifest.json.part", "metrics.json", "metrics.json.part"])
def test_a_pipe_is_an_error(family, tmp_path, name):
    """It would wait for ever, for who reads it and for who writes it."""
    place_of = (fsspec.filesystem("file"), (tmp_path / "remote").as_posix())
    run, remote = family[0], remote_at(place_of)
    folder = tmp_path / "remote" / "runs" / run.key
    push(remote, [run])
    (folder / "manifest.json").rename(folder / "manifest.json.part")
    (folder / name).unlink(missing_ok=True)
    os.mkfifo(folder / name)

    with pytest.raises(UnavailableError, match=f"{name} is not a plain file"):
        remote.push(run, ignore)
    assert (folder / name).is_fifo()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes here")
@pytest.mark.parametrize("name", ["manifest.json", "metrics.json"])
def test_a_pipe_is_not_pulled(family, tmp_path, name):
    """Nor waited for."""
    place_of = (fsspec.filesystem("file"), (tmp_path / "remote").as_posix())
    run, remote = family[0], remote_at(place_of)
    push(remote, [run])
    path = tmp_path / "remote" / "runs" / run.key / name
    path.unlink()
    os.mkfifo(path)

    with pytest.raises(UnavailableError, match=f"{name} is not a plain file"):
        pull(remote, other_store(tmp_path), run.key)


def test_a_run_that_is_removed_while_it_is_sent_is_said(family, place_of):
    """Not the remote is at fault, and what has arrived is no run."""

    def take_away(fs, name, args, *, before):
        if before and name == "put_file" and "predictions" in args[0]:
            shutil.rmtree(family[0].path)

    with pytest.raises(IntegrityError, match=f"{family[0].key} was removed while it was sent"):
        remote_at(place_of, take_away).push(family[0], ignore)
    with pytest.raises(UnknownReferenceError):
        remote_at(place_of).find(family[0].key)


def test_what_comes_in_is_not_collected(store, monkeypatch):
    """However slowly it comes: a lease holds it, not only its youth."""
    monkeypatch.setattr("colacli.store.protection._STARTING", 0.0)
    with incoming_folder(store) as folder:
        assert [(item.path, item.reason) for item in gc.scan(store, 0)] == [(folder, "a process works in it")]
    assert gc.scan(store, 0) == []


def test_a_full_disk_is_no_fault_of_the_remote(family, place_of, tmp_path, monkeypatch):
    """What goes wrong here, while bytes come in, keeps its own name."""
    remote, other = remote_at(place_of), other_store(tmp_path)
    push(remote, family)
    full = OSError(28, "No space left on device")
    monkeypatch.setattr(receive.Incoming, "take", lambda *_: (_ for _ in ()).throw(full))

    with pytest.raises(OSError, match="No space left"):
        pull(remote, other, family[0].key)

    assert contents(other) == {}
