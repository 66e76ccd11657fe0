"""Verifying finds whatever is not as its manifest says, names it, and changes nothing."""

import os
from pathlib import Path

import pytest

from colacli.store.faults import faults_of
from colacli.store.refs import set_name
from colacli.workflows.verify import Fault, faults_in
from factories.runs import commit_run, cut, flip_byte, make_spec, tree

ELSEWHERE = "9" * 64


def test_a_sound_store_has_no_fault(store):
    """Runs and cached derivations that are whole are counted and nothing is said of them."""
    commit_run(store)
    commit_run(store, make_spec(1))
    with store.draft({"split": "x"}) as draft:
        store.commit("cache/tokens", draft, seconds=0.0)

    assert faults_in(store, None, deep=True) == (3, [])


def test_an_empty_store_has_no_fault(store):
    """Nothing is checked and nothing is made."""
    assert faults_in(store, None, deep=True) == (0, [])
    assert not store.root.exists()


def change_spec(folder):
    """Another seed, in as many bytes."""
    path = folder / "spec.json"
    path.write_bytes(path.read_bytes().replace(b'"seed": 0', b'"seed": 9'))


DAMAGES = {
    "missing file": (lambda folder: (folder / "metrics.json").unlink(), r"metrics.json is missing"),
    "missing manifest": (lambda folder: (folder / "manifest.json").unlink(), "manifest.json is missing"),
    "missing spec": (lambda folder: (folder / "spec.json").unlink(), "spec.json is missing"),
    "truncated file": (lambda folder: cut(folder / "model.safetensors"), "model.safetensors has 6 bytes"),
    "torn manifest": (lambda folder: os.truncate(folder / "manifest.json", 99), "manifest.json is not a manifest"),
    "extra file": (lambda folder: (folder / "added").touch(), "added is not in the manifest"),
    "extra folder": (lambda folder: (folder / "added").mkdir(), "added is not in the manifest"),
    "changed spec": (change_spec, "spec.json does not hash to the key"),
    "renamed folder": (lambda folder: folder.rename(folder.with_name(ELSEWHERE)), f"folder is called {ELSEWHERE[:12]}"),
}


@pytest.mark.parametrize("deep", [False, True])
@pytest.mark.parametrize("damage", DAMAGES)
def test_damage_is_found_and_named(store, damage, deep):
    """The one fault says what is wrong and in which run."""
    inflict, words = DAMAGES[damage]
    folder = commit_run(store).path
    commit_run(store, make_spec(1))
    inflict(folder)
    (key,) = {key for _, key, _ in store.artifacts()} - {make_spec(1).key}

    checked, faults = faults_in(store, None, deep=deep)

    assert checked == 2
    assert [(fault.kind, fault.key) for fault in faults] == [("runs", key)]
    assert words in faults[0].what


def test_a_flipped_byte_is_found_when_every_file_is_hashed(store):
    """Only hashing again sees a change that keeps the size; the file is named."""
    run = commit_run(store)
    flip_byte(run.path / "model.safetensors")

    assert faults_of(run.path, deep=False) == []
    assert faults_of(run.path, deep=True) == [
        f"{run.path / 'model.safetensors'} has other bytes than its manifest says"
    ]


@pytest.mark.parametrize(
    "name", ["metrics.json", "history.jsonl", "predictions-in_domain_dev.tsv", "model.safetensors", "spec.json"]
)
def test_a_flipped_byte_is_found_in_every_file(store, name):
    """No file of a run is left out."""
    run = commit_run(store)
    flip_byte(run.path / name)
    (fault,) = faults_of(run.path, deep=True)

    assert name in fault


def test_several_faults_are_all_named(store):
    """The first fault does not hide the others."""
    run = commit_run(store)
    (run.path / "metrics.json").unlink()
    cut(run.path / "history.jsonl")
    flip_byte(run.path / "model.safetensors")

    assert len(faults_of(run.path, deep=True)) == 3


def test_a_missing_parent_is_named(store):
    """A student whose teacher is gone is whole, and the teacher's absence is said."""
    teacher = commit_run(store)
    student = commit_run(store, make_spec(1, command="distil", parents={"teacher": teacher.key}))
    store.remove(teacher.path)

    checked, faults = faults_in(store, None, deep=True)

    assert checked == 1
    assert faults == [Fault("runs", student.key, f"its teacher {teacher.key[:12]} is not in the store")]


