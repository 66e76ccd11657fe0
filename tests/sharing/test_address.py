"""From an address to a remote, or to an error that says what is missing; and no secret of it is ever shown."""

import os

import pytest

from colacli.errors import UnavailableError, UsageError
from colacli.events import ignore
from colacli.sharing import address
from colacli.sharing.address import PROTOCOLS, Address, connect
from factories.runs import commit_run


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
    "name", ["my remote", "a::b", "a::memory:", "50%", "a?b#c", "me@work", "a*[b]", "ü", os.fsdecode(b"\xff")]
)
def test_any_folder_has_an_address(store, tmp_path, name):
    """Its URI leads to it: what is encoded is decoded, and nothing in it means another protocol."""
    run, folder = commit_run(store), tmp_path / name
    connect(Address(folder.as_uri())).push(run, ignore)

    assert (folder / "runs" / run.key / "manifest.json").is_file()


def test_what_fsspec_takes_for_a_chain_is_a_folder(store, tmp_path):
    """Unencoded too."""
    run = commit_run(store)
    connect(Address(f"file://{tmp_path}/a::b")).push(run, ignore)

    assert (tmp_path / "a::b" / "runs" / run.key / "manifest.json").is_file()


@pytest.mark.parametrize("protocol", ["s3", "ssh", "sftp", "webdav", "webdavs"])
def test_a_missing_package_names_the_extra(monkeypatch, protocol):
    """The hint is the command that installs it."""
    monkeypatch.setattr(address, "find_spec", lambda name: None)

    with pytest.raises(UnavailableError, match="is not installed") as caught:
        connect(Address(f"{protocol}://host/runs"))

    assert "colacli[remotes]" in caught.value.hint


@pytest.mark.parametrize("protocol", ["gs", "az"])
def test_any_other_missing_package_is_named(monkeypatch, protocol):
    """With the command that installs it."""
    monkeypatch.setattr(address, "find_spec", lambda name: None)

    with pytest.raises(UnavailableError, match=f"needs {PROTOCOLS[protocol].package}") as caught:
        connect(Address(f"{protocol}://bucket/runs"))

    assert "pip install" in caught.value.hint


@pytest.mark.parametrize(
    "protocol",
    ["carrier", "github", "http", "https", "jdbc", "ftp", "reference", "zip", "tar", "cached", "simplecache", "FILE"],
)
def test_what_is_not_meant_for_stores_is_refused(monkeypatch, protocol):
    """Before anything is looked up; the hint has those that are."""
    monkeypatch.setattr(address, "find_spec", None)

    with pytest.raises(UsageError, match="not meant for remotes") as caught:
        Address(f"{protocol}://pigeon/x")

    assert "s3" in caught.value.hint


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("file://folder/x", "absolute path"),
        ("file://", "absolute path"),
        ("file:///a?b", "no query"),
        ("webdav://host/a#b", "no fragment"),
        ("s3://key:secret@bucket/x", "bucket's name"),
        ("s3://", "bucket's name"),
        ("ssh:///x", "no host"),
        ("ssh://host:port/x", "can't be read"),
        ("webdavs://me:1/x@host/a", "'@' after the host"),
        ("s3://key/secret@bucket", "'@' after the host"),
        ("ssh://[::1/x", "can't be read"),
    ],
)
def test_what_is_no_address_is_refused(url, words):
    """What is wrong is said, and what to write instead."""
    with pytest.raises(UsageError, match=words) as caught:
        Address(url)

    assert caught.value.hint


@pytest.mark.parametrize(
    ("protocol", "option", "value"),
    [
        ("ssh", "proxy_command", "touch x"),
        ("ssh", "config", "x"),
        ("ssh", "sftp_client_kwargs", {}),
        ("ssh", "client_factory", "x"),
        ("sftp", "pool_type", "x"),
        ("sftp", "agent_path", "x"),
        ("s3", "session", "x"),
        ("s3", "client_kwargs", {}),
        ("webdav", "colour", "red"),
        ("webdav", "client", "x"),
        ("file", "auto_mkdir", True),
        ("memory", "x", "y"),
    ],
)
def test_options_are_an_allow_list(protocol, option, value):
    """Any other is refused by name, with those that there are."""
    where = "///x" if protocol == "file" else "//host/x"
    with pytest.raises(UsageError, match=f"'{option}' is not an option of {protocol}://"):
        Address(f"{protocol}:{where}", {option: value})


@pytest.mark.parametrize("value", [{}, [], ["a"], "", None])
def test_values_are_texts_and_numbers(value):
    """Nothing that a library could take for something else."""
    with pytest.raises(UsageError, match="'password'"):
        Address("ssh://host/x", {"password": value})


@pytest.mark.parametrize("value", ["https://me:secret@host", "https://host/?sig=secret", "file:///x"])
def test_an_endpoint_has_no_credentials(value):
    """For it is an address too."""
    with pytest.raises(UsageError, match="endpoint_url") as caught:
        Address("s3://bucket/x", {"endpoint_url": value})

    assert "secret" not in caught.value.message


@pytest.mark.parametrize(
    ("url", "options", "expected"),
    [
        (
            "ssh://m%40e:p%2Fw@host:2222/a%20b",
            {"client_keys": ["~/.ssh/key"], "timeout": 3},
            ("ssh", "/a b", {"host": "host", "port": 2222, "username": "m@e", "password": "p/w"}),
        ),
        (
            "webdavs://host:8/files/m%40e/a%20b/",
            {"username": "me", "password": "pw"},
            ("webdav", "files/m@e/a b", {"base_url": "https://host:8", "auth": ("me", "pw")}),
        ),
        (
            "s3://bucket/a%20b/",
            {"region": "eu-west-1", "timeout": 5, "profile": "mine"},
            (
                "s3",
                "bucket/a%20b",
                {
                    "profile": "mine",
                    "client_kwargs": {"region_name": "eu-west-1"},
                    "config_kwargs": {"connect_timeout": 5, "read_timeout": 5},
                },
            ),
        ),
    ],
)
def test_each_protocol_gets_what_it_wants(url, options, expected):
    """Users, passwords and folders are decoded; names of objects are taken as they are."""
    protocol, root, given_options = address._adapted(Address(url, options))
    more = {"known_hosts": (), "client_keys": ["~/.ssh/key"], "timeout": 3} if protocol == "ssh" else {}

    assert (protocol, root, given_options) == (*expected[:2], {**more, **expected[2]})
