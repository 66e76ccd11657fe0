"""Checkpoints of a run in progress: the last two, each with its hash, so that a torn one is known and passed over."""

from __future__ import annotations

import errno
import uuid
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from colacli.errors import IntegrityError
from colacli.store.canonical import canonical, document, with_checksum
from colacli.store.files import hash_file, sync_file, write_atomically
from colacli.store.reading import Count, FileName, Key, Seconds, Text, convert, decode, read_bounded

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

INDEX = "checkpoints.json"
FORMAT = 2
KEPT = 2
_FULL = (errno.ENOSPC, errno.EDQUOT)


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How far a training had come; all that it goes on with is in the checkpoint itself."""

    epoch: Count
    """The one it was in, counted from 1."""
    epochs: Count
    """In all."""
    step: Count
    """Steps done in that epoch."""
    seconds: Seconds
    environment: dict[Text, Text]


@dataclass(frozen=True)
class Checkpoint:
    """One saved state."""

    path: Path
    progress: Progress


@dataclass(frozen=True, kw_only=True)
class _Entry:
    file: FileName
    sha256: Key
    progress: Progress
    seal: Key


@dataclass(frozen=True)
class _Index:
    format: int
    made: tuple[Any, ...]


@dataclass(frozen=True)
class Checkpoints:
    """The checkpoints in one folder."""

    folder: Path

    def add(self, write: Callable[[Path], None], progress: Progress) -> bool:
        """Save one more and forget all but the last two; False where the disk is full, for training can go on.

        Its bytes are on disk before the index names it, and the index is replaced whole.
        """
        path = self.folder / f"checkpoint-{uuid.uuid4().hex}.safetensors"
        try:
            write(path)
            sync_file(path)
            values = with_checksum({"file": path.name, "sha256": hash_file(path), "progress": document(progress)})
            kept = [*self._entries(), _Entry(**{**values, "progress": progress})][-KEPT:]
            write_atomically(self.folder / INDEX, canonical(_Index(FORMAT, tuple(kept))))
        except OSError as error:
            path.unlink(missing_ok=True)
            if error.errno in _FULL:
                return False
            raise
        for old in self.folder.glob("checkpoint-*"):
            if old.name not in {entry.file for entry in kept}:
                old.unlink(missing_ok=True)
        return True

    def newest(self) -> Checkpoint | None:
        """The last one whose bytes are as they were written.

        Raises:
            IntegrityError: another version of colacli wrote them.
        """
        for entry in reversed(self._entries()):
            path = self.folder / entry.file
            with suppress(FileNotFoundError):  # lost, or another process has just taken all of it over
                if hash_file(path) == entry.sha256:
                    return Checkpoint(path, entry.progress)
        return None

    def progress(self) -> Progress | None:
        """How far the last one had come, whether or not it can be read; None where there is none."""
        entries = self._entries()
        return entries[-1].progress if entries else None

    def _entries(self) -> list[_Entry]:
        """The index' entries, the oldest first; none where it is missing or damaged."""
        path = self.folder / INDEX
        try:
            index = decode(read_bounded(path), _Index)
        except (OSError, ValueError):
            return []
        if index.format != FORMAT:
            raise IntegrityError(
                f"{path} has format {index.format}; this colacli knows {FORMAT}",
                "go on with the version that began it, or remove it with `colacli runs rm` and begin anew",
            )
        return [entry for values in index.made if (entry := _entry(values))]


def _entry(values: Any) -> _Entry | None:
    """An entry as it was written; None where it was changed."""
    with suppress(ValueError):
        entry = convert(values, _Entry)
        return entry if values == with_checksum(values) else None
    return None
