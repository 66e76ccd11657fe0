"""Ancestors come along, before their descendants, and every run is verified."""

import json

import pytest

from colacli.errors import IntegrityError
from colacli.results import verified_run
from colacli.sharing.lineage import lineage
from factories.runs import commit_family, commit_run, flip_byte, make_spec, resealed


def test_ancestors_stand_before_descendants(store):
    """However the runs are asked for, a teacher comes before its students, and each run once."""
    teacher, student = commit_family(store)
    other = commit_run(store, make_spec(2, command="distil", parents={"teacher": student.key}))
    by_key = {run.key: run for run in (teacher, student, other)}

    found = [run.key for run in lineage([other.key, student.key, other.key], by_key.__getitem__)]

    assert found == [teacher.key, student.key, other.key]


def test_a_run_is_asked_for_once(store):
    """Two students of one teacher cost one look at it."""
    teacher, student = commit_family(store)
    other = commit_run(store, make_spec(2, command="distil", parents={"teacher": teacher.key}))
    by_key = {run.key: run for run in (teacher, student, other)}
    asked = []

    lineage([student.key, other.key], lambda key: asked.append(key) or by_key[key])

    assert sorted(asked) == sorted(by_key)


def test_a_sound_run_is_given(store):
    """What verifies is read."""
    run = commit_run(store)

    assert verified_run(run.path).key == run.key


def test_a_damaged_run_is_refused(store):
    """A byte that only hashing finds is found."""
    run = commit_run(store)
    flip_byte(run.path / "model.safetensors")

    with pytest.raises(IntegrityError, match=r"model\.safetensors has other bytes"):
        verified_run(run.path)


def test_an_absent_run_is_named(store):
    """An ancestor that isn't there is an error that says which, and where."""
    with pytest.raises(IntegrityError, match="run 999999999999 is not in") as caught:
        verified_run(store.folder("runs") / ("9" * 64))

    assert "together" in caught.value.hint


def test_parents_are_those_of_the_spec(store):
    """A manifest can't give a run other parents than its key covers."""
    _, student = commit_family(store)
    path = student.path / "manifest.json"
    path.write_bytes(resealed({**json.loads(path.read_bytes()), "parents": {}}))

    with pytest.raises(IntegrityError, match="other parents"):
        verified_run(student.path)
