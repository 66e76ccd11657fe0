"""From an address to a remote, or to an error that says what is missing."""

import importlib.util

import pytest

from colacli.errors import UnavailableError, UsageError
from colacli.events import ignore
from colacli.sharing import address
from colacli.sharing.address import Address, connect
from store_making import commit_run


def test_a_folder_is_a_remote(store, tmp_path):
    """`file://` leads to a folder."""
    run = commit_run(store)
    connect(Address((tmp_path / "remote").as_uri())).push(run, ignore)

    assert (tmp_path / "remote" / "runs" / run.key / "manifest.json").is_file()


def test_the_root_of_memory_is_a_remote(store):
    """An address without a folder has its runs at the top."""
    run = commit_run(store)
    remote = connect(Address("memory://"))
    remote.push(run, ignore)

    assert remote.find(run.key[:4]) == run.key


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("sftp://me:secret@host/runs", "sftp://me@host/runs"),
        ("webdavs://me:s:e@c@host:8080/a", "webdavs://me@host:8080/a"),
        ("sftp://me@host:22/runs", "sftp://me@host:22/runs"),
        ("s3://bucket/a:b/c@d", "s3://bucket/a:b/c@d"),
    ],
)
def test_passwords_are_not_shown(url, shown):
    """Messages and documents have the address without its password, and nothing else is taken from it."""
    assert Address(url).shown == shown


@pytest.mark.parametrize("protocol", ["s3", "ssh", "sftp", "webdav", "webdavs"])
def test_a_missing_package_names_the_extra(monkeypatch, protocol):
    """The hint is the command that installs it."""
    monkeypatch.setattr(address, "find_spec", lambda name: None if name in address._PACKAGES.values() else object())

    with pytest.raises(UnavailableError, match="is not installed") as caught:
        connect(Address(f"{protocol}://host/runs"))

    assert "colacli[remotes]" in caught.value.hint


@pytest.mark.skipif(importlib.util.find_spec("dropboxdrivefs") is not None, reason="dropboxdrivefs is installed")
def test_any_other_missing_package_is_named():
    """What fsspec says of a protocol that needs more is passed on."""
    with pytest.raises(UnavailableError, match="not installed") as caught:
        connect(Address("dropbox://runs"))

    assert "dropboxdrivefs" in caught.value.hint


def test_an_unknown_protocol_is_a_usage_error():
    """It is named, with some that there are."""
    with pytest.raises(UsageError, match="no protocol 'carrier'") as caught:
        connect(Address("carrier://pigeon"))

    assert "s3" in caught.value.hint


def test_options_that_do_not_fit_are_refused():
    """What the file system says of them is passed on."""
    pytest.importorskip("webdav4", reason="webdav4 is not installed")

    with pytest.raises(UnavailableError, match="unexpected keyword"):
        connect(Address("webdav://host", {"colour": "red"}))
