"""What is no run is collected too: derivations, digests, what killed processes left. Corpora and quarantine are not."""

import uuid

import pytest

from colacli.store.gc import scan
from factories.runs import commit_run, gone, keep, make_spec, touched


@pytest.mark.parametrize("what", ["tokens", "teacher-logits"])
def test_what_is_derived_from_runs_that_stay_stays(store, what):
    """A derivation all of whose sources belong to a kept run is kept however old; one of other sentences goes."""
    run = commit_run(store, name="best")
    needed = keep(store, what, {"run": run.key, "split": "1" * 64, "tokenizer": "b" * 64})
    other = keep(store, what, {"run": run.key, "split": "7" * 64})

    assert gone(store) == [other.name]
    assert needed.is_dir()


def test_young_derivations_stay(store):
    """They may belong to a run that is being made."""
    keep(store, "tokens", {"split": "7" * 64})

    assert gone(store, 1) == []


def test_a_derivation_that_can_t_be_read_goes(store):
    """It is derived again when it is needed."""
    damaged = keep(store, "tokens", {"split": "x"})
    (damaged / "manifest.json").write_bytes(b"{")

    assert gone(store, 14) == [damaged.name]


def test_remembered_digests_go_when_they_are_old(store, tmp_path, monkeypatch):
    """A digest is calculated again where it is needed."""
    monkeypatch.setattr("colacli.store.file_digests._CLOCK_STEP", 0)
    (tmp_path / "weights").write_bytes(b"abc")
    store.file_digest(tmp_path / "weights")
    (memory,) = (store.root / "cache" / "file-digests").iterdir()

    assert gone(store, 1) == []
    assert gone(store, 0) == [memory.name]


@pytest.mark.parametrize("folder", ["", "refs", "data", "cache/file-digests"])
def test_what_a_killed_writer_left_goes(store, folder):
    """A temporary goes after an hour, whatever age is asked for, and not before; a file of a like name stays."""
    place = store.root / folder
    place.mkdir(parents=True)
    old, new = (place / f".name.{uuid.uuid4().hex}.tmp" for _ in range(2))
    for path in (old, new, place / ".mine.tmp"):
        path.touch()
    touched(old, 0.1)
    touched(place / ".mine.tmp", 100)

    assert gone(store, 14) == [old.name]
    assert sorted(path.name for path in place.iterdir()) == sorted([new.name, ".mine.tmp"])


def test_a_corpus_half_imported_goes(store):
    """Its folder has a passing name; corpora that arrived are nobody's to collect."""
    half = store.data / f".mine.{uuid.uuid4().hex}.tmp"
    half.mkdir(parents=True)
    (half / "train.tsv").touch()
    (store.data / "other").mkdir()
    for path in (half / "train.tsv", half, store.data / "other"):
        touched(path, 100)

    assert gone(store) == [half.name]
    assert [path.name for path in store.data.iterdir()] == ["other"]


def test_what_a_killed_collector_left_goes(store):
    """A run that was renamed away and not yet removed is finished off, but not under another collector's hands."""
    old, new = commit_run(store), commit_run(store, make_spec(1))
    for run, days in ((old, 1), (new, 0)):
        removed = store.root / "work" / f"{run.key}.removed.{uuid.uuid4().hex}"
        run.path.rename(removed)
        for path in (*removed.iterdir(), removed):
            touched(path, days)

    assert [name[:64] for name in gone(store)] == [old.key]


def test_quarantine_and_corpora_are_not_looked_at(store):
    """What a person put there, only a person takes away."""
    for name in ("quarantine", "data"):
        (store.root / name / "x").mkdir(parents=True)
        touched(store.root / name / "x", 100)

    assert scan(store, 0) == []
