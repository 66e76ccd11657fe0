"""What is being made: a draft is a folder that is filled, an attempt is a run's draft that outlives its process."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from colacli.errors import ColacliError, IntegrityError, TrainingError
from colacli.store import lease
from colacli.store.artifact import SPEC
from colacli.store.canonical import canonical, sha256
from colacli.store.checkpoints import Checkpoints
from colacli.store.files import hash_file, remove_folder, rename_folder, sync_folder, write_atomically
from colacli.store.folders import REMOVED
from colacli.store.manifest import MANIFEST, FileRecord
from colacli.store.reading import decode, read_bounded

REQUEST = "request.json"


@dataclass(frozen=True)
class Draft:
    """A folder in `work/` that is being filled. It is deleted unless it is committed."""

    path: Path
    key: str

    def write(self, name: str, content: bytes) -> None:
        """Put a small file into it."""
        (self.path / name).write_bytes(content)

    def records(self) -> dict[str, FileRecord]:
        """Size and hash of every file so far, by name."""
        files = sorted(path for path in self.path.iterdir() if path.name != MANIFEST)
        return {path.name: FileRecord(hash_file(path), path.stat().st_size) for path in files}


@dataclass(frozen=True)
class Attempt:
    """`work/KEY.UUID/`: `run/` is filled and renamed into `runs/`; beside it is what it takes to resume."""

    path: Path

    @property
    def key(self) -> str:
        """Of the run that it is to be."""
        return self.path.name.partition(".")[0]

    @property
    def draft(self) -> Draft:
        """The run's own files."""
        return Draft(self.path / "run", self.key)

    @property
    def checkpoints(self) -> Checkpoints:
        """Its saved states."""
        return Checkpoints(self.path)

    @property
    def is_live(self) -> bool:
        """Whether a process works on it."""
        return lease.is_live(self.path)

    def request(self) -> dict[str, Any]:
        """The command that started it, and its options.

        Raises:
            IntegrityError: they can't be read.
        """
        path = self.path / REQUEST
        try:
            return decode(read_bounded(path), dict[str, Any])
        except (OSError, ValueError) as error:
            hint = "run the command that started it again: it resumes from the last checkpoint"
            message = f"{path} can't be read; it is damaged, or of another version of colacli: {error}"
            raise IntegrityError(message, hint) from error


def attempts_in(folder: Path) -> list[Attempt]:
    """Every attempt in a folder, by name; other drafts there have no request."""
    return [Attempt(path.parent) for path in sorted(folder.glob(f"*/{REQUEST}")) if REMOVED not in path.parent.name]


@contextmanager
def open_attempt(folder: Path, spec: bytes, request: dict[str, Any], abandoned: Sequence[Attempt]) -> Iterator[Attempt]:
    """An attempt with a lease and only a spec in `run/`: the first of the abandoned that can be resumed, or a new one.

    Resuming renames it: of two processes the second finds nothing under the old name. It stays on disk when the block
    fails after a checkpoint, unless resuming would fail again. Its spec, beside `run/` from the start, tells others
    which runs it needs.
    """
    attempt = Attempt(folder / f"{sha256(spec)}.{uuid.uuid4().hex}")
    if any(_resume(old, attempt) for old in abandoned):
        write_atomically(attempt.path / SPEC, spec)
    else:
        attempt.path.mkdir(parents=True)
        write_atomically(attempt.path / SPEC, spec)
        lease.write_lease(attempt.path)
        write_atomically(attempt.path / REQUEST, canonical(request))  # last: it makes the folder an attempt
        sync_folder(folder)
    with lease.hold(attempt.path):
        remove_folder(attempt.draft.path)
        attempt.draft.path.mkdir()
        attempt.draft.write(SPEC, spec)
        can_resume = False
        try:
            yield attempt
        except BaseException as error:
            can_resume = not isinstance(error, TrainingError) and attempt.checkpoints.progress() is not None
            if isinstance(error, FileNotFoundError) and not attempt.path.is_dir():
                raise ColacliError(
                    f"{attempt.path} is gone: another process has resumed this run, or it was removed",
                    "run the same command again: it uses what is there by then",
                ) from error
            raise
        finally:
            if not can_resume:
                remove_folder(attempt.path)


def _resume(old: Attempt, new: Attempt) -> bool:
    """Rename an attempt that nobody works on; False where another was faster, may not, or there is no checkpoint."""
    try:
        if old.checkpoints.newest() is None:
            return False
        lease.write_lease(old.path)  # so that nobody else resumes it between these two lines
        return rename_folder(old.path, new.path)
    except (FileNotFoundError, PermissionError):  # gone by now; or another user's, who may resume it
        return False