def test_the_cache_is_verified_too(store):
    """A damaged derivation is a fault of its kind."""
    with store.draft({"split": "x"}) as draft:
        draft.write("ids", b"123")
        path = store.commit("cache/tokens", draft, seconds=0.0)
    flip_byte(path / "ids")

    _, faults = faults_in(store, None, deep=True)

    assert [(fault.kind, fault.key) for fault in faults] == [("cache/tokens", path.name)]


def test_only_the_runs_asked_for_are_checked(store):
    """Faults of other runs are not looked for."""
    sound, broken = commit_run(store), commit_run(store, make_spec(1))
    cut(broken.path / "metrics.json")

    assert faults_in(store, {sound.key}, deep=True) == (1, [])
    assert len(faults_in(store, {broken.key}, deep=True)[1]) == 1


@pytest.mark.parametrize("damage", [None, *DAMAGES])
def test_verifying_changes_no_byte(store, damage):
    """Sound or damaged, every file is the same afterwards, down to its time of change."""
    folder = commit_run(store).path
    if damage:
        DAMAGES[damage][0](folder)
    before = tree(store.root)

    faults_in(store, None, deep=True)

    assert tree(store.root) == before


def test_a_name_without_its_run_is_a_fault(store):
    """One for each run that is gone; the others of the name are not spoken of."""
    gone, kept = commit_run(store), commit_run(store, make_spec(1))
    set_name(store, "both", [gone.key, kept.key])
    store.remove(gone.path)

    _, faults = faults_in(store, None, deep=False)

    assert faults == [Fault("refs", "both", f"it stands for run {gone.key[:12]}, which is not in the store")]


@pytest.mark.parametrize("content", [b"", b"nonsense\n", b"\xff\n"])
def test_a_damaged_name_is_a_fault(store, content):
    """It is named, and so is its file."""
    commit_run(store, name="best")
    (store.refs / "best").write_bytes(content)

    ((kind, name, what),) = [(fault.kind, fault.key, fault.what) for fault in faults_in(store, None, deep=False)[1]]

    assert (kind, name) == ("refs", "best")
    assert str(store.refs / "best") in what


@pytest.mark.parametrize(
    ("kind", "name", "make"),
    [
        ("runs", "notes.txt", Path.touch),
        ("runs", "backup", Path.mkdir),
        ("runs", "A" * 64, Path.mkdir),
        ("runs", "0" * 64, Path.touch),
        ("refs", "folder", Path.mkdir),
        ("refs", "con.txt", Path.touch),
        ("refs", "no name", Path.touch),
        ("refs", ".DS_Store", Path.touch),
        ("cache", "notes.txt", Path.touch),
        ("cache/tokens", "notes.txt", Path.touch),
        ("cache/tokens", "0" * 64, Path.touch),
        ("cache/file-digests", "notes.json", Path.touch),
        ("cache/file-digests", f"{'0' * 64}.json", Path.mkdir),
    ],
)
def test_what_does_not_belong_there_is_a_fault(store, monkeypatch, kind, name, make):
    """Beside runs, names and derivations; it is left where it is."""
    monkeypatch.setattr("colacli.store.file_digests._CLOCK_STEP", 0)
    commit_run(store, name="best")
    store.put_cached("tokens", {"split": "x"}, "file", b"x", seconds=0.0, device="cpu")
    store.file_digest(store.root / "store.json")
    make(store.root / kind / name)

    assert faults_in(store, None, deep=True)[1] == [
        Fault(kind, name, f"{store.root / kind / name} doesn't belong there")
    ]
    assert (store.root / kind / name).exists()


def test_a_link_to_a_run_elsewhere_does_not_belong_there(store, tmp_path):
    """The store holds folders, not ways to them."""
    run = commit_run(store)
    run.path.rename(tmp_path / run.key)
    run.path.symlink_to(tmp_path / run.key)

    assert [fault.what for fault in faults_in(store, None, deep=True)[1]] == [f"{run.path} doesn't belong there"]


def test_a_write_under_way_is_no_fault(store):
    """A name that is being given has a temporary beside it."""
    commit_run(store, name="best")
    (store.refs / f".best.{'0' * 32}.tmp").touch()

    assert faults_in(store, None, deep=True) == (1, [])


def test_names_and_strangers_are_not_looked_at_when_runs_are_named(store):
    """Whoever asks about a run hears about that run."""
    run = commit_run(store)
    (store.root / "runs" / "notes.txt").touch()

    assert faults_in(store, {run.key}, deep=True) == (1, [])
