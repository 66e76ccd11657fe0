"""What is damaged is moved aside whole, and nothing else is."""

import shutil
from pathlib import Path

from colacli.workflows.verify import faults_in, quarantine
from factories.runs import commit_run, cut, flip_byte, make_spec, tree


def test_what_is_damaged_is_moved_aside(store):
    """Whole, as it is, to a folder that begins with its key; a sound run and an orphan stay."""
    broken, sound = commit_run(store), commit_run(store, make_spec(1))
    orphan = commit_run(store, make_spec(2, command="distil", parents={"teacher": "9" * 64}))
    flip_byte(broken.path / "model.safetensors")
    before = {name: digest for name, (digest, _, _) in tree(broken.path).items()}
    faults = faults_in(store, None, deep=True)[1]

    (moved,) = quarantine(store, faults, deep=True)

    assert (moved.parent, moved.name.partition(".")[0]) == (store.root / "quarantine", broken.key)
    assert {name: digest for name, (digest, _, _) in tree(moved).items()} == before
    assert store.run_keys() == sorted([sound.key, orphan.key])
    assert [fault.key for fault in faults_in(store, None, deep=True)[1]] == [orphan.key]


def test_the_same_run_may_be_moved_aside_twice(store):
    """Neither takes the other's place."""
    for _ in range(2):
        cut(commit_run(store).path / "metrics.json")
        quarantine(store, faults_in(store, None, deep=False)[1], deep=False)

    assert len(list((store.root / "quarantine").iterdir())) == 2


def test_a_damaged_derivation_is_moved_aside(store):
    """It may be of use to whoever looks for what damaged it."""
    with store.draft({"split": "x"}) as draft:
        draft.write("ids", b"123")
        path = store.commit("cache/tokens", draft, seconds=0.0)
    flip_byte(path / "ids")

    (moved,) = quarantine(store, faults_in(store, None, deep=True)[1], deep=True)

    assert moved.name.startswith(path.name)
    assert faults_in(store, None, deep=True) == (0, [])


def test_what_goes_meanwhile_is_not_moved(store, monkeypatch):
    """Another process removes it at the last moment."""
    run = commit_run(store)
    cut(run.path / "metrics.json")
    faults = faults_in(store, None, deep=False)[1]
    rename = Path.rename
    monkeypatch.setattr(Path, "rename", lambda source, target: (shutil.rmtree(source), rename(source, target)))

    assert quarantine(store, faults, deep=False) == []
    assert store.run_keys() == []


def test_what_was_repaired_meanwhile_is_not_moved(store):
    """It is looked at again just before."""
    run = commit_run(store)
    whole = (run.path / "metrics.json").read_bytes()
    cut(run.path / "metrics.json")
    faults = faults_in(store, None, deep=False)[1]
    (run.path / "metrics.json").write_bytes(whole)

    assert quarantine(store, faults, deep=False) == []
    assert store.run_keys() == [run.key]
