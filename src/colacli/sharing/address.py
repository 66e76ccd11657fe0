"""A remote's address, the file system that it leads to, and what of the address may be shown."""

from __future__ import annotations

import base64
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import SplitResult, quote, unquote, unquote_to_bytes, urlsplit

from colacli.errors import UnavailableError, UsageError

if TYPE_CHECKING:
    from colacli.sharing.remote import Remote


class _Protocol(NamedTuple):
    package: str
    options: frozenset[str] = frozenset()
    """What may be set: never commands, code, or other arguments of a library."""


_LOGIN = {"username", "password", "timeout"}
_SSH = _Protocol("sshfs", frozenset({*_LOGIN, "port", "client_keys", "passphrase", "known_hosts"}))
_WEBDAV = _Protocol("webdav4", frozenset(_LOGIN))
_S3 = {"endpoint_url", "region", "profile", "key", "secret", "token", "anon", "requester_pays", "timeout"}
_AZURE = {"account_name", "account_key", "sas_token", "connection_string", "anon"}
PROTOCOLS = {
    "file": _Protocol("fsspec"),
    "s3": _Protocol("s3fs", frozenset(_S3)),
    "ssh": _SSH,
    "sftp": _SSH,
    "webdav": _WEBDAV,
    "webdavs": _WEBDAV,
    "gs": _Protocol("gcsfs", frozenset({"endpoint_url", "project", "token"})),
    "az": _Protocol("adlfs", frozenset(_AZURE)),
    "memory": _Protocol("fsspec"),  # forgotten at the process' end: for tests
}
"""Protocols that a remote may have; nothing is looked up or imported for any other."""
_BUCKETS = ("s3", "gs", "az")
_SECRET = ("password", "passphrase", "key", "secret", "token", "account_key", "sas_token", "connection_string")
_HOST = re.compile(r"([\w.-]*|\[[\w:.%]+\])(:\d*)?")
_HIDDEN = "…"
_EXTRA = "pip install 'colacli[remotes]'"

_secrets: set[str] = set()
"""Those of every address made in this process; `scrub` takes them out of whatever is printed."""


def shown(url: str) -> str:
    """What of an address may be printed and stored: scheme, host and path, where these can be told from secrets."""
    scheme, mark, rest = url.partition("://")
    if not mark or not re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*", scheme):
        return _HIDDEN
    authority, slash, path = re.split("[?#]", rest, maxsplit=1)[0].partition("/")
    host = authority.rpartition("@")[2]
    # An '@' further on may end a password that has '/', '?' or '#' in it; in a local path it is only a character.
    is_local = scheme == "file" and not authority
    if ("@" in rest[len(authority) :] and not is_local) or not _HOST.fullmatch(host):
        return f"{scheme}://{_HIDDEN}"
    return f"{scheme}://{host}{slash}{path}"


def scrub(text: str) -> str:
    """Text without the secrets of any address, as they are and as libraries write them."""
    for secret in sorted(_secrets, key=len, reverse=True):
        text = text.replace(secret, "***")
    return text


@dataclass(frozen=True)
class Address:
    """Where a remote is.

    Raises:
        UsageError: the protocol is not meant for stores, the URL can't be read, or an option is not on its list.
    """

    url: str = field(repr=False)
    options: Mapping[str, Any] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        """Check the URL and every option."""
        protocol = PROTOCOLS.get(self.protocol)
        if protocol is None:
            known = ", ".join(PROTOCOLS)
            raise UsageError(f"{self.shown}: this protocol is not meant for remotes", f"there are {known}")
        if problem := self._problem():
            raise UsageError(f"{self.shown}: {problem[0]}", problem[1])
        for name, value in self.options.items():
            if name not in protocol.options:
                known = f"allowed are {', '.join(sorted(protocol.options))}" if protocol.options else "it has none"
                raise UsageError(f"{self.shown}: '{name}' is not an option of {self.protocol}://", known)
            _check_value(self.shown, name, value)
        _secrets.update(form for secret in self._secrets() if secret for form in _forms(secret))

    @property
    def protocol(self) -> str:
        """The part before '://'."""
        return self.url.partition("://")[0]

    @property
    def shown(self) -> str:
        """As `shown`."""
        return shown(self.url)

    def _problem(self) -> tuple[str, str] | None:
        """What is wrong with the URL, and what to do."""
        if re.search("[?#]", self.url):
            return "an address has no query and no fragment", "write '?' as %3F and '#' as %23; put options in settings"
        try:
            parts = self._parts
            parts.port  # noqa: B018 # reading it checks it
        except ValueError:
            return "host and port can't be read", "write '/' in a password as %2F, ':' as %3A and '@' as %40"
        if self.protocol == "file" and (parts.netloc not in ("", "localhost") or not parts.path):
            return "file:// needs an absolute path", "give three slashes, as in file:///folder"
        if self.protocol in _BUCKETS and (not parts.netloc or re.search("[@:]", parts.netloc)):
            return "there is no bucket's name", "give it alone; credentials go in options, a profile or the environment"
        if self.protocol in ("ssh", "sftp", "webdav", "webdavs") and not parts.hostname:
            return "there is no host", "give one, as in ssh://host/folder"
        if self.protocol != "file" and "@" in parts.path:
            return "there is an '@' after the host", "write '@' in a folder as %40, and '/' in a password as %2F"
        return None

    @property
    def _parts(self) -> SplitResult:
        return urlsplit(self.url)

    @property
    def user(self) -> str | None:
        """From the options, else from the URL."""
        return str(self.options.get("username") or unquote(self._parts.username or "")) or None

    @property
    def password(self) -> str | None:
        """From the options, else from the URL."""
        return str(self.options.get("password") or unquote(self._parts.password or "")) or None

    def _secrets(self) -> list[str]:
        """What must not be shown. A user alone is a login name to ssh, and may be a token to other protocols."""
        named = [str(self.options[name]) for name in _SECRET if name in self.options]
        if self.user is None or (self.password is None and self.protocol in ("ssh", "sftp")):
            return named
        basic = base64.b64encode(f"{self.user}:{self.password or ''}".encode(errors="surrogateescape")).decode()
        return [*named, basic, self.password or self.user, self._parts.password or self._parts.username or ""]


