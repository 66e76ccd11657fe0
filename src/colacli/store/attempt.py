"""What is being made: a draft is a folder that is filled, an attempt is a run's draft that outlives its process."""

from __future__ import annotations

import uuid
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from colacli.errors import ColacliError, IntegrityError, TrainingError
from colacli.store import lease
from colacli.store.canonical import canonical
from colacli.store.checkpoints import Checkpoints
from colacli.store.files import hash_file, remove_folder, rename_folder, write_atomically
from colacli.store.manifest import MANIFEST, FileRecord
from colacli.store.reading import read_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

REQUEST = "request.json"
REMOVED = ".removed."
"""In the name of a folder that is being deleted."""


@dataclass(frozen=True)
class Draft:
    """A folder in `work/` that is being filled. It disappears unless it is committed."""

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
    """`work/KEY.UUID/`: `run/` is filled and renamed into `runs/`; beside it stands what it takes to go on."""

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
        """What was asked for when it was begun.

        Raises:
            IntegrityError: that can't be read.
        """
        path = self.path / REQUEST
        try:
            found = read_json(path)
        except (OSError, ValueError) as error:
            hint = "give the command that began it once more: it goes on from the last checkpoint"
            raise IntegrityError(f"{path} can't be read: {error}", hint) from error
        return found if isinstance(found, dict) else {}


def attempts_in(folder: Path) -> list[Attempt]:
    """Every attempt in a folder, by name; other drafts there have no request."""
    return [Attempt(path.parent) for path in sorted(folder.glob(f"*/{REQUEST}")) if REMOVED not in path.parent.name]


@contextmanager
def begin(folder: Path, key: str, request: dict[str, Any], abandoned: Sequence[Attempt]) -> Iterator[Attempt]:
    """An attempt with an empty `run/` and a lease: the first of the abandoned that can be had, or a new one.

    Whoever renames an abandoned one has it: of two processes the second finds nothing under the old name. It stays
    on disk when the block fails after a checkpoint, unless going on would fail again.
    """
    attempt = Attempt(folder / f"{key}.{uuid.uuid4().hex}")
    if not any(_take_over(old, attempt) for old in abandoned):
        attempt.path.mkdir(parents=True)
        lease.sign(attempt.path)  # first, so that nobody sees it without
        write_atomically(attempt.path / REQUEST, canonical(request))
    with lease.hold(attempt.path):
        remove_folder(attempt.draft.path)
        attempt.draft.path.mkdir()
        keep = False
        try:
            yield attempt
        except BaseException as error:
            keep = not isinstance(error, TrainingError) and attempt.checkpoints.progress() is not None
            if isinstance(error, FileNotFoundError) and not attempt.path.is_dir():
                raise ColacliError(
                    f"{attempt.path} is gone: another process has taken this run over, or it was removed",
                    "the same command again finds what has become of it",
                ) from error
            raise
        finally:
            if not keep:
                remove_folder(attempt.path)


def _take_over(old: Attempt, new: Attempt) -> bool:
    """Rename an attempt that nobody works on; False when another was faster, or there is no checkpoint."""
    if old.checkpoints.newest() is None:
        return False
    try:
        lease.sign(old.path)  # so that nobody else takes it between these two lines
        return rename_folder(old.path, new.path)
    except FileNotFoundError:
        return False
