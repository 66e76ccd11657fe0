"""Which runs came from elsewhere: a record beside them, for a run's own files are those of where it was made."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from colacli.store.canonical import canonical, sha256
from colacli.store.files import write_atomically
from colacli.store.folders import Folders
from colacli.store.manifest import MANIFEST, now
from colacli.store.reading import Key, Text, decode, read_bounded
from colacli.store.run import Run

IMPORTS = "imports"


@dataclass(frozen=True, kw_only=True)
class Imported:
    """Where a run came from, and when."""

    source: Text
    """A file, or a remote's address without what is secret in it."""
    time: Text
    """UTC, ISO 8601."""
    manifest: Key
    """SHA-256 of the manifest that came: a run that is made here under the same key has another."""


def record_import(store: Folders, run: Run, source: str) -> None:
    """Record that a run comes from elsewhere; called before it is renamed into `runs/`."""
    path = _record(store, run.key)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, canonical(Imported(source=source, time=now(), manifest=_manifest_digest(run))))


def import_of(store: Folders, run: Run) -> Imported | None:
    """Where a run came from; None where it was made here."""
    with suppress(OSError, ValueError):
        imported = decode(read_bounded(_record(store, run.key)), Imported)
        return imported if imported.manifest == _manifest_digest(run) else None
    return None


def _record(store: Folders, key: str) -> Path:
    return store.folder(IMPORTS) / f"{key}.json"


def _manifest_digest(run: Run) -> str:
    return sha256(read_bounded(run.path / MANIFEST))
