"""A class' exported files at once: each completely or not at all, none lost by another, names never by accident."""

import pytest

from colacli.errors import IntegrityError, UsageError
from colacli.events import ignore
from colacli.store.refs import names, set_name
from colacli.store.store import Store
from colacli.workflows.import_files import import_files
from colacli.workflows.sharing import export
from factories.runs import commit_run, make_spec


@pytest.fixture
def handed_in(store, tmp_path):
    """Three students' files and the keys in them."""
    runs = [commit_run(store, make_spec(seed)) for seed in range(3)]
    paths = [tmp_path / f"student{number}.tar" for number in range(3)]
    for run, path in zip(runs, paths, strict=True):
        export(store, [run.key], path, force=False, on_event=ignore)
    return paths, [run.key for run in runs]


@pytest.fixture
def teachers(tmp_path):
    """An empty store."""
    return Store(tmp_path / "teachers")


def bring(store, paths, *, name=None, by_file=True):
    """Import them."""
    return import_files(store, paths, name=name, by_file=by_file, on_event=ignore)


def test_runs_are_named_after_their_files(handed_in, teachers):
    """Each file's name without `.tar` stands for its runs; the same command again changes nothing."""
    paths, keys = handed_in
    first, again = bring(teachers, paths), bring(teachers, paths)

    assert names(teachers) == {f"student{number}": [key] for number, key in enumerate(keys)}
    assert [file.name for file in first] == ["student0", "student1", "student2"]
    assert [[run.outcome for run in file.shared] for file in first] == [["added"]] * 3
    assert [[run.outcome for run in file.shared] for file in again] == [["present"]] * 3


def test_files_that_cannot_be_used_lose_no_other(handed_in, teachers, tmp_path):
    """A damaged one and one that is missing are told with the reason; the others are in the store, named."""
    paths, keys = handed_in
    paths[1].write_bytes(paths[1].read_bytes()[:3000])
    files = bring(teachers, [*paths, tmp_path / "absent.tar"])

    assert [file.error and file.error.code for file in files] == [None, "integrity", None, "usage"]
    assert [file.shared for file in files if file.error] == [[], []]
    assert teachers.run_keys() == sorted([keys[0], keys[2]])
    assert set(names(teachers)) == {"student0", "student2"}


def test_the_only_file_is_an_error_of_its_own(handed_in, teachers):
    """As before there were several: nothing is reported but the error."""
    paths, _ = handed_in
    paths[0].write_bytes(b"no archive")

    with pytest.raises(IntegrityError, match="not a tar file"):
        bring(teachers, paths[:1])


@pytest.mark.parametrize(
    ("file", "problem"),
    [
        ("my student.tar", "'my student' can't be a name"),
        ("latest.tar", "reads as a key or as 'latest'"),
        ("abcd.tar", "reads as a key"),
        ("STUDENT0.tar", "would both be called"),
        ("other/student0.tar", "would both be called"),
    ],
)
def test_names_are_checked_before_anything_is_imported(handed_in, teachers, tmp_path, file, problem):
    """A file whose name can't be one, or is that of another file, on any system, stops all of them."""
    paths, _ = handed_in
    odd = tmp_path / "more" / file
    odd.parent.mkdir(parents=True)
    odd.write_bytes(paths[2].read_bytes())

    with pytest.raises(UsageError, match=problem) as caught:
        bring(teachers, [*paths, odd])
    assert "nothing was imported" in caught.value.message + caught.value.hint
    assert teachers.run_keys() == []


def test_a_name_of_other_runs_is_not_taken(handed_in, teachers):
    """A name that stands for something else keeps it, and nothing is imported."""
    paths, _ = handed_in
    other = commit_run(teachers, make_spec(9), name="student1")

    with pytest.raises(UsageError, match="'student1' is the name of other runs"):
        bring(teachers, paths)
    assert teachers.run_keys() == [other.key]


def test_a_name_in_other_letters_is_not_taken(handed_in, teachers):
    """Some systems take `Student1` and `student1` for one file."""
    paths, _ = handed_in
    run = commit_run(teachers, make_spec(9))
    set_name(teachers, "Student1", [run.key])

    with pytest.raises(UsageError, match="'Student1' is the name of other runs"):
        bring(teachers, paths)


@pytest.mark.parametrize("by_file", [True, False])
def test_one_name_is_not_for_several_files(handed_in, teachers, by_file):
    """`--name` and several files, or `--name-by-file`, contradict each other."""
    paths, _ = handed_in

    with pytest.raises(UsageError, match="--name theirs is for one file"):
        bring(teachers, paths[: 1 if by_file else 2], name="theirs", by_file=by_file)


def test_the_same_run_may_be_handed_in_twice(handed_in, teachers, tmp_path):
    """Both names stand for it, and the second says that it was there."""
    paths, keys = handed_in
    copy = tmp_path / "copy.tar"
    copy.write_bytes(paths[0].read_bytes())
    files = bring(teachers, [paths[0], copy])

    assert names(teachers) == {"student0": [keys[0]], "copy": [keys[0]]}
    assert [file.shared[0].outcome for file in files] == ["added", "present"]
