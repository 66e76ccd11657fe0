"""The folders of a store, and how one is added or removed so that nobody sees part of it."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from colacli.errors import ColacliError, IntegrityError
from colacli.store.artifact import RUNS
from colacli.store.canonical import canonical, is_key
from colacli.store.files import in_doubt, is_folder, make_folder, remove_folder, sync_folder, write_atomically
from colacli.store.reading import convert, read_json

FORMAT = 1
CACHE = "cache"
REMOVED = ".removed."
"""In the name of a folder that is being deleted."""


class Folders:
    """The layout under one folder; see docs/store.md.

    Raises:
        IntegrityError: the folder belongs to another version of the format.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        marker = root / "store.json"
        if marker.exists():
            version = None
            with suppress(OSError, ValueError):
                version = convert(read_json(marker), dict[str, Any]).get("format")
            if version != FORMAT:
                hint = f'update colacli, or restore the file: {{"format": {FORMAT}}}'
                raise IntegrityError(f"{marker} says format {version}; this colacli knows {FORMAT}", hint)

    @property
    def data(self) -> Path:
        """Folder of fetched and imported corpora."""
        return self.root / "data"

    @property
    def refs(self) -> Path:
        """Folder of names."""
        return self.root / "refs"

    @property
    def work(self) -> Path:
        """Folder of what is being made or removed."""
        return self.root / "work"

    def folder(self, kind: str) -> Path:
        """Folder of all artifacts of a kind: `runs`, or `cache/<what>`."""
        return self.root / kind

    def run_keys(self) -> list[str]:
        """Keys of all runs, sorted."""
        return _keys_in(self.folder(RUNS))

    def artifacts(self) -> Iterator[tuple[str, str, Path]]:
        """Kind, key and folder of everything stored: runs first, then what is cached."""
        cached = sorted(path for path in self.folder(CACHE).glob("*") if is_folder(path))
        for folder in (self.folder(RUNS), *cached):
            with suppress(*([OSError] if folder in cached else [])):  # only derived: `verify` reports it
                for key in _keys_in(folder):
                    yield folder.relative_to(self.root).as_posix(), key, folder / key

    def prepare(self) -> None:
        """Make the store's skeleton on the first write."""
        marker = self.root / "store.json"
        is_new = not marker.exists()
        if is_new:
            make_folder(self.root)
        make_folder(self.work)
        if is_new:  # last: with it the folder's own entry is on disk
            write_atomically(marker, canonical({"format": FORMAT}))

    def remove(self, folder: Path) -> None:
        """Remove a folder, which may be absent; it is renamed first, so that nobody sees part of it."""
        if removed := self.take_out(folder):
            remove_folder(removed)

    def take_out(self, folder: Path, *, sync: bool = True) -> Path | None:
        """Rename a folder into `work/`, to be removed there; where it is now, or None if it was absent.

        Args:
            folder: what is to be renamed.
            sync: whether to force that to disk; if not, the caller does before anything in it is removed.

        Raises:
            ColacliError: it belongs to another user.
        """
        self.prepare()
        target = self.work / f"{folder.name.partition('.')[0]}{REMOVED}{uuid.uuid4().hex}"
        try:
            os.utime(folder)  # recent again, so that no collector takes it for what a killed process has left
            folder.rename(target)
        except FileNotFoundError:
            return None
        except PermissionError as error:
            hint = "ask whoever made it to remove it, or for permission to write to it"
            raise ColacliError(f"{folder} can't be removed: {error.strerror}", hint) from error
        if sync:  # else a power failure could leave it in its old place, with some files removed
            sync_folder(target.parent)
            sync_folder(folder.parent)
        return target


def _keys_in(folder: Path) -> list[str]:
    """Names of 64 hexadecimal digits in a folder, sorted."""
    if not folder.is_dir():
        return []
    with os.scandir(folder) as entries:
        return sorted(entry.name for entry in entries if is_key(entry.name) and in_doubt(entry.is_dir))
