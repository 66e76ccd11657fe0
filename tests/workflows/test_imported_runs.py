"""What comes from elsewhere is measured again, and a hit on it says where it came from."""

import pytest

from colacli.data.readers import read_corpus
from colacli.errors import IntegrityError
from colacli.events import ignore
from colacli.results import faults_of_run
from colacli.store.imports import import_of, record_import
from colacli.store.store import Store
from colacli.workflows.sharing import bring_in, export
from colacli.workflows.verify import verify
from factories.odd_stores import forge, metrics
from factories.runs import DEV, answering, commit_run, make_spec
from factories.tiny import write_corpus


@pytest.fixture
def store(tmp_path):
    """Where runs are made."""
    return Store(tmp_path / "home")


@pytest.fixture
def other(tmp_path):
    """Where they are taken to."""
    return Store(tmp_path / "other")


def packed(store, key, path, monkeypatch):
    """A run in a file, whatever is wrong with it."""
    from colacli.workflows import sharing

    with monkeypatch.context() as patch:
        patch.setattr(sharing, "_outgoing", lambda store, _: ([key], [sharing.resolve(store, key)[0]]))
        export(store, [key], path, force=True, on_event=ignore)
    return path


FORGED = {"accuracy": 0.99, "mcc": -0.5, "f1": 0.25, "loss": 0.125, "n": 5, "majority_accuracy": 0.5}


@pytest.mark.parametrize("measure", FORGED)
def test_a_number_that_predictions_contradict_is_not_let_in(store, other, tmp_path, monkeypatch, measure):
    """However well the manifest fits; and `verify --deep` finds it in a store."""
    folder = metrics(**{measure: FORGED[measure]})(commit_run(store))
    path = packed(store, folder.name, tmp_path / "runs.tar", monkeypatch)

    with pytest.raises(IntegrityError, match=f"{measure} is {FORGED[measure]}, but computed again"):
        bring_in(other, path, name=None, on_event=ignore)
    assert other.run_keys() == []
    assert len(faults_of_run(folder, deep=True)) == 1


def test_numbers_that_agree_with_each_other_alone_are_found(store):
    """Metrics of other predictions than those beside them."""
    run = commit_run(store)
    forge(run, f"predictions-{DEV}.tsv", answering([1, 1, 1, 1]).to_bytes())

    (fault,) = faults_of_run(run.path, deep=True)
    assert "contradicts the predictions" in fault


def test_labels_that_the_corpus_contradicts_are_found(store, other, tmp_path):
    """In a corpus that is here, on import and by `verify --deep`; where it is not, nothing is said."""
    for one in (store, other):
        (one.data / "mine").mkdir(parents=True)
        write_corpus(one.data / "mine")
    dev = read_corpus(store.data / "mine").split(DEV)
    wrong = [1 - label for label in dev.labels]
    spec = make_spec(data={"train": "1" * 64, DEV: dev.digest})
    run = commit_run(store, spec, predictions=answering(wrong, wrong), data="mine")
    export(store, [run.key], tmp_path / "runs.tar", force=False, on_event=ignore)

    with pytest.raises(IntegrityError, match="other labels than mine"):
        bring_in(other, tmp_path / "runs.tar", name=None, on_event=ignore)
    assert [fault.key for fault in verify(store, [], deep=True, aside=False).faults] == [run.key]
    assert verify(store, [], deep=False, aside=False).faults == []
    elsewhere = Store(tmp_path / "elsewhere")
    bring_in(elsewhere, tmp_path / "runs.tar", name=None, on_event=ignore)
    assert elsewhere.run_keys() == [run.key]


def test_an_imported_run_is_known_as_one(store, other, tmp_path):
    """From where and when; one that was made here is not, nor one made here again under the same key."""
    run = commit_run(store)
    export(store, [run.key], tmp_path / "runs.tar", force=False, on_event=ignore)
    bring_in(other, tmp_path / "runs.tar", name=None, on_event=ignore)
    bring_in(store, tmp_path / "runs.tar", name=None, on_event=ignore)
    there = other.find_run(run.key)

    assert import_of(other, there).source == str(tmp_path / "runs.tar")
    assert import_of(store, run) is None
    assert verify(other, [], deep=True, aside=False).faults == []
    other.remove(there.path)
    assert import_of(other, commit_run(other)) is None


def test_a_damaged_record_of_an_import_is_none(store):
    """Nothing depends on it."""
    run = commit_run(store)
    record_import(store, run, "there")
    (path,) = (store.root / "imports").iterdir()
    path.write_bytes(b"[")

    assert import_of(store, run) is None
