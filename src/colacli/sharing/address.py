"""From a remote's address to the file system behind it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from colacli.errors import UnavailableError, UsageError

if TYPE_CHECKING:
    from colacli.sharing.remote import Remote

_PACKAGES = {"s3": "s3fs", "ssh": "sshfs", "sftp": "sshfs", "webdav": "webdav4", "webdavs": "webdav4"}
"""What the extra `remotes` brings, by protocol; fsspec knows more, and says itself what they need."""


@dataclass(frozen=True)
class Address:
    """Where a remote is."""

    url: str
    options: Mapping[str, Any] = field(default_factory=dict)
    """Passed to the protocol's file system."""

    @property
    def protocol(self) -> str:
        """What stands before '://'."""
        return self.url.partition("://")[0]

    @property
    def shown(self) -> str:
        """The URL without its password."""
        return re.sub(r"(//[^/:@]*):[^/]*@", r"\1@", self.url)


def connect(address: Address) -> Remote:
    """The remote at an address.

    Raises:
        UsageError: there is no such protocol.
        UnavailableError: its package is not installed, or it can't be reached.
    """
    import fsspec

    from colacli.sharing.remote import Remote, unreached

    if find_spec(package := _PACKAGES.get(address.protocol, "fsspec")) is None:
        hint = "pip install 'colacli[remotes]'"
        raise UnavailableError(f"{address.shown} needs {package}, which is not installed", hint)
    if address.protocol not in {*_PACKAGES, *fsspec.available_protocols()}:
        known = ", ".join(["file", *_PACKAGES])
        raise UsageError(f"{address.shown}: there is no protocol '{address.protocol}'", f"there are {known}, and more")
    url, options = _adapted(address)
    try:
        fs, root = fsspec.url_to_fs(url, skip_instance_cache=True, **options)
    except ImportError as error:
        raise UnavailableError(f"{address.shown} needs a package that is not installed", str(error)) from error
    except Exception as error:
        raise unreached(address.shown, error) from error
    return Remote(fs, root, address.shown.rstrip("/"))


def _adapted(address: Address) -> tuple[str, dict[str, Any]]:
    """URL and options as their file system wants them."""
    options = dict(address.options)
    if address.protocol in ("ssh", "sftp"):  # sshfs would trust any host; its empty default is ~/.ssh/known_hosts
        return address.url, {"known_hosts": (), **options}
    if address.protocol in ("webdav", "webdavs"):  # wants the host, the user and the path apart
        parts = urlsplit(address.url)
        base = f"{parts.scheme.replace('webdav', 'http')}://{parts.netloc.rpartition('@')[2]}"
        auth = (unquote(parts.username), unquote(parts.password or "")) if parts.username else None
        return f"webdav://{parts.path.lstrip('/')}", {"base_url": base, "auth": auth, **options}
    return address.url, options
