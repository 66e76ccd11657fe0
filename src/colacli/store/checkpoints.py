"""Checkpoints of a run in progress: the last two, each with its hash, so that a torn one is detected and not used."""

from __future__ import annotations

import errno
import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from colacli.errors import IntegrityError
from colacli.store.canonical import canonical, document, with_checksum
from colacli.store.files import hash_file, sync_file, write_atomically
from colacli.store.reading import Count, FileName, Key, Seconds, Text, convert_checked, decode, read_bounded

INDEX = "checkpoints.json"
FORMAT = 2
STORED = 2
"""Checkpoints that are stored at a time."""
_DISK_FULL = (errno.ENOSPC, errno.EDQUOT)


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How far a training is; the state that it resumes from is in the checkpoint itself."""

    epoch: Count
    """Counted from 1."""
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
        """Save one more and delete all but the last two; False where the disk is full, for training can go on.

        Its bytes are on disk before the index names it, and the index is replaced atomically.
        """
        path = self.folder / f"checkpoint-{uuid.uuid4().hex}.safetensors"
        try:
            write(path)
            sync_file(path)
            values = with_checksum({"file": path.name, "sha256": hash_file(path), "progress": document(progress)})
            entries = [*self._entries(), _Entry(**{**values, "progress": progress})][-STORED:]
            write_atomically(self.folder / INDEX, canonical(_Index(FORMAT, tuple(entries))))
        except OSError as error:
            path.unlink(missing_ok=True)
            if error.errno in _DISK_FULL:
                return False
            raise
        for old in self.folder.glob("checkpoint-*"):
            if old.name not in {entry.file for entry in entries}:
                old.unlink(missing_ok=True)
        return True

    def newest(self) -> Checkpoint | None:
        """The last one whose bytes are as they were written.

        Raises:
            IntegrityError: another version of colacli wrote them.
        """
        for entry in reversed(self._entries()):
            path = self.folder / entry.file
            with suppress(FileNotFoundError):  # lost, or another process has just renamed the folder
                if hash_file(path) == entry.sha256:
                    return Checkpoint(path, entry.progress)
        return None

    def progress(self) -> Progress | None:
        """Of the last one, whether or not it can be read; None where there is none."""
        entries = self._entries()
        return entries[-1].progress if entries else None

    def _entries(self) -> list[_Entry]:
        """The index' undamaged entries, the oldest first."""
        path = self.folder / INDEX
        try:
            index = decode(read_bounded(path), _Index)
        except (OSError, ValueError):
            return []
        if index.format != FORMAT:
            raise IntegrityError(
                f"{path} has format {index.format}; this colacli knows {FORMAT}",
                "resume with the version that started it, or remove it with `colacli runs rm` and start again",
            )
        entries = []
        for values in index.made:
            with suppress(ValueError):
                entries.append(convert_checked(values, _Entry))
        return entries
