"""Runs in one file: an uncompressed tar, the same bytes for the same runs.

`export.json` says what is in it; then come, run by run, a manifest and the files it lists.
It is read header by header and not with `tarfile.open`: links, long names and sparse files have
no place in it, so no code that understands them is let near a file from elsewhere.
"""

from __future__ import annotations

import re
import tarfile
from dataclasses import dataclass
from io import BytesIO
from itertools import islice
from typing import IO, TYPE_CHECKING, Annotated, Literal

from msgspec import Meta

from colacli.errors import IntegrityError, UsageError
from colacli.events import Work
from colacli.output_files import open_output
from colacli.sharing.receive import CHUNK, Incoming
from colacli.store.canonical import canonical
from colacli.store.manifest import MANIFEST
from colacli.store.reading import LONGEST, Key, decode
from colacli.store.run import RUNS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from colacli.events import OnEvent
    from colacli.store.run import Run

CONTENTS = "export.json"
_MEMBER = re.compile(rf"{RUNS}/([0-9a-f]{{64}})/([^/]+)")
_COMPRESSED = (b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd", b"PK")
_HINT = "nothing was imported; make the file again with `colacli runs export`"


@dataclass(frozen=True)
class _Contents:
    """What is in an archive; `asked` are the runs it is made for."""

    format: Literal[1]
    asked: Annotated[tuple[Key, ...], Meta(min_length=1)]
    runs: tuple[Key, ...]


def write_archive(path: Path, runs: Sequence[Run], asked: Sequence[str], on_event: OnEvent) -> None:
    """Write sound runs into a file, which appears whole or not at all; `asked` are those it is made for.

    Raises:
        UsageError: they are so many that their list could not be read again.
    """
    runs = sorted(runs, key=lambda run: run.key)
    total, done = sum(run.manifest.size for run in runs), 0
    contents = canonical(_Contents(1, tuple(sorted(asked)), tuple(run.key for run in runs)))
    if len(contents) > LONGEST:
        raise UsageError(f"{len(runs):,} runs are too many for one file", "export them in several")
    with open_output(path) as out, tarfile.open(fileobj=out, mode="w|", format=tarfile.USTAR_FORMAT) as tar:
        _add(tar, CONTENTS, BytesIO(contents), len(contents))
        for run in runs:
            for name in (MANIFEST, *sorted(run.manifest.files)):
                with (run.path / name).open("rb") as stream:
                    _add(tar, f"{RUNS}/{run.key}/{name}", stream, (run.path / name).stat().st_size)
            done += run.manifest.size
            on_event(Work("exporting", done, total, "bytes"))


def _add(tar: tarfile.TarFile, name: str, stream: IO[bytes], size: int) -> None:
    """A fresh header is nobody's, of 1970 and of mode 644, the same on every machine."""
    header = tarfile.TarInfo(name)
    header.size = size
    tar.addfile(header, stream)


def unpack(path: Path, folder: Path, on_event: OnEvent) -> tuple[list[str], dict[str, Incoming]]:
    """Unpack an archive into a folder, still to be verified.

    Returns:
        The keys of the runs it was made for, and all its runs by key.

    Raises:
        UsageError: there is no such file.
        IntegrityError: it is not what `write_archive` writes.
    """
    if not path.is_file():
        raise UsageError(f"there is no file {path}", "name one that `colacli runs export` wrote")
    found: dict[str, Incoming] = {}
    with path.open("rb") as stream:
        members = _members(stream, path)
        contents = _contents(members, path)
        for name, chunks in members:
            _take(name, chunks, path, folder, found)
            on_event(Work("importing", stream.tell(), path.stat().st_size, "bytes"))
    if sorted(found) != sorted(contents.runs) or not {*contents.asked} <= {*found}:
        raise IntegrityError(f"{path} doesn't hold the runs that its {CONTENTS} lists", _HINT)
    return list(contents.asked), found


def _take(name: str, chunks: Iterator[bytes], path: Path, folder: Path, found: dict[str, Incoming]) -> None:
    """Let one member into the run it belongs to."""
    match = _MEMBER.fullmatch(name)
    if match is None:
        raise IntegrityError(f"{path} holds '{name}'; an export holds {RUNS}/KEY/FILE only", _HINT)
    key, file = match.groups()
    if (key in found) == (file == MANIFEST):
        raise IntegrityError(f"{path} holds {name} {'twice' if key in found else 'before its manifest'}", _HINT)
    if file == MANIFEST:
        found[key] = Incoming(folder / key, f"{path}: {RUNS}/{key}", chunks)
    else:
        found[key].take(file, chunks)


def _contents(members: Iterator[tuple[str, Iterator[bytes]]], path: Path) -> _Contents:
    """The first member, read."""
    name, chunks = next(members, ("nothing", iter(())))
    try:
        if name != CONTENTS:
            raise ValueError(f"the first thing in it is {name}")
        content = b"".join(islice(chunks, LONGEST // CHUNK + 2))  # enough to see that it is too long
        return decode(content, _Contents)
    except ValueError as error:
        raise IntegrityError(f"{path} has no {CONTENTS} that can be read: {error}", _HINT) from error


def _members(stream: IO[bytes], path: Path) -> Iterator[tuple[str, Iterator[bytes]]]:
    """Name and content of each member, one after the other."""
    at, end = 0, path.stat().st_size
    while (header := _header(stream, at, path)) is not None:
        at += tarfile.BLOCKSIZE * (1 + -(-header.size // tarfile.BLOCKSIZE))
        if at > end:
            raise IntegrityError(f"{path} is cut short: {header.name} would end at byte {at:,} of {end:,}", _HINT)
        yield header.name, _chunks(stream, header.size)


def _chunks(stream: IO[bytes], size: int) -> Iterator[bytes]:
    while size > 0 and (chunk := stream.read(min(CHUNK, size))):
        size -= len(chunk)
        yield chunk


def _header(stream: IO[bytes], at: int, path: Path) -> tarfile.TarInfo | None:
    """The header that stands there; None at the archive's end."""
    stream.seek(at)
    block = stream.read(tarfile.BLOCKSIZE)
    if block == bytes(tarfile.BLOCKSIZE):
        return None
    try:
        header = tarfile.TarInfo.frombuf(block, "ascii", "strict")
    except (tarfile.HeaderError, UnicodeDecodeError) as error:
        compressed = "compressed: decompress it first" if block.startswith(_COMPRESSED) else "not a tar file"
        what = f"cut short or damaged at byte {at:,}" if at else compressed
        raise IntegrityError(f"{path} is {what}", _HINT) from error
    if header.type not in (tarfile.REGTYPE, tarfile.AREGTYPE) or header.size < 0:
        raise IntegrityError(f"{path} holds '{header.name}', which is not a plain file", _HINT)
    return header
