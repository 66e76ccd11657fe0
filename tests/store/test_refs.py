"""A reference names the runs it is meant to name, or none; it never reaches beyond the store's names."""

from itertools import count

import pytest

from colacli.errors import ColacliError, IntegrityError, UnknownReferenceError
from colacli.store.refs import names_of, resolve, resolve_one, set_name
from colacli.store.store import Store
from factories.runs import commit_run, make_spec


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    """A working folder that holds nothing, so that no reference is a path by chance."""
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")


def keys_of(store, reference):
    """Keys of the runs a reference stands for."""
    return [run.key for run in resolve(store, reference)]


def seeds_of_twins():
    """Two seeds whose keys begin with the same four digits."""
    seen = {}
    for seed in count():
        digits = make_spec(seed).key[:4]
        if digits in seen:
            return seen[digits], seed
        seen[digits] = seed
    raise AssertionError


@pytest.mark.parametrize("digits", [4, 5, 12, 63, 64])
@pytest.mark.parametrize("prefix", ["", "run:"])
def test_digits_of_the_key(store, prefix, digits):
    """Four digits or more find the run, with `run:` before them or without."""
    run = commit_run(store)

    assert keys_of(store, prefix + run.key[:digits]) == [run.key]


@pytest.mark.parametrize("prefix", ["", "run:"])
def test_three_digits_are_too_few(store, prefix):
    """Fewer than four digits are no reference, however unique."""
    run = commit_run(store)

    with pytest.raises(UnknownReferenceError):
        resolve(store, prefix + run.key[:3])


def test_ambiguous_digits_list_what_they_begin(store):
    """Digits that begin two keys are refused, and both are shown."""
    twins = [commit_run(store, make_spec(seed)) for seed in seeds_of_twins()]

    with pytest.raises(UnknownReferenceError) as caught:
        resolve(store, twins[0].key[:4])

    assert caught.value.status == 3
    assert all(run.key[:12] in caught.value.message for run in twins)


def test_more_digits_tell_twins_apart(store):
    """The whole key is never ambiguous."""
    twins = [commit_run(store, make_spec(seed)) for seed in seeds_of_twins()]

    assert [keys_of(store, run.key) for run in twins] == [[run.key] for run in twins]


def test_digits_of_no_run(store):
    """Digits that begin no key are not found, and the message says in which store."""
    with pytest.raises(UnknownReferenceError, match=str(store.root)):
        resolve(store, "0123abcd")


def test_a_name(store):
    """A name given to a run finds it."""
    run = commit_run(store, name="teacher-1")
    commit_run(store, make_spec(1))

    assert keys_of(store, "teacher-1") == [run.key]
    assert names_of(store, run.key) == ["teacher-1"]


def test_a_name_of_several_runs(store):
    """A name gives all its runs, in the order they were given."""
    runs = [commit_run(store, make_spec(seed)) for seed in (2, 0, 1)]
    set_name(store, "three", [run.key for run in runs])

    assert keys_of(store, "three") == [run.key for run in runs]


def test_one_run_is_wanted_and_a_name_has_several(store):
    """Where one run is meant, a name of several is refused, and each is shown."""
    runs = [commit_run(store, make_spec(seed)) for seed in range(2)]
    set_name(store, "both", [run.key for run in runs])

    with pytest.raises(UnknownReferenceError) as caught:
        resolve_one(store, "both")

    assert all(run.key[:12] in caught.value.message for run in runs)


def test_a_name_of_a_run_that_is_gone(store):
    """A name outlives its run, and says which one is missing."""
    run = commit_run(store, name="gone")
    store.remove(run.path)

    with pytest.raises(UnknownReferenceError, match=f"{run.key[:12]}.*'gone'"):
        resolve(store, "gone")


def test_run_prefix_is_for_digits_alone(store):
    """`run:` before a name is not a name."""
    commit_run(store, name="best")

    with pytest.raises(UnknownReferenceError):
        resolve(store, "run:best")


def test_latest(store):
    """`latest` is the youngest run and `latest~N` the one N before it."""
    runs = [commit_run(store, make_spec(seed)) for seed in range(3)]
    found = [keys_of(store, reference) for reference in ("latest", "latest~0", "latest~1", "latest~2")]

    assert found == [[runs[index].key] for index in (2, 2, 1, 0)]


def test_latest_beyond_the_first(store):
    """There is nothing before the oldest run; the message says how many there are."""
    commit_run(store)

    with pytest.raises(UnknownReferenceError, match="has 1 runs"):
        resolve(store, "latest~1")


def test_latest_of_an_empty_store(store):
    """A store without runs has no latest."""
    with pytest.raises(UnknownReferenceError):
        resolve(store, "latest")


@pytest.fixture
def student(store):
    """A distilled run called 'student', whose teacher is in the store too."""
    teacher = commit_run(store)
    return commit_run(store, make_spec(1, command="distil", parents={"teacher": teacher.key}), name="student")


def test_a_run_s_teacher(store, student):
    """`^teacher` after any reference is the run it was distilled from."""
    teacher = [make_spec().key]

    assert keys_of(store, "student^teacher") == teacher
    assert keys_of(store, f"run:{student.key[:12]}^teacher") == teacher
    assert keys_of(store, "latest^teacher") == teacher


@pytest.mark.parametrize("reference", ["student^", "student^pupil", "student^teacher^teacher", "latest~1^teacher"])
def test_a_parent_that_is_not_there(store, student, reference):
    """Another role, or a run that has no teacher, is not found."""
    with pytest.raises(UnknownReferenceError, match="has no"):
        resolve(store, reference)


def test_a_teacher_that_is_gone(store, student):
    """A student outlives its teacher, and says which one is missing."""
    store.remove(store.folder("runs") / make_spec().key)

    with pytest.raises(UnknownReferenceError, match=make_spec().key[:12]):
        resolve(store, "student^teacher")


def test_a_path_to_a_run_folder(store, tmp_path):
    """A folder stands for the run in it, also outside this store, by absolute or relative path."""
    run = commit_run(Store(tmp_path / "another"))

    assert keys_of(store, str(run.path)) == [run.key]
    assert keys_of(store, f"../another/runs/{run.key}") == [run.key]


def test_a_folder_that_is_no_run(store, tmp_path):
    """A folder without a manifest is named in the error."""
    with pytest.raises(ColacliError, match=str(tmp_path)):
        resolve(store, str(tmp_path))


def test_a_damaged_run_is_an_integrity_error(store):
    """What is found but broken is not called 'not found'."""
    run = commit_run(store, name="broken")
    (run.path / "manifest.json").unlink()

    with pytest.raises(IntegrityError):
        resolve(store, "broken")


def test_several_references_are_their_runs(store):
    """With commas, each run once, in the order given; one that is not there is named."""
    first, second = (commit_run(store, make_spec(seed), name=f"seed-{seed}") for seed in (0, 1))

    found = [run.key for run in resolve(store, f"seed-1,{first.key[:12]},seed-0")]
    assert found == [second.key, first.key]
    with pytest.raises(UnknownReferenceError, match="there is no run 'nobody'"):
        resolve(store, "seed-0,nobody")
    with pytest.raises(UnknownReferenceError, match="stands for 2 runs"):
        resolve_one(store, "seed-0,seed-1")


def test_a_path_with_a_comma_is_a_path(tmp_path):
    """Where a run's folder is there."""
    run = commit_run(Store(tmp_path / "here, and there"))

    assert [found.key for found in resolve(Store(tmp_path / "empty"), str(run.path))] == [run.key]
