"""Checkpoints of a run in progress: the last two, each with its hash, so that a torn one is known and passed over."""

from __future__ import annotations

import errno
import uuid
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from colacli.errors import IntegrityError
from colacli.store.canonical import canonical, with_seal
from colacli.store.files import hash_file, sync_file, write_atomically
from colacli.store.reading import read_json

if TYPE_CHECKING:
    from collections.abc import Callable

INDEX = "checkpoints.json"
FORMAT = 1
KEPT = 2
_FULL = (errno.ENOSPC, errno.EDQUOT)


@dataclass(frozen=True)
class Checkpoint:
    """One saved state."""

    path: Path
    progress: dict[str, Any]
    """How far it had come, and whatever else of it is JSON."""


@dataclass(frozen=True)
class Checkpoints:
    """The checkpoints in one folder."""

    folder: Path

    def add(self, write: Callable[[Path], None], progress: dict[str, Any]) -> bool:
        """Save one more and forget all but the last two; False where the disk is full, for training can go on.

        Its bytes are on disk before the index names it, and the index is replaced whole.
        """
        path = self.folder / f"checkpoint-{uuid.uuid4().hex}.safetensors"
        try:
            write(path)
            sync_file(path)
            entry = with_seal({"file": path.name, "sha256": hash_file(path), "progress": progress})
            kept = [*self._entries(), entry][-KEPT:]
            write_atomically(self.folder / INDEX, canonical({"format": FORMAT, "made": kept}))
        except OSError as error:
            path.unlink(missing_ok=True)
            if error.errno in _FULL:
                return False
            raise
        for old in self.folder.glob("checkpoint-*"):
            if old.name not in {entry["file"] for entry in kept}:
                old.unlink(missing_ok=True)
        return True

    def newest(self) -> Checkpoint | None:
        """The last one whose bytes are as they were written.

        Raises:
            IntegrityError: another version of colacli wrote them.
        """
        for entry in reversed(self._entries()):
            path = self.folder / entry["file"]
            with suppress(FileNotFoundError):  # lost, or another process has just taken all of it over
                if hash_file(path) == entry["sha256"]:
                    return Checkpoint(path, entry["progress"])
        return None

    def progress(self) -> dict[str, Any] | None:
        """How far the last one had come, whether or not it can be read; None where there is none."""
        entries = self._entries()
        return entries[-1]["progress"] if entries else None

    def _entries(self) -> list[dict[str, Any]]:
        """The index' entries, the oldest first; none where it is missing or damaged."""
        path = self.folder / INDEX
        try:
            index = read_json(path)
            version, entries = index["format"], [entry for entry in index["made"] if _is_entry(entry)]
        except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
            return []
        if version != FORMAT:
            raise IntegrityError(
                f"{path} has format {version}; this colacli knows {FORMAT}",
                "go on with the version that began it, or remove it with `colacli runs rm` and begin anew",
            )
        return entries


def _is_entry(entry: Any) -> bool:
    """Whether an entry is as it was written, and names a file of this folder."""
    name = entry["file"]
    return bool(entry == with_seal(entry) and Path(name).name == name)
