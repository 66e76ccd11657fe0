"""A published file from its address, bounded and checked."""

from __future__ import annotations

from http.client import HTTPException, HTTPResponse, IncompleteRead
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from colacli.errors import UnavailableError, not_published
from colacli.events import OnEvent, Work
from colacli.store.canonical import sha256

_TIMEOUT = 30.0  # seconds without a byte
_CHUNK = 1 << 14  # bytes between two progress events


def download(address: str, size: int, digest: str, hint: str, work: Work, on_event: OnEvent) -> bytes:
    """The bytes at an address, which must be the published ones.

    Args:
        address: of the file.
        size: its bytes; no more are read.
        digest: its SHA-256.
        hint: the way around a network that is not there.
        work: what is being downloaded, with the bytes before this file.
        on_event: receives the progress in bytes.

    Raises:
        UnavailableError: the address can't be reached, or the connection broke.
        IntegrityError: other bytes came.
    """
    from colacli import __version__

    request = Request(address, headers={"User-Agent": f"colacli/{__version__}"})
    try:
        with urlopen(request, timeout=_TIMEOUT) as response:
            content = _receive(response, address, size, work, on_event)
    except (OSError, HTTPException) as error:
        if isinstance(error, HTTPError):
            error.close()
        raise UnavailableError(f"{address} can't be downloaded: {_reason(error)}", hint) from error
    if sha256(content) != digest:
        raise not_published(address, "its SHA-256 is not the published one")
    return content


def _receive(response: HTTPResponse, address: str, size: int, work: Work, on_event: OnEvent) -> bytes:
    content = b""
    while chunk := response.read(_CHUNK):
        content += chunk
        if len(content) > size:
            raise not_published(address, f"it is larger than the published {size:,} bytes")
        on_event(Work(work.what, work.done + len(content), work.total, unit="bytes"))
    if response.length:  # announced and never sent; not every Python raises an error
        raise IncompleteRead(content, response.length)
    return content


def _reason(error: Exception) -> str:
    """The cause, in short: that inside of a URLError."""
    if isinstance(error, IncompleteRead):
        return "the connection broke off"
    cause = error if isinstance(error, HTTPError) else getattr(error, "reason", error)
    return str(getattr(cause, "strerror", None) or cause) or type(cause).__name__
