"""No message, URL or traceback shows a secret of a remote's address."""

import os
import subprocess
import sys
import traceback
from urllib.parse import unquote

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from colacli.errors import UsageError
from colacli.sharing.address import PROTOCOLS, Address, scrub, shown
from colacli.sharing.remote import unreached


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
