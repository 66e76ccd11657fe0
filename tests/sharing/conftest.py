"""Fixtures of the tests of sharing."""

import uuid

import fsspec
import pytest

from colacli.events import ignore
from colacli.sharing import address
from colacli.sharing.archive import write_archive
from colacli.store.store import Store
from factories.runs import commit_family


@pytest.fixture(autouse=True)
def no_secrets(monkeypatch):
    """A secret of one test is not taken out of what another one reads."""
    monkeypatch.setattr(address, "_secrets", set())


@pytest.fixture(scope="module")
def shared_family(tmp_path_factory):
    """A teacher and a student in a store of their own; never write into it."""
    return commit_family(Store(tmp_path_factory.mktemp("family") / "store"))


@pytest.fixture(scope="module")
def exported(shared_family, tmp_path_factory):
    """The bytes of the file with both, made for the student."""
    path = tmp_path_factory.mktemp("exported") / "runs.tar"
    write_archive(path, shared_family, [shared_family[1].key], ignore)
    return path.read_bytes()


@pytest.fixture(params=["file", "memory", "objects"])
def place_of(request, tmp_path):
    """A file system and a folder in it: of this machine, in memory, and in memory as an object store treats it."""
    if request.param == "file":
        return fsspec.filesystem("file"), (tmp_path / "remote").as_posix()
    fs = fsspec.filesystem("memory", global_store=False, skip_instance_cache=True)
    if request.param == "objects":
        fs.protocol = "s3"
    return fs, f"/{uuid.uuid4().hex}"


@pytest.fixture
def family(store):
    """A teacher and a student."""
    return commit_family(store)
