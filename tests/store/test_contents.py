"""What is in a store, and where the store is: runs and derivations side by side, its format, its folder."""

import json

import pytest

from colacli.errors import IntegrityError
from colacli.results import scan_runs
from colacli.store import store as store_module
from colacli.store.canonical import canonical
from colacli.store.index import scan
from colacli.store.store import Store, open_store
from factories.odd_stores import metrics
from factories.runs import commit_run, make_spec


def test_cached_derivations_stand_apart_from_runs(store):
    """What is under cache/ is found by its kind and spec, and is no run."""
    with store.draft({"split": "x"}) as draft:
        draft.write("ids", b"123")
        store.commit("cache/tokens", draft, seconds=0.0)

    assert store.find_cached("tokens", {"split": "x"}, "ids") == b"123"
    assert store.find_cached("tokens", {"split": "y"}, "ids") is None
    assert store.find_cached("logits", {"split": "x"}, "ids") is None
    assert store.run_keys() == []


@pytest.mark.parametrize("moment", ["faults_of", "Artifact"])
def test_a_derivation_that_another_process_takes_is_absent(store, monkeypatch, moment):
    """While it is looked at, or before it is read: it is no damage, it is derived again."""
    store.put_cached("tokens", {"split": "x"}, "ids", b"123", seconds=0.0, device="cpu")
    (path,) = (store.root / "cache" / "tokens").iterdir()
    called = getattr(store_module, moment)

    def take_first(folder, **options):
        result = called(folder, **options)
        store.remove(path)
        return result

    monkeypatch.setattr(store_module, moment, take_first)

    assert store.find_cached("tokens", {"split": "x"}, "ids") is None


def test_artifacts_are_runs_first_then_the_cache(store):
    """Everything stored is walked through, each with its kind."""
    with store.draft({"split": "x"}) as draft:
        store.commit("cache/tokens", draft, seconds=0.0)
    run = commit_run(store)

    assert [kind for kind, _, _ in store.artifacts()] == ["runs", "cache/tokens"]
    assert next(iter(store.artifacts())) == ("runs", run.key, run.path)


def test_the_survey_gives_the_oldest_first_and_names_the_damaged(store):
    """A damaged run hides no other."""
    first, broken, last = (commit_run(store, make_spec(seed)) for seed in range(3))
    (broken.path / "manifest.json").unlink()

    runs, damaged = scan_runs(store)

    assert [run.key for run in runs] == [first.key, last.key]
    assert list(damaged) == [broken.key]


def test_a_run_whose_numbers_contradict_each_other_is_damaged(store):
    """The store itself finds no fault in its bytes; whoever lists runs with their numbers does."""
    first, odd, last = (commit_run(store, make_spec(seed)) for seed in range(3))
    metrics(accuracy=0.99)(odd)

    runs, damaged = scan_runs(store)

    assert [run.key for run in runs] == [first.key, last.key]
    assert list(damaged) == [odd.key]
    assert scan(store).damaged == {}


def test_removing_a_run_takes_all_of_it(store):
    """Nothing is left of it, and the others stay."""
    gone, kept = commit_run(store, make_spec(1)), commit_run(store, make_spec(2))
    store.remove(gone.path)

    assert store.run_keys() == [kept.key]
    assert list((store.root / "work").iterdir()) == []


def test_the_first_write_marks_the_store(store):
    """store.json says which format the folder has."""
    commit_run(store)

    assert json.loads((store.root / "store.json").read_bytes()) == {"format": 1}


@pytest.mark.parametrize("marker", [canonical({"format": 2}), b"{}", b"[1]", b"", b'{"format'])
def test_a_store_of_another_format_is_refused(tmp_path, marker):
    """A folder this version does not know is not touched; the message names the marker."""
    (tmp_path / "store.json").write_bytes(marker)

    with pytest.raises(IntegrityError, match=r"store\.json says format"):
        Store(tmp_path)


def test_the_store_stands_where_the_environment_says(tmp_path, monkeypatch):
    """`$COLACLI_HOME` names the folder, relative to the working folder if it is."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLACLI_HOME", "here")

    assert open_store().root == tmp_path / "here"


def test_without_a_word_the_store_is_in_the_user_s_data_folder(monkeypatch):
    """An unset or empty `$COLACLI_HOME` means the place the system has for such things."""
    monkeypatch.setenv("COLACLI_HOME", "")

    assert open_store().root.name == "colacli"
