"""A manifest says what is in its folder, and shows its own damage."""

import json

import pytest

from colacli.errors import IntegrityError
from colacli.store.canonical import canonical
from colacli.store.manifest import read_manifest
from factories.runs import commit_run, make_spec


def rewrite(run, **changes):
    """Change fields of a manifest and take its seal off, as somebody might on purpose."""
    values = json.loads((run.path / "manifest.json").read_bytes())
    del values["seal"]
    (run.path / "manifest.json").write_bytes(canonical({**values, **changes}))


def test_what_is_written_is_read_back(store):
    """With a seal on it."""
    run = commit_run(store)

    assert read_manifest(run.path) == run.manifest
    assert len(run.manifest.seal) == 64


@pytest.mark.parametrize(("old", "new"), [(b'"created": "2', b'"created": "1'), (b'"seconds": 1', b'"seconds": 2')])
def test_a_change_that_makes_sense_is_found(store, old, new):
    """Another date, another time: the seal is broken, though both could be true."""
    path = commit_run(store).path / "manifest.json"
    path.write_bytes(path.read_bytes().replace(old, new))

    with pytest.raises(IntegrityError, match="other bytes than were written"):
        read_manifest(path.parent)


def test_a_manifest_without_a_seal_is_read(store):
    """Earlier runs have none."""
    run = commit_run(store)
    rewrite(run)

    assert read_manifest(run.path).files == run.manifest.files


RECORD = {"sha256": "0" * 64, "size": 1}


@pytest.mark.parametrize(
    "changes",
    [
        {"files": {"../spec.json": RECORD}},
        {"files": {"/etc/passwd": RECORD}},
        {"files": {"a/b": RECORD}},
        {"files": {"a\\b": RECORD}},
        {"files": {"..": RECORD}},
        {"files": {"a\0": RECORD}},
        {"files": {"": RECORD}},
        {"files": {"manifest.json": RECORD}},
        {"files": {"x" * 101: RECORD}},
        {"files": {"a": {**RECORD, "size": -1}}},
        {"files": {"a": {**RECORD, "size": 1.5}}},
        {"files": {"a": {**RECORD, "size": True}}},
        {"parents": {"teacher": "../../elsewhere"}},
        {"parents": {"teacher": make_spec().key[:12]}},
        {"seconds": "1"},
        {"format": 2},
        {"unknown": 1},
    ],
)
def test_what_could_lead_elsewhere_is_refused(store, changes):
    """A file's name is a name, a parent's key is a key, a size is a number of bytes."""
    run = commit_run(store)
    rewrite(run, **changes)

    with pytest.raises(IntegrityError, match=r"manifest\.json is not a manifest"):
        read_manifest(run.path)
