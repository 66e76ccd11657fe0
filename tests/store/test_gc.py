"""Collecting takes what nothing holds and is old enough, says why the rest stays, and takes nothing in doubt."""

import json
import time
import uuid

import pytest

from colacli.store import gc as collection
from colacli.store import protection
from colacli.store.canonical import canonical
from colacli.store.gc import scan
from factories.runs import DAY, commit_run, gone, keep, make_spec, touched, tree, work_folder


def student_of(teacher, seed=1):
    """The spec of a run that a teacher taught."""
    return make_spec(seed, command="distil", parents={"teacher": teacher.key})


def reasons(store, days=0.0):
    """What holds each thing, by its kind and the first digits of its name."""
    return {(item.kind, item.path.name[:12]): item.reason for item in scan(store, days)}


def why(store, run, days=0.0):
    """What protects a run; empty when nothing does."""
    return reasons(store, days)["runs", run.key[:12]]


def date(run, created):
    """Say in a run's manifest that it was made then."""
    values = json.loads((run.path / "manifest.json").read_bytes())
    del values["seal"]
    (run.path / "manifest.json").write_bytes(canonical({**values, "created": created}))


def made_days_ago(run, days):
    """Say in a run's manifest that it was made so many days ago."""
    date(run, time.strftime("%Y-%m-%dT%H:%M:%S.000000+00:00", time.gmtime(time.time() - days * DAY)))


def test_an_empty_store_has_nothing(store):
    """And looking makes nothing."""
    assert scan(store, 0) == []
    assert not store.root.exists()


def test_a_run_that_nothing_protects_goes(store):
    """Whole, and nothing is left of it; another stays as it is."""
    lost, named = commit_run(store), commit_run(store, make_spec(1), name="best")
    before = tree(named.path)

    assert gone(store) == [lost.key]
    assert store.run_keys() == [named.key]
    assert tree(named.path) == before
    assert list((store.root / "work").iterdir()) == []


def test_a_survey_changes_nothing(store):
    """It only says what would go: a run, a derivation, a leftover, a temporary."""
    commit_run(store)
    keep(store, "tokens", {"split": "x"})
    work_folder(store, "0" * 64)
    (store.root / f".store.json.{uuid.uuid4().hex}.tmp").touch()
    touched(next(store.root.glob("*.tmp")), 1)
    before = tree(store.root)

    assert {item.reason for item in scan(store, 0)} == {""}
    assert tree(store.root) == before


def test_a_name_protects_a_run(store):
    """The reason is the name."""
    assert why(store, commit_run(store, name="best")) == "named best"


@pytest.mark.parametrize(
    ("age", "days", "words"), [(13.5, 14, "13 days old"), (15, 14, ""), (1, 0, ""), (0.5, 1, "0 days old")]
)
def test_a_young_run_stays(store, age, days, words):
    """It goes from the age on that is asked for."""
    run = commit_run(store)
    made_days_ago(run, age)

    assert why(store, run, days) == words


def test_a_run_from_the_future_stays(store):
    """A clock that was set back makes nothing old, whatever age is asked for."""
    run = commit_run(store)
    made_days_ago(run, -3)

    assert why(store, run, 0) == "from the future"


@pytest.mark.parametrize("created", ["", "yesterday", "2026-13-01T00:00:00+00:00", "+999999-01-01"])
def test_a_run_of_no_known_age_stays(store, created):
    """What says no date is not called old."""
    run = commit_run(store)
    date(run, created)

    assert "can't be read" in why(store, run)


def test_a_damaged_manifest_protects_its_run_and_its_teacher(store):
    """Nobody knows how old it is; who taught it is still known from its spec."""
    teacher = commit_run(store)
    student = commit_run(store, student_of(teacher))
    (student.path / "manifest.json").write_bytes(b"{")

    assert "can't be read" in why(store, student)
    assert why(store, teacher) == f"parent of {student.key[:12]}"


def test_a_descendant_protects_all_that_came_before_it(store):
    """A named student protects its teacher, and that one's."""
    first = commit_run(store)
    second = commit_run(store, student_of(first))
    third = commit_run(store, student_of(second, seed=2), name="last")

    assert why(store, first) == f"parent of {second.key[:12]}"
    assert why(store, second) == f"parent of {third.key[:12]}"
    assert gone(store) == []


def test_a_family_that_nothing_protects_goes_together(store):
    """A student that goes protects no teacher: one collection takes both."""
    teacher = commit_run(store)
    student = commit_run(store, student_of(teacher))

    assert sorted(gone(store)) == sorted([teacher.key, student.key])


def test_a_child_goes_before_its_parent(store, monkeypatch):
    """So no moment leaves a student without its teacher."""
    order = []
    remove = collection.remove_folder
    monkeypatch.setattr(collection, "remove_folder", lambda path: order.append(path.name[:64]) or remove(path))
    teacher = commit_run(store)
    student = commit_run(store, student_of(teacher))

    gone(store)

    assert order == [student.key, teacher.key]


def test_a_teacher_that_is_younger_than_its_student_goes_too(store):
    """It was made again; one collection takes both all the same, the student first."""
    student = commit_run(store, student_of(make_spec()))
    teacher = commit_run(store)

    assert sorted(gone(store)) == sorted([teacher.key, student.key])
    assert store.run_keys() == []


def test_work_in_progress_protects_its_own_key_and_its_teacher(store, monkeypatch):
    """A run that is being made again, or learns from another, needs both."""
    monkeypatch.setattr(protection, "is_live", lambda folder: True)
    teacher, again = commit_run(store), commit_run(store, make_spec(5))
    spec = student_of(teacher)
    work_folder(store, spec.key, spec_json=canonical(spec))
    work_folder(store, again.key)

    assert why(store, teacher) == why(store, again) == "needed by unfinished work"
    assert set(reasons(store).values()) == {"needed by unfinished work", "a process works in it"}


def test_an_interrupted_run_stays_while_it_is_young(store, monkeypatch):
    """And protects its teacher so long; when it goes, its teacher goes with it."""
    monkeypatch.setattr(protection, "is_live", lambda folder: False)
    teacher = commit_run(store)
    made_days_ago(teacher, 30)
    spec = student_of(teacher)
    left = work_folder(store, spec.key, days=10, spec_json=canonical(spec))

    assert set(reasons(store, 14).values()) == {"needed by unfinished work", "10 days old"}
    assert sorted(gone(store, 9)) == sorted([teacher.key, left.name])


def test_a_folder_that_was_just_made_is_not_taken(store, monkeypatch):
    """Its process may not have had the time to say that it works there."""
    monkeypatch.setattr(protection, "is_live", lambda folder: False)
    work_folder(store, "0" * 64, days=0)

    assert gone(store, 0) == []


def test_a_name_that_can_t_be_read_protects_every_run(store):
    """Nobody knows what it stands for, so no run is taken; what is no run goes all the same."""
    run = commit_run(store, name="best")
    (store.refs / "best").write_bytes(b"\xff\n")
    derived = keep(store, "tokens", {"split": "x"})

    assert why(store, run) == "the name best can't be read"
    assert gone(store) == [derived.name]
    assert store.run_keys() == [run.key]
