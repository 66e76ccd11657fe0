"""What is known of runs that were read and found sound, so that thousands are listed without opening one.

Derived, never the truth: an entry counts only while its run's folder and every file in it are as they were, by size,
inode and times. Whoever writes it replaces the whole file; of two writers the last one wins, and what the other knew is
read again. So there is no lock, and a store that can't be written to is only slower.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from colacli.errors import IntegrityError
from colacli.store.artifact import RUNS
from colacli.store.canonical import sha256
from colacli.store.files import write_atomically
from colacli.store.folders import Folders
from colacli.store.reading import Key, Text, decode_lines, encode_line, read_at_most
from colacli.store.run import Run
from colacli.store.store import Store

INDEX = "runs-index.jsonl"
"""Its first line is the SHA-256 of the others, each an entry."""
WORTHWHILE = 50
"""New entries for which the whole file is written again; fewer runs are sooner read."""
_VERSION = "1"
_LONGEST = 1_000_000_000
"""Bytes, of some million runs."""
_CLOCK_STEP = 2_000_000_000  # nanoseconds; file systems with the coarsest clock count by two seconds


@dataclass(frozen=True)
class Entry:
    """One run whose files had the sizes that its manifest says, and whose spec could be read."""

    key: Key
    signature: Text
    """Of its folder; empty where nothing tells whether it was changed since."""
    created: Text
    """As its manifest says."""
    results: str = ""
    """A JSON document of who reads results; empty where nobody has yet."""


@dataclass(frozen=True)
class Scan:
    """Every run of a store."""

    entries: list[Entry]
    """Of the runs that can be read, the oldest first."""
    damaged: dict[str, IntegrityError]
    """What is wrong with the others, by key."""
    known: dict[str, Entry]
    """What the index has, by key."""
    opened: dict[str, Run]
    """Those runs that it did not have as they are, by key."""

    def save(self, store: Folders, entries: Iterable[Entry]) -> None:
        """Write the index where enough of these entries are new, and it can be written."""
        kept = [entry for entry in entries if entry.signature]
        if sum(self.known.get(entry.key) != entry for entry in kept) >= WORTHWHILE:
            lines = b"".join(map(_line, kept))
            with suppress(OSError):
                store.prepare()
                write_atomically(store.root / INDEX, _first_line(lines) + lines)


def scan(store: Store) -> Scan:
    """Find every run, and read those that the index does not know as they are."""
    known, runs = read_index(store), str(store.folder(RUNS))
    entries, damaged, opened = [], {}, {}
    for key in store.run_keys():
        entry = known.get(key)
        signature = folder_signature(f"{runs}{os.sep}{key}")
        if entry is None or not signature or entry.signature != signature:
            try:
                run = store.find_sound(key)
            except IntegrityError as error:
                damaged[key] = error
                continue
            if run is None:
                continue
            entry = Entry(key, signature, run.manifest.created)  # what was changed meanwhile has another by now
            opened[key] = run
        entries.append(entry)
    entries.sort(key=lambda entry: (entry.created, entry.key))
    return Scan(entries, damaged, known, opened)


def scan_by_age(store: Store) -> list[str]:
    """Keys of the runs that can be read, the oldest first."""
    found = scan(store)
    found.save(store, found.entries)
    return [entry.key for entry in found.entries]


def read_index(store: Folders) -> dict[str, Entry]:
    """The entries by key; none where the index is absent, damaged, or another version's."""
    with suppress(OSError, ValueError):
        with (store.root / INDEX).open("rb") as stream:
            first, lines = stream.readline(200), read_at_most(stream, _LONGEST)
        if first == _first_line(lines):
            return {entry.key: entry for entry in decode_lines(lines, Entry)}
    return {}


def folder_signature(folder: str | Path) -> str:
    """What identifies the content of a run's folder; empty where nothing does.

    So it is on Windows, which has no time of change, and for what was changed just now: it may be changed again within
    the clock's step.
    """
    if os.name == "nt":
        return ""
    try:
        with os.scandir(folder) as files:
            stats = sorted((file.name, file.stat(follow_symlinks=False)) for file in files)
        stats.append(("", os.stat(folder)))  # noqa: PTH116 - thousands of times
    except OSError:
        return ""
    if time.time_ns() - max(stat.st_ctime_ns for _, stat in stats) < _CLOCK_STEP:
        return ""
    parts = [(name, *stat[:2], stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns) for name, stat in stats]
    return sha256(repr(parts).encode("utf-8", "surrogateescape"))


def _line(entry: Entry) -> bytes:
    return f"{encode_line(entry)}\n".encode()


def _first_line(lines: bytes) -> bytes:
    return f"{_VERSION} {sha256(lines)}\n".encode()
