"""What the frame of exports does for a new kind: one of a file, and one of several runs in a folder."""

import sys
from types import SimpleNamespace

import pytest

from colacli.errors import UnknownReferenceError, UsageError
from colacli.exports.kinds import KINDS, ExportOptions, Kind, Written
from colacli.exports.record import read_record
from colacli.store.refs import set_name
from colacli.workflows.export import export, verify_export
from factories.runs import commit_run, make_spec


def write_card(run, store, options, path, on_event):
    """A kind of one file: the run's key."""
    path.write_text(run.key)
    return Written()


def write_keys(run, store, options, path, on_event):
    """A kind of a folder of several runs: a file each, in a folder of its own."""
    (path / "keys").mkdir(exist_ok=True)
    (path / "keys" / run.key[:12]).write_text(run.key)
    return Written(notes=(run.key,))


@pytest.fixture(autouse=True)
def _kinds(monkeypatch):
    """Two more kinds."""
    kinds = {"card": (Kind("file"), write_card), "keys": (Kind("folder", several=True), write_keys)}
    for name, (kind, write) in kinds.items():
        monkeypatch.setitem(KINDS, name, kind)
        monkeypatch.setitem(sys.modules, f"colacli.exports.{name}", SimpleNamespace(write=write))


@pytest.fixture
def runs(store):
    """Two runs called `pair`."""
    made = [commit_run(store, make_spec(seed)) for seed in (0, 1)]
    set_name(store, "pair", [run.key for run in made])
    return made


def test_a_file_has_its_record_beside_it(runs, store, tmp_path):
    """Under its own name, so that two exports can stand in one folder."""
    path = tmp_path / "run.txt"
    result = export(runs[0].key, "card", path, ExportOptions(), store)

    assert sorted(file.name for file in tmp_path.glob("run*")) == ["run.txt", "run.txt.colacli.json"]
    assert list(result.files) == list(read_record(path).files) == ["run.txt"]
    assert verify_export(path, store).faults == []
    path.write_text("another")
    assert [fault.what for fault in verify_export(path, store).faults] == [
        f"{path}: run.txt has other bytes than its record says"
    ]


def test_a_file_is_replaced_with_force_alone(runs, store, tmp_path):
    """And its record with it; a folder is not."""
    path = tmp_path / "run.txt"
    export(runs[0].key, "card", path, ExportOptions(), store)
    with pytest.raises(UsageError, match="is there already"):
        export(runs[1].key, "card", path, ExportOptions(), store)
    export(runs[1].key, "card", path, ExportOptions(), store, force=True)

    assert path.read_text() == runs[1].key
    assert verify_export(path, store).faults == []
    with pytest.raises(UsageError, match="is a folder"):
        export(runs[1].key, "card", tmp_path, ExportOptions(), store, force=True)


def test_several_runs_make_one_folder(runs, store, tmp_path):
    """Where the kind takes them; its record names all."""
    result = export("pair", "keys", tmp_path / "out", ExportOptions(), store)

    assert [written.notes for written in result.written] == [(run.key,) for run in runs]
    assert sorted(result.files) == sorted(f"keys/{run.key[:12]}" for run in runs)
    assert [one.key for one in read_record(tmp_path / "out").runs] == [run.key for run in runs]
    assert verify_export(tmp_path / "out", store).faults == []


def test_a_kind_of_one_run_takes_no_more(runs, store, tmp_path):
    """A name of several is an error."""
    with pytest.raises(UnknownReferenceError, match="pair"):
        export("pair", "card", tmp_path / "out", ExportOptions(), store)
