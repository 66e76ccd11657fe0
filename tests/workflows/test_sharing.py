"""Sharing says what became of every run, gives names where asked, and refuses before it begins."""

import pytest

from colacli.errors import IntegrityError, UnknownReferenceError, UsageError
from colacli.events import ignore
from colacli.sharing.address import Address
from colacli.store.refs import names, set_name
from colacli.store.store import Store
from colacli.workflows.sharing import Shared, bring_in, export, pull, push
from factories.runs import commit_family, contents, flip_byte


@pytest.fixture
def family(store):
    """A teacher, and a student called `student`."""
    found = commit_family(store)
    set_name(store, "student", [found[1].key])
    return found


@pytest.fixture
def address(tmp_path):
    """A remote in a folder that does not exist yet."""
    return Address((tmp_path / "remote").as_uri())


@pytest.fixture
def other(tmp_path):
    """An empty store."""
    return Store(tmp_path / "other")


def test_a_file_carries_runs_with_their_ancestors(store, family, other, tmp_path):
    """The run that was asked for is told from its teacher, here and there; the name is given to it alone."""
    teacher, student = (run.key for run in family)
    path = tmp_path / "runs.tar"

    assert export(store, ["student"], path, force=False, on_event=ignore) == [
        Shared(teacher, "exported", asked=False),
        Shared(student, "exported", asked=True),
    ]
    assert bring_in(other, path, name="theirs", on_event=ignore) == [
        Shared(teacher, "added", asked=False),
        Shared(student, "added", asked=True),
    ]
    assert contents(other) == contents(store)
    assert names(other) == {"theirs": [student]}


def test_names_do_not_travel(store, family, other, tmp_path):
    """What a run is called here is nobody's business there."""
    export(store, ["student"], tmp_path / "runs.tar", force=False, on_event=ignore)
    bring_in(other, tmp_path / "runs.tar", name=None, on_event=ignore)

    assert names(other) == {}


def test_a_file_is_replaced_only_when_told_so(store, family, tmp_path):
    """Without `force` it stays as it was."""
    path = tmp_path / "runs.tar"
    path.write_bytes(b"mine")

    with pytest.raises(UsageError, match="is there already"):
        export(store, ["student"], path, force=False, on_event=ignore)
    assert path.read_bytes() == b"mine"

    export(store, ["student"], path, force=True, on_event=ignore)
    assert path.read_bytes() != b"mine"


@pytest.mark.parametrize("where", [".", "absent/runs.tar"])
def test_a_place_that_takes_no_file_is_refused(store, family, tmp_path, where):
    """A folder, or a file in a folder that isn't there."""
    with pytest.raises(UsageError, match="can't be written"):
        export(store, ["student"], tmp_path / where, force=True, on_event=ignore)


@pytest.mark.parametrize("damaged", [0, 1])
def test_damaged_runs_do_not_leave(store, family, address, tmp_path, damaged):
    """Neither in a file nor to a remote, nor what descends from them; no file is made."""
    flip_byte(family[damaged].path / "model.safetensors")

    with pytest.raises(IntegrityError, match="other bytes"):
        export(store, ["student"], tmp_path / "runs.tar", force=False, on_event=ignore)
    with pytest.raises(IntegrityError, match="other bytes"):
        push(store, address, ["student"], ignore)

    assert sorted(path.name for path in tmp_path.iterdir()) == ["store"]


def test_a_run_without_its_teacher_does_not_leave(store, family, tmp_path):
    """The missing ancestor is named."""
    store.remove(family[0].path)

    with pytest.raises(IntegrityError, match=family[0].key[:12]):
        export(store, ["student"], tmp_path / "runs.tar", force=False, on_event=ignore)


def test_a_remote_carries_runs_with_their_ancestors(store, family, other, address):
    """What is there already, on either side, is told from what was moved; the name is given to the run asked for."""
    teacher, student = (run.key for run in family)

    assert [one.outcome for one in push(store, address, ["student"], ignore)] == ["sent", "sent"]
    assert [one.outcome for one in push(store, address, ["student"], ignore)] == ["present", "present"]
    assert pull(other, address, [teacher[:8]], name=None, on_event=ignore) == [Shared(teacher, "added", asked=True)]
    assert sorted(
        (one.key, one.outcome) for one in pull(other, address, [student, student[:5]], name="s", on_event=ignore)
    ) == sorted([(teacher, "present"), (student, "added")])
    assert contents(other) == contents(store)
    assert names(other) == {"s": [student]}


def test_a_pull_repairs_what_is_damaged_here(store, family, other, address):
    """A damaged ancestor is fetched again, with the run that is asked for untouched."""
    teacher, student = (run.key for run in family)
    push(store, address, ["student"], ignore)
    pull(other, address, [student], name=None, on_event=ignore)
    flip_byte(other.folder("runs") / teacher / "model.safetensors")

    outcomes = {one.key: one.outcome for one in pull(other, address, [student], name=None, on_event=ignore)}

    assert outcomes == {teacher: "replaced", student: "present"}
    assert contents(other) == contents(store)


def test_a_name_that_can_not_be_one_is_refused_first(other, address, tmp_path):
    """Before anything is read or fetched."""
    with pytest.raises(UsageError, match="can't be a name"):
        bring_in(other, tmp_path / "absent.tar", name="latest", on_event=ignore)
    with pytest.raises(UsageError, match="can't be a name"):
        pull(other, address, ["abcd"], name="abcd", on_event=ignore)


def test_a_run_that_is_not_there_brings_none(store, family, other, address):
    """All references are looked up before the first run is fetched."""
    push(store, address, ["student"], ignore)

    with pytest.raises(UnknownReferenceError):
        pull(other, address, [family[0].key, "0" * 64], name=None, on_event=ignore)

    assert contents(other) == {}
