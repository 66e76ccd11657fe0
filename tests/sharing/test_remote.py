"""A remote holds whole runs or none: whatever fails and whoever looks, and the next push or pull ends the work."""

import json
import uuid
from contextlib import suppress
from pathlib import Path

import fsspec
import pytest

from colacli.errors import IntegrityError, UnavailableError, UnknownReferenceError
from colacli.events import Work, ignore
from colacli.sharing import receive
from colacli.sharing.lineage import lineage
from colacli.sharing.receive import place, scratch
from colacli.sharing.remote import Remote
from colacli.store.store import Store
from store_making import commit_family, commit_run, contents, resealed

OPERATIONS = ("ls", "makedirs", "put_file", "mv", "rm_file", "open")


class Watched:
    """A file system that tells a listener of every operation: before it, and after it."""

    def __init__(self, fs, listener):
        self._fs, self._listener = fs, listener
        self.protocol = fs.protocol
        self.done = []

    def __getattr__(self, name):
        operation = getattr(self._fs, name)
        if name not in OPERATIONS:
            return operation

        def watched(*args, **values):
            self._listener(self, name, args, before=True)
            result = operation(*args, **values)
            self.done.append((name, *args))
            self._listener(self, name, args, before=False)
            return result

        return watched


def failing_at(number, how):
    """A listener that lets an operation fail: before it is done, after it, or half-way where bytes are sent."""

    def listen(fs, name, args, *, before):
        if len(fs.done) + before != number or before == (how == "after"):
            return
        if how in ("half", "holes") and name == "put_file":
            content = Path(args[0]).read_bytes()
            half = content[: len(content) // 2]
            fs._fs.pipe_file(args[1], half if how == "half" else half.ljust(len(content), b"\0"))
        raise ConnectionError("the line is dead")

    return listen


@pytest.fixture(params=["file", "memory", "objects"])
def place_of(request, tmp_path):
    """A file system and a folder in it: of this machine, in memory, and in memory as an object store treats it."""
    if request.param == "file":
        return fsspec.filesystem("file"), (tmp_path / "remote").as_posix()
    fs = fsspec.filesystem("memory", global_store=False, skip_instance_cache=True)
    if request.param == "objects":
        fs.protocol = "s3"
    return fs, f"/{uuid.uuid4().hex}"


@pytest.fixture
def family(store):
    """A teacher and a student."""
    return commit_family(store)


def remote_at(place_of, listener=None):
    """The remote there, watched where there is a listener."""
    fs, root = place_of
    return Remote(Watched(fs, listener) if listener else fs, root, "the remote")


def push(remote, runs):
    """Send runs, ancestors first."""
    return [remote.push(run, ignore) for run in runs]


def pull(remote, store, key):
    """Fetch a run with its ancestors."""
    with scratch(store) as folder:
        for run in lineage([key], lambda key: remote.fetch(key, folder, ignore)):
            place(store, run)


def other_store(tmp_path, name="other"):
    """An empty store."""
    return Store(tmp_path / name)


def files_at(place_of):
    """Bytes by path of all that lies in the remote."""
    fs, root = place_of
    found = fs.find(root)
    return {path.rpartition("/runs/")[2]: fs.cat_file(path) for path in found}


def test_what_is_pushed_is_pulled(store, family, place_of, tmp_path):
    """Every file of every run has the bytes it had, and nothing else has come along."""
    remote, other = remote_at(place_of), other_store(tmp_path)

    assert push(remote, family) == [True, True]
    pull(remote, other, family[1].key)

    assert contents(other) == contents(store)


def test_a_remote_has_the_layout_of_a_store(store, family, tmp_path):
    """A remote that is a folder here can be read as a store."""
    push(Remote(fsspec.filesystem("file"), str(tmp_path / "remote"), "the remote"), family)

    assert contents(Store(tmp_path / "remote")) == contents(store)


def test_what_is_there_is_not_sent_again(family, place_of):
    """A second push sends nothing."""
    push(remote_at(place_of), family)
    again = remote_at(place_of, lambda *_, before: None)

    assert push(again, family) == [False, False]
    assert {name for name, *_ in again._fs.done} == {"ls", "open"}


def operations_of(work, place_of):
    """How many operations something takes when nothing fails."""
    remote = remote_at(place_of, lambda *_, before: None)
    work(remote)
    return len(remote._fs.done)


@pytest.mark.parametrize("how", ["before", "after", "half", "holes"])
def test_a_push_goes_on_where_it_broke_off(store, family, place_of, tmp_path, how):
    """Wherever the line breaks, nobody finds a run that is not whole, and the next push makes it so."""
    fs, root = place_of
    if how == "holes" and fs.protocol == "s3":
        pytest.skip("an object store has a file whole or not at all")
    count = operations_of(lambda remote: push(remote, family), (fs, f"{root}-counted"))
    for number in range(1, count + 1):
        here = (fs, f"{root}-{number}")
        with pytest.raises(UnavailableError, match="the line is dead"):
            push(remote_at(here, failing_at(number, how)), family)
        for run in family:
            with suppress(UnknownReferenceError):
                found = remote_at(here).find(run.key)
                pull(remote_at(here), other_store(tmp_path, f"early-{number}-{found[:4]}"), found)
        push(remote_at(here), family)
        other = other_store(tmp_path, f"late-{number}")
        pull(remote_at(here), other, family[1].key)

        assert contents(other) == contents(store)
        assert files_at(here) == {path.removeprefix("runs/"): content for path, content in contents(store).items()}


def test_a_push_that_goes_on_sends_only_what_is_missing(family, place_of):
    """Files that had arrived are not sent again."""
    run = family[0]
    broken = remote_at(place_of, lambda fs, name, args, before: cut_line(fs, name, args, "predictions"))
    with pytest.raises(UnavailableError):
        broken.push(run, ignore)
    again = remote_at(place_of, lambda *_, before: None)
    again.push(run, ignore)
    sent = {Path(args[0]).name for name, *args in again._fs.done if name == "put_file"}

    assert sent == {"predictions-in_domain_dev.tsv", "spec.json"}


def cut_line(fs, name, args, word):
    """Fail when a file with this word in its name is to be sent."""
    if name == "put_file" and word in args[0]:
        raise ConnectionError("the line is dead")


def test_a_reader_never_sees_half_a_run(store, family, place_of, tmp_path):
    """After each single operation of a push, a run is either not there or can be pulled whole."""
    seen = []

    def look(fs, name, args, *, before):
        other = other_store(tmp_path, f"at-{len(seen)}")
        try:
            pull(remote_at(place_of), other, remote_at(place_of).find(family[0].key))
            seen.append(contents(other))
        except UnknownReferenceError:
            seen.append(None)

    remote_at(place_of, look).push(family[0], ignore)
    whole = {path: content for path, content in contents(store).items() if family[0].key in path}

    assert seen[0] is None
    assert seen[-1] == whole
    assert {None if one is None else one == whole for one in seen} == {None, True}


def test_another_push_may_be_faster(store, family, place_of, tmp_path):
    """Of two pushes at a time the second finds the first's work done, and says that the run is there."""

    def overtake(fs, name, args, *, before):
        if before and name == "mv" and args[1].endswith("manifest.json"):
            remote_at(place_of).push(family[0], ignore)

    assert remote_at(place_of, overtake).push(family[0], ignore) is True
    assert {path.rpartition("/")[2] for path in files_at(place_of)} == {path.name for path in family[0].path.iterdir()}


def test_another_machines_half_push_is_not_mixed_in(store, place_of, tmp_path):
    """The same run made elsewhere may have other bytes of the same size; nothing stays of a push of it that broke off.

    Not even where the push that replaces it breaks off too, wherever that is.
    """
    fs, root = place_of
    here = commit_run(store, weights=b"weights")
    there = commit_run(other_store(tmp_path, "there"), weights=b"WEIGHTS")

    def broken(place):
        with pytest.raises(UnavailableError):
            remote_at(place, lambda fs, name, args, before: cut_line(fs, name, args, "predictions")).push(there, ignore)
        return place

    count = operations_of(lambda remote: remote.push(here, ignore), broken((fs, f"{root}-counted")))
    for number in range(1, count + 1):
        place = broken((fs, f"{root}-{number}"))
        with pytest.raises(UnavailableError):
            remote_at(place, failing_at(number, "after")).push(here, ignore)
        remote_at(place).push(here, ignore)

        assert files_at(place) == {path.removeprefix("runs/"): content for path, content in contents(store).items()}


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
    "missing file": ("metrics.json", lambda content: None, "is not there whole"),
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

    with pytest.raises(IntegrityError, match="lead out of the store"):
        pull(remote, other, family[0].key)

    assert not list(tmp_path.rglob("evil"))


def test_a_missing_ancestor_is_refused(family, place_of, tmp_path):
    """A student whose teacher is not in the remote is not kept."""
    remote, other = remote_at(place_of), other_store(tmp_path)
    remote.push(family[1], ignore)

    with pytest.raises(IntegrityError, match=f"{family[0].key} is not there whole"):
        pull(remote, other, family[1].key)

    assert contents(other) == {}


@pytest.mark.parametrize("how", ["before", "after"])
def test_a_pull_that_breaks_off_keeps_nothing(store, family, place_of, tmp_path, how):
    """Wherever the line breaks, the store is as it was, and the next pull brings everything."""
    push(remote_at(place_of), family)
    count = operations_of(lambda remote: pull(remote, other_store(tmp_path, "counted"), family[1].key), place_of)
    for number in range(1, count + 1):
        other = other_store(tmp_path, f"store-{number}")
        with pytest.raises(UnavailableError, match="the line is dead"):
            pull(remote_at(place_of, failing_at(number, how)), other, family[1].key)
        assert contents(other) == {}
        pull(remote_at(place_of), other, family[1].key)
        assert contents(other) == contents(store)


def test_runs_are_found_by_digits(family, place_of):
    """Four digits or more, bare or after `run:`."""
    remote = remote_at(place_of)
    push(remote, family)
    key = family[0].key

    assert [remote.find(one) for one in (key, key[:4], f"run:{key[:9]}")] == [key] * 3


@pytest.mark.parametrize("reference", ["abc", "latest", "teacher", "run:", "0" * 64, "0" * 65, ".*.*"])
def test_what_names_no_run_there_is_refused(family, place_of, reference):
    """The error names the reference and the remote."""
    remote = remote_at(place_of)
    push(remote, family)

    with pytest.raises(UnknownReferenceError) as caught:
        remote.find(reference)

    assert reference in caught.value.message
    assert "the remote" in caught.value.message


def test_an_empty_remote_has_no_runs(place_of):
    """A folder that does not exist yet is no failure."""
    with pytest.raises(UnknownReferenceError, match="stands for 0 runs"):
        remote_at(place_of).find("abcd")


def test_digits_that_begin_two_keys_are_ambiguous(store, place_of):
    """How many they begin is said."""
    fs, root = place_of
    for end in "12":
        fs.makedirs(f"{root}/runs/{'a' * 63}{end}", exist_ok=True)
        fs.pipe_file(f"{root}/runs/{'a' * 63}{end}/manifest.json", b"{}")

    with pytest.raises(UnknownReferenceError, match="stands for 2 runs"):
        remote_at(place_of).find("aaaa")


def test_progress_is_told_in_bytes(family, place_of, tmp_path):
    """Sending and fetching end at the size of the run."""
    events = []
    remote, run = remote_at(place_of), family[0]
    remote.push(run, events.append)
    with scratch(other_store(tmp_path)) as folder:
        remote.fetch(run.key, folder, events.append)
    size = run.manifest.size

    assert all(isinstance(event, Work) and event.unit == "bytes" for event in events)
    assert [event.what for event in events if event.done == event.total == size] == [
        f"sending {run.key[:12]}",
        f"fetching {run.key[:12]}",
    ]


def test_a_full_disk_is_no_fault_of_the_remote(family, place_of, tmp_path, monkeypatch):
    """What goes wrong here, while bytes come in, keeps its own name."""
    remote, other = remote_at(place_of), other_store(tmp_path)
    push(remote, family)
    full = OSError(28, "No space left on device")
    monkeypatch.setattr(receive.Incoming, "take", lambda *_: (_ for _ in ()).throw(full))

    with pytest.raises(OSError, match="No space left"):
        pull(remote, other, family[0].key)

    assert contents(other) == {}
