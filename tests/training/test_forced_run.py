"""`--force` computes a run again: equal bytes say so, others are compared, and only a damaged run is replaced."""

import pytest

from colacli.events import Note
from colacli.store.faults import faults_of
from factories.runs import FILES, tree
from factories.work import DAMAGES, Work, make, names_in


def test_force_with_equal_bytes_says_same(store):
    """Every file agrees, and the stored folder is the very same afterwards."""
    stored = make(store, Work()).run
    before = tree(stored.path)
    work = Work()
    forced = make(store, work, force=True)

    assert (work.calls, forced.cached) == (1, False)
    assert forced.agreement == dict.fromkeys(FILES, "same")
    assert tree(stored.path) == before
    assert names_in(store.root / "work") == []


def test_force_with_other_bytes_says_which_differ(store):
    """The file that differs is named, and what is stored stays."""
    stored = make(store, Work()).run
    before = tree(stored.path)
    forced = make(store, Work(b"other weights"), force=True)

    assert forced.agreement == {**dict.fromkeys(FILES, "same"), "model.safetensors": "differs"}
    assert tree(stored.path) == before
    assert (forced.run.path / "model.safetensors").read_bytes() == b"weights"


def test_force_names_files_that_only_one_side_has(store):
    """A file more or a file less is a disagreement too."""

    def work(run):
        result = Work()(run)
        (run.folder / "history.jsonl").unlink()
        run.write("added", b"x")
        return result

    make(store, Work())
    agreement = make(store, work, force=True).agreement

    assert (agreement["history.jsonl"], agreement["added"]) == ("only stored", "only new")


def test_force_on_what_is_not_stored_computes_it(store):
    """There is nothing to agree with."""
    forced = make(store, Work(), force=True)

    assert (forced.cached, forced.agreement) == (False, {})


@pytest.mark.parametrize("damage", DAMAGES)
def test_force_replaces_a_damaged_run(store, damage):
    """What is damaged gives way to what was computed, and that is said."""
    stored = make(store, Work(), name="best").run
    DAMAGES[damage](stored.path)
    events = []
    forced = make(store, Work(b"new weights"), events.append, force=True)

    assert faults_of(stored.path, deep=True) == []
    assert (forced.run.path, forced.names) == (stored.path, ["best"])
    assert (stored.path / "model.safetensors").read_bytes() == b"new weights"
    assert any(isinstance(event, Note) and "damaged and is replaced" in event.text for event in events)
    assert names_in(store.root / "work") == []


def test_forced_work_that_fails_leaves_what_is_stored(store):
    """A failure under --force costs nothing that was there."""
    stored = make(store, Work()).run
    before = tree(stored.path)
    with pytest.raises(RuntimeError):
        make(store, Work(b"new", failure=RuntimeError()), force=True)

    assert tree(stored.path) == before
    assert names_in(store.root / "work") == []
