"""A name is one file, stands for the runs it was given to, and says what is wrong with it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from colacli.errors import ColacliError, UnknownReferenceError, UsageError
from colacli.events import Note
from colacli.results import name_runs
from colacli.store import refs
from colacli.store.refs import check_name, names, resolve, scan_names, set_name
from factories.runs import commit_run, make_spec, tree


def test_a_name_that_goes_while_it_is_read_is_not_found(store, monkeypatch):
    """Another process takes it away between the look and the reading."""
    commit_run(store, name="best")
    read = refs.read_bounded

    def take_away(path):
        path.unlink()
        return read(path)

    monkeypatch.setattr(refs, "read_bounded", take_away)

    with pytest.raises(UnknownReferenceError, match="no run 'best'"):
        resolve(store, "best")


def test_a_name_given_again_stands_for_the_new_run(store):
    """The last one to get a name has it."""
    commit_run(store, make_spec(0), name="best")
    second = commit_run(store, make_spec(1), name="best")

    assert names(store) == {"best": [second.key]}


@pytest.mark.parametrize("name", ["a", "best", "Teacher_2.1", "0-shot", "abc", "latest-one", "later", "x" * 100])
def test_names_that_can_be_given(name):
    """Letters, digits, '.', '_' and '-' make a name."""
    assert check_name(name) == name


REFUSED = [
    "",
    "../x",
    "a/b",
    "a\\b",
    ".hidden",
    "-flag",
    "con.",
    "con",
    "NUL.txt",
    "com1",
    "Lpt9.a.b",
    "a b",
    "a\n",
    "run:abcd",
    "x^teacher",
    "caf\u00e9",
    "\u0663\u0664",
    "a\0",
    "x" * 101,
    "latest",
    "latest~1",
    "abcd",
    "1234",
    "f" * 64,
]


@pytest.mark.parametrize("name", REFUSED)
def test_names_that_are_refused(store, name):
    """What is no file name everywhere, or reads as another reference, can't be given, and nothing is written."""
    run = commit_run(store)
    before = set(tree(store.root.parent))

    with pytest.raises(UsageError, match="can't be a name"):
        set_name(store, name, [run.key])

    assert set(tree(store.root.parent)) <= before | {"home/refs"}


@pytest.mark.parametrize("name", ["console", "com10", "nulls", "aux-1", "x.con"])
def test_names_like_a_device_s_can_be_given(name):
    """Windows reserves whole words alone."""
    assert check_name(name) == name


def test_names_that_differ_in_case_alone_are_refused(store):
    """They would be one file on some systems; the same name may be given again."""
    run = commit_run(store, name="Best")

    with pytest.raises(UsageError, match="'best' and 'Best' are one file"):
        set_name(store, "best", [run.key])
    set_name(store, "Best", [run.key])
    assert names(store) == {"Best": [run.key]}


def test_a_run_that_is_not_there_can_t_be_named(store):
    """The key of no run is refused."""
    with pytest.raises(UnknownReferenceError, match="0" * 12):
        set_name(store, "nobody", ["0" * 64])


def test_a_damaged_name_hides_no_other(store):
    """What is wrong with it stands apart from the names that can be read."""
    run = commit_run(store, name="good")
    (store.refs / "bad").write_bytes(b"x\n")

    known, damaged = scan_names(store)

    assert known == {"good": [run.key]}
    assert list(damaged) == ["bad"]


@given(st.binary(max_size=140))
def test_any_bytes_in_a_name_s_file_give_runs_or_an_error_of_ours(shared, content):
    """Whatever stands in it."""
    (shared.refs / "odd").write_bytes(content)
    try:
        assert {run.key for run in resolve(shared, "odd")} <= set(shared.run_keys())
    except ColacliError:
        pass
    finally:
        (shared.refs / "odd").unlink()


@pytest.mark.parametrize("content", [b"", b"\n", b"\xff\n", b"nonsense\n", b"../decoy\n"])
def test_a_damaged_name_is_an_error(store, content):
    """A names file that lists no runs is said to be so; it does not stand for no runs at all."""
    commit_run(store, name="broken")
    (store.root / "refs" / "broken").write_bytes(content)

    with pytest.raises(ColacliError, match="broken"):
        resolve(store, "broken")


def test_an_empty_store_has_no_names(store):
    """No names folder means no names."""
    assert names(store) == {}


@given(st.text(max_size=110) | st.text("ab.-_~^/\\: 09", max_size=6))
def test_any_name_is_one_file_or_refused(shared, name):
    """What is accepted as a name makes one file in refs/ and finds its run; what is not makes nothing."""
    before = set(tree(shared.root.parent))
    try:
        set_name(shared, name, [make_spec().key])
    except UsageError:
        assert set(tree(shared.root.parent)) == before
    else:
        assert set(tree(shared.root.parent)) == before | {f"home/refs/{name}"}
        assert [run.key for run in resolve(shared, name)] == [make_spec().key]


@pytest.mark.parametrize("case", ["one more", "another run", "the same run"])
def test_a_name_that_moves_is_told(store, case):
    """Whoever gives a name that stood for other runs reads which these were."""
    first, second = commit_run(store, name="mine"), commit_run(store, make_spec(1))
    told = []
    keys = {"one more": [first.key, second.key], "another run": [second.key], "the same run": [first.key]}[case]
    name_runs(store, "mine", keys, told.append)

    new = ", ".join(key[:12] for key in keys)
    moved = [Note(f"'mine' stood for {first.key[:12]}, and stands for {new} now")]
    assert told == ([] if case == "the same run" else moved)
