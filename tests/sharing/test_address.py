"""From an address to a remote, or to an error that says what is missing; and no secret of it is ever shown."""

import os
import subprocess
import sys
import traceback
from urllib.parse import unquote

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from colacli.errors import UnavailableError, UsageError
from colacli.events import ignore
from colacli.sharing import address
from colacli.sharing.address import PROTOCOLS, Address, connect, scrub, shown
from colacli.sharing.remote import unreached
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


@pytest.mark.parametrize(
    ("url", "seen"),
    [
        ("sftp://me:secret@host/runs", "sftp://host/runs"),
        ("webdavs://me:s:e@c@host:8080/a", "webdavs://host:8080/a"),
        ("sftp://me@host:22/runs", "sftp://host:22/runs"),
        ("ssh://me@[::1]:22/a", "ssh://[::1]:22/a"),
        ("webdavs://host/files/me%40example.org/", "webdavs://host/files/me%40example.org/"),
        ("s3://bucket/a:b/c", "s3://bucket/a:b/c"),
        ("file:///a/me@work::x", "file:///a/me@work::x"),
        ("https://token@host/a", "https://host/a"),
        ("https://host/a?sig=secret", "https://host/a"),
        ("https://me:se/cret@host/a", "https://…"),
        ("https://me:secret", "https://…"),
        ("me:secret@host", "…"),
    ],
)
def test_scheme_host_and_path_are_shown(url, seen):
    """And nothing where these can't be told from secrets."""
    assert shown(url) == seen


SECRETS = st.text("Zq94/@:?#&=%+~!$ü[]\\'\" ", min_size=3, max_size=12).map(lambda text: f"S3{text}cr")
HOSTS = st.sampled_from(["host", "host.example.org:8080", "[::1]", "[fe80::1]:22", "127.0.0.1:1"])
PATHS = st.sampled_from(["", "/", "/a/b", "/a:b", "/a%20b"])
SHAPES = [
    "{secret}@{host}{path}",
    "me:{secret}@{host}{path}",
    "me@example.org:{secret}@{host}{path}",
    "{secret}:x@{host}{path}",
    "{host}{path}?sig={secret}",
    "{host}{path}?sv=1&sig={secret}&me=a@b",
    "{host}{path}#{secret}",
    "me:{secret}@{host}{path}?token={secret}#x",
]
PROTOCOL = st.sampled_from([*PROTOCOLS, "https", "http", "ftp", "github", "jdbc"])


@given(PROTOCOL, st.sampled_from(SHAPES), SECRETS, HOSTS, PATHS)
@example("webdavs", SHAPES[1], "S3/cr", "host", "/a")
@example("https", SHAPES[0], "S3/cr", "host", "")
@example("ssh", SHAPES[2], "S3?@#/cr", "[::1]:22", "/a@b")
def test_no_shape_of_a_url_shows_its_secret(protocol, shape, secret, host, path):
    """Neither by itself, nor in the error of an address that is refused, nor where a library quotes it."""
    assume(":" not in secret or not shape.startswith("{secret}:"))  # a user name ends at the first colon
    url = f"{protocol}://" + shape.format(secret=secret, host=host, path=path)
    assert secret not in shown(url)
    try:
        made = Address(url)
    except UsageError as error:
        told, is_login = "".join(traceback.format_exception(error)), False
    else:
        told = unreached(made.shown, ValueError(f"401 for {url} with {secret!r}")).message
        is_login = made.user == unquote(secret) and bool(made.password or protocol in ("ssh", "sftp"))
    assert is_login or secret not in told


@pytest.mark.parametrize("option", ["password", "passphrase"])
def test_secrets_of_options_are_not_told_on(option):
    """What a library says of them is scrubbed, as is everything that is printed."""
    made = Address("ssh://host/x", {option: "pass word/é"})

    assert unreached(made.shown, ValueError("bad 'pass word/é'")).message == "ssh://host/x: bad '***'"
    assert scrub("pass%20word/%C3%A9 pass%20word%2F%C3%A9") == "*** ***"


def test_a_traceback_has_no_secret(tmp_path):
    """Not even where `--debug` shows the errors of libraries."""
    url = "webdav://me:hunter2@127.0.0.1:1/x"
    code = f"""
import sys
from colacli import __main__, sharing
from colacli.sharing.remote import Remote
def broken(self, reference):
    raise ValueError("can't log in at {url} with hunter2")
Remote.find = broken
sys.argv = ["colacli", "runs", "pull", "{url}", "abcd", "--debug"]
__main__.main()
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "COLACLI_HOME": str(tmp_path), "COLACLI_CONFIG_DIR": str(tmp_path)},
        capture_output=True,
        encoding="utf-8",
        timeout=200,
        check=False,
    )

    assert "Traceback" in done.stderr
    assert "can't log in at" in done.stderr
    assert "hunter2" not in done.stdout + done.stderr


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
