"""An export is whole, says of which run it is, replaces nothing unasked, and can be checked."""

import json

import pytest

from colacli.errors import IntegrityError, UnknownReferenceError, UsageError
from colacli.exports.kinds import KINDS, ExportOptions
from colacli.exports.record import read_record
from colacli.store.canonical import with_checksum
from colacli.workflows.export import export, verify_export
from factories.exporting import exported
from factories.runs import flip_byte


@pytest.fixture
def run(trainings):
    """A teacher."""
    return trainings.teacher()


@pytest.fixture
def folder(trainings, run, tmp_path):
    """An export of it."""
    exported(trainings, run, "peft", tmp_path / "out")
    return tmp_path / "out"


def faults(folder, store):
    """What is wrong with an export."""
    return [fault.what.removeprefix(f"{folder}: ") for fault in verify_export(folder, store).faults]


def test_it_says_of_which_run_it_is(run, folder):
    """Key, content, kind, version, and a digest of each file."""
    record = read_record(folder)

    assert [(one.key, one.content) for one in record.runs] == [(run.key, run.content)]
    assert (record.kind, record.options) == ("peft", {})
    assert sorted(record.files) == ["README.md", "adapter_config.json", "adapter_model.safetensors"]


def test_a_sound_export(folder, store):
    """Has no fault."""
    assert faults(folder, store) == []


def test_what_is_not_as_it_was(folder, store):
    """A changed, a missing and another file are each named."""
    flip_byte(folder / "README.md")
    (folder / "adapter_config.json").unlink()
    (folder / "more").mkdir()
    (folder / "more" / "file").touch()

    assert faults(folder, store) == [
        "README.md has other bytes than its record says",
        "adapter_config.json is missing",
        "more/file is not in its record",
    ]


def test_a_run_that_is_gone(run, folder, store):
    """The export is whole, and its run is missed."""
    store.remove(run.path)
    (fault,) = faults(folder, store)
    assert fault.startswith(f"run {run.key[:12]} is not in")


def test_a_run_with_other_files(run, folder, store):
    """One key may stand for other bytes, made on another machine: the export is not of these."""
    values = json.loads((folder / "colacli.json").read_text())
    values["runs"][0]["content"] = "0" * 64
    (folder / "colacli.json").write_text(json.dumps(with_checksum(values)))
    assert faults(folder, store) == [f"run {run.key[:12]} has other files now than when it was exported"]


@pytest.mark.parametrize(
    "content", ["", "[]", "3", '"text"', "null", "{}", '{"kind": "peft"}', '{"format": 2}', "\x00", "[" * 100_000]
)
def test_a_damaged_record(folder, store, content):
    """Is an error of its own, whatever it is now."""
    (folder / "colacli.json").write_text(content)
    with pytest.raises(IntegrityError, match=r"colacli\.json can't be read"):
        verify_export(folder, store)


@pytest.mark.parametrize("name", ["../secret", "/etc/passwd", "a/../b", "a\\b", "", "a//b", "."])
def test_a_record_names_files_inside(folder, store, name):
    """A path that leads out of the export is refused."""
    values = json.loads((folder / "colacli.json").read_text())
    values["files"][name] = {"sha256": "0" * 64, "size": 1}
    (folder / "colacli.json").write_text(json.dumps(with_checksum(values)))
    with pytest.raises(IntegrityError, match=r"colacli\.json can't be read"):
        verify_export(folder, store)


def test_a_changed_record(folder, store):
    """Its checksum tells."""
    path = folder / "colacli.json"
    path.write_text(path.read_text().replace('"peft"', '"onnx"'))
    with pytest.raises(IntegrityError, match="other bytes than were written"):
        verify_export(folder, store)


def test_what_is_no_export(tmp_path, store):
    """A folder without a record, and no folder at all."""
    for path in (tmp_path, tmp_path / "absent"):
        with pytest.raises(UsageError, match="is not an export"):
            verify_export(path, store)


def test_it_is_replaced_with_force_alone(trainings, run, folder):
    """The old export stays, to the byte, until it is."""
    (folder / "mine").touch()
    with pytest.raises(UsageError, match="is there already"):
        exported(trainings, run, "peft", folder)
    assert (folder / "mine").exists()

    exported(trainings, run, "peft", folder, force=True)
    assert sorted(path.name for path in folder.iterdir()) == sorted([*read_record(folder).files, "colacli.json"])
    assert [path.name for path in folder.parent.iterdir() if path.name.startswith(".")] == []


def test_a_folder_of_another_kind_is_never_replaced(trainings, run, tmp_path):
    """`--force` is for exports: other files stay."""
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.tex").touch()
    with pytest.raises(UsageError, match=r"has other files in it: it has no colacli\.json"):
        exported(trainings, run, "peft", tmp_path / "out", force=True)
    assert (tmp_path / "out" / "thesis.tex").exists()


def test_what_fails_leaves_the_old_export(trainings, run, folder):
    """A student can't be a PEFT adapter: what was there stays, and is sound."""
    student = trainings.alone()
    with pytest.raises(UsageError):
        exported(trainings, student, "peft", folder, force=True)
    assert faults(folder, trainings.store) == []


def test_not_into_the_store(trainings, run):
    """Nothing but the store writes there, nor does an export replace it."""
    home = trainings.store.root
    for path in (home / "out", home, home.parent):
        with pytest.raises(UsageError, match="can't be written"):
            exported(trainings, run, "peft", path, force=True)


def test_a_damaged_run_is_not_exported(trainings, run, tmp_path):
    """Its bytes are compared with its manifest first."""
    flip_byte(run.path / "adapter_model.safetensors")
    with pytest.raises(IntegrityError):
        exported(trainings, run, "peft", tmp_path / "out")
    assert list(tmp_path.glob("*out*")) == []


def test_what_is_asked_for_wrongly(store, tmp_path):
    """A kind that is not there, an option of another, a run that is not there."""
    with pytest.raises(UsageError, match="'tar' is not one of transformers, "):
        export("latest", "tar", tmp_path / "out", ExportOptions(), store)
    with pytest.raises(UsageError, match="--quantize has no meaning with --to peft"):
        export("latest", "peft", tmp_path / "out", ExportOptions(quantize="int8"), store)
    with pytest.raises(UnknownReferenceError):
        export("latest", "peft", tmp_path / "out", ExportOptions(), store)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_a_module(kind):
    """With the one function that the registry asks for."""
    from colacli.exports.kinds import load_kind

    assert callable(load_kind(kind).write)
