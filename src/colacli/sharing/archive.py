"""Runs in one file: an uncompressed tar, the same bytes for the same runs.

`export.json` says what is in it; then follow, run by run, a manifest and the files it lists.
It is read header by header and not with `tarfile.open`: links, long names and sparse files are not
allowed in it, so no code that understands them reads a file from elsewhere.
"""

from __future__ import annotations

import re
import tarfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from itertools import islice
from pathlib import Path
from typing import IO, Annotated, Literal

from msgspec import Meta

from colacli.errors import IntegrityError, UsageError
from colacli.events import OnEvent, Work
from colacli.output_files import open_output
from colacli.sharing.receive import CHUNK, Incoming
from colacli.store.artifact import RUNS
from colacli.store.canonical import canonical
from colacli.store.manifest import MANIFEST
from colacli.store.reading import LONGEST, Key, decode
from colacli.store.run import Run

CONTENTS = "export.json"
_MEMBER = re.compile(rf"{RUNS}/([0-9a-f]{{64}})/([^/]+)")
_COMPRESSED = (b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd", b"PK")
_HINT = "nothing was imported; make the file again with `colacli runs export`"


@dataclass(frozen=True)
class _Contents:
    """What is in an archive; `asked` are the runs that were to be exported, the others their ancestors."""

    format: Literal[1]
    asked: Annotated[tuple[Key, ...], Meta(min_length=1)]
    runs: tuple[Key, ...]


def write_archive(path: Path, runs: Sequence[Run], asked: Sequence[str], on_event: OnEvent) -> None:
    """Write verified runs into a file, which appears complete or not at all; `asked` are those to be exported.

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
    """A new header has no owner, the time 0 and mode 644, the same on every machine."""
    header = tarfile.TarInfo(name)
    header.size = size
    tar.addfile(header, stream)


def unpack(path: Path, folder: Path, on_event: OnEvent) -> tuple[list[str], dict[str, Incoming]]:
    """Unpack an archive into a folder; its runs are still to be verified.

    Returns:
        The keys of the runs that were to be exported, and all its runs by key.

    Raises:
        UsageError: there is no such file.
        IntegrityError: it is not what `write_archive` writes.
    """
    if not path.is_file():
        raise UsageError(f"there is no file {path}", "name one that `colacli runs export` wrote")
    runs: dict[str, Incoming] = {}
    with path.open("rb") as stream:
        members = _members(stream, path)
        contents = _contents(members, path)
        for name, chunks in members:
            _take(name, chunks, path, folder, runs)
            on_event(Work("importing", stream.tell(), path.stat().st_size, "bytes"))
    if sorted(runs) != sorted(contents.runs) or not {*contents.asked} <= {*runs}:
        raise IntegrityError(f"{path} doesn't have the runs that its {CONTENTS} lists", _HINT)
    return list(contents.asked), runs


def asked_in(path: Path) -> list[str]:
    """The keys of the runs that an archive was made for; nothing else of it is read.

    Raises:
        IntegrityError: it doesn't begin like an archive.
    """
    with path.open("rb") as stream:
        return list(_contents(_members(stream, path), path).asked)


def _take(name: str, chunks: Iterator[bytes], path: Path, folder: Path, runs: dict[str, Incoming]) -> None:
    """Add one member to the run it belongs to."""
    match = _MEMBER.fullmatch(name)
    if match is None:
        raise IntegrityError(f"{path} has '{name}' in it; an export has only {RUNS}/KEY/FILE", _HINT)
    key, file = match.groups()
    if (key in runs) == (file == MANIFEST):
        raise IntegrityError(f"{path} has {name} {'twice' if key in runs else 'before its manifest'}", _HINT)
    if file == MANIFEST:
        runs[key] = Incoming(folder / key, f"{path}: {RUNS}/{key}", chunks)
    else:
        runs[key].take(file, chunks)


def _contents(members: Iterator[tuple[str, Iterator[bytes]]], path: Path) -> _Contents:
    """The first member, decoded."""
    name, chunks = next(members, ("nothing", iter(())))
    try:
        if name != CONTENTS:
            raise ValueError(f"its first member is {name}")
        content = b"".join(islice(chunks, LONGEST // CHUNK + 2))  # enough to see that it is too long
        return decode(content, _Contents)
    except ValueError as error:
        raise IntegrityError(f"{path} has no {CONTENTS} that can be read: {error}", _HINT) from error


def _members(stream: IO[bytes], path: Path) -> Iterator[tuple[str, Iterator[bytes]]]:
    """Name and content of each member, one after the other."""
    position, end = 0, path.stat().st_size
    while (header := _header(stream, position, path)) is not None:
        position += tarfile.BLOCKSIZE * (1 + -(-header.size // tarfile.BLOCKSIZE))
        if position > end:
            raise IntegrityError(f"{path} is cut short: {header.name} would end at byte {position:,} of {end:,}", _HINT)
        yield header.name, _chunks(stream, header.size)


def _chunks(stream: IO[bytes], size: int) -> Iterator[bytes]:
    while size > 0 and (chunk := stream.read(min(CHUNK, size))):
        size -= len(chunk)
        yield chunk


def _header(stream: IO[bytes], position: int, path: Path) -> tarfile.TarInfo | None:
    """The header there; None at the archive's end."""
    stream.seek(position)
    block = stream.read(tarfile.BLOCKSIZE)
    if block == bytes(tarfile.BLOCKSIZE):
        return None
    try:
        header = tarfile.TarInfo.frombuf(block, "ascii", "strict")
    except (tarfile.HeaderError, UnicodeDecodeError) as error:
        compressed = "compressed: decompress it first" if block.startswith(_COMPRESSED) else "not a tar file"
        problem = f"cut short or damaged at byte {position:,}" if position else compressed
        raise IntegrityError(f"{path} is {problem}", _HINT) from error
    if header.type not in (tarfile.REGTYPE, tarfile.AREGTYPE) or header.size < 0:
        raise IntegrityError(f"{path} has '{header.name}' in it, which is not a plain file", _HINT)
    return header
