"""A remote holds whole runs or none: whatever fails and whoever looks, and the next push or pull ends the work."""

from contextlib import suppress
from pathlib import Path

import fsspec
import pytest

from colacli.errors import UnavailableError, UnknownReferenceError
from colacli.events import Work, ignore
from colacli.sharing.receive import incoming_folder
from colacli.sharing.remote import Remote
from colacli.store.store import Store
from factories.remotes import failing_at, files_at, other_store, pull, push, remote_at
from factories.runs import commit_run, contents


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
    with incoming_folder(other_store(tmp_path)) as folder:
        remote.fetch(run.key, folder, events.append)
    size = run.manifest.size

    assert all(isinstance(event, Work) and event.unit == "bytes" for event in events)
    assert [event.what for event in events if event.done == event.total == size] == [
        f"sending {run.key[:12]}",
        f"fetching {run.key[:12]}",
    ]