def _check_value(where: str, name: str, value: Any) -> None:
    texts = value if isinstance(value, list) and name == "client_keys" else [value]
    if not all(isinstance(text, str | int | float) and text != "" for text in texts):
        raise UsageError(f"{where}: option '{name}' has no value that can be used", "give a text or a number")
    if name == "endpoint_url" and (shown(str(value)) != value or not re.match("https?://", str(value))):
        raise UsageError(f"{where}: endpoint_url is more than scheme, host and path", "put credentials in options")


def _forms(secret: str) -> set[str]:
    """A secret as it is, and as URLs and Python write it."""
    plain = unquote(secret)
    return {secret, plain, quote(plain), quote(plain, safe=""), repr(plain)[1:-1]}


def connect(address: Address) -> Remote:
    """The remote at an address.

    Raises:
        UnavailableError: its package is not installed, or it can't be reached.
    """
    if find_spec(package := PROTOCOLS[address.protocol].package) is None:
        hint = _EXTRA if address.protocol not in ("gs", "az") else f"pip install {package}"
        raise UnavailableError(f"{address.shown} needs {package}, which is not installed", hint)
    import fsspec

    from colacli.sharing.remote import Remote, unreached

    protocol, root, options = _adapted(address)
    try:  # never by the URL: fsspec would read '::' in it as one protocol over another
        fs = fsspec.filesystem(protocol, skip_instance_cache=True, **options)
    except Exception as error:
        raise unreached(address.shown, error) from error
    return Remote(fs, root, address.shown.rstrip("/"))


def _path(quoted: str) -> str:
    """That of a file:// address."""
    if os.name == "posix":
        return os.fsdecode(unquote_to_bytes(quoted))
    from urllib.request import url2pathname  # here, for it imports all of HTTP

    return url2pathname(quoted)


def _adapted(address: Address) -> tuple[str, str, dict[str, Any]]:
    """Protocol, folder and options as fsspec's file system wants them."""
    parts, options = address._parts, dict(address.options)
    timeout = options.pop("timeout", None)
    match address.protocol:
        case "file":
            return "file", _path(parts.path), {}
        case "ssh" | "sftp":  # sshfs would trust any host; its empty default is ~/.ssh/known_hosts
            login = {"username": address.user, "password": address.password, "port": parts.port, "timeout": timeout}
            login = {name: value for name, value in login.items() if value is not None}
            return "ssh", unquote(parts.path), {"known_hosts": (), **options, "host": parts.hostname, **login}
        case "webdav" | "webdavs":
            base = f"{parts.scheme.replace('webdav', 'http')}://{parts.netloc.rpartition('@')[2]}"
            auth = (address.user, address.password or "") if address.user else None
            options = {"timeout": timeout} if timeout is not None else {}
            return "webdav", unquote(parts.path).strip("/"), {"base_url": base, "auth": auth, **options}
        case "memory":
            return "memory", f"/{parts.netloc}{parts.path}".rstrip("/"), {}
    bucket = f"{parts.netloc}{parts.path}".strip("/")
    if address.protocol == "s3":
        if region := options.pop("region", None):
            options["client_kwargs"] = {"region_name": region}
        if timeout is not None:
            options["config_kwargs"] = {"connect_timeout": timeout, "read_timeout": timeout}
    return address.protocol, bucket, options
