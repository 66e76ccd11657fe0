"""The store: plain folders named by the hash of what made them. Layout in docs/architecture.md."""

from __future__ import annotations

import os
import uuid
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from colacli.errors import ColacliError, IntegrityError, UsageError
from colacli.store.attempt import REMOVED, Attempt, Draft, attempts_in, begin
from colacli.store.canonical import canonical, is_key, key_of, sha256, with_checksum
from colacli.store.files import (
    expanded,
    file_signature,
    hash_file,
    is_folder,
    make_folder,
    remove_folder,
    rename_folder,
    scratch_folder,
    sync_files,
    sync_folder,
    write_atomically,
)
from colacli.store.manifest import MANIFEST, Manifest, Result, environment_of, manifest_bytes, now
from colacli.store.reading import read_json
from colacli.store.run import FILE_DIGESTS, RUNS, SPEC, Artifact, Run
from colacli.store.verify import faults_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FORMAT = 1

Found = TypeVar("Found")

Outcome = Literal["added", "present", "replaced"]
"""What became of a folder that was to be stored: a sound one that was there stays, a damaged one makes room."""


class Store:
    """Runs, cached derivations, names and corpora under one folder.

    Raises:
        IntegrityError: the folder belongs to another version of the format.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        marker = root / "store.json"
        if marker.exists() and (found := _read_json(marker).get("format")) != FORMAT:
            hint = f'update colacli, or restore the file: {{"format": {FORMAT}}}'
            raise IntegrityError(f"{marker} says format {found}; this colacli knows {FORMAT}", hint)

    @property
    def data(self) -> Path:
        """Folder of fetched and imported corpora."""
        return self.root / "data"

    @property
    def refs(self) -> Path:
        """Folder of names."""
        return self.root / "refs"

    def folder(self, kind: str) -> Path:
        """Folder of all artifacts of a kind: `runs`, or `cache/<what>`."""
        return self.root / kind

    def run_keys(self) -> list[str]:
        """Keys of all runs, sorted."""
        return _keys_in(self.folder(RUNS))

    def scan(self) -> tuple[list[Run], dict[str, IntegrityError]]:
        """All runs that can be read, the oldest first, and what is wrong with the others, by key."""
        runs, damaged = [], {}
        for key in self.run_keys():
            path = self.folder(RUNS) / key
            try:
                with _unless_gone(path):
                    run = Run(path)
                    run.check()
                    runs.append(run)
            except IntegrityError as error:
                damaged[key] = error
        return sorted(runs, key=lambda run: (run.manifest.created, run.key)), damaged

    def find_run(self, key: str) -> Run | None:
        """The run with this full key, if there is one.

        Raises:
            IntegrityError: it is damaged, or its folder was renamed.
        """
        path = self.folder(RUNS) / key
        with _unless_gone(path):
            if is_folder(path):
                run = Run(path)
                if run.key != key:
                    raise IntegrityError(f"{path} holds {run.key[:12]}, not what its name says", "undo its renaming")
                return run
        return None

    def find_cached(self, what: str, spec: Any, file: str, read: Callable[[Path], Found]) -> Found | None:
        """What a file holds that was derived before by the same spec, if every byte is there as it was written.

        Another process may take it away at any moment: what can't be read any more is absent, and derived again.
        """
        path = self.folder(f"cache/{what}") / key_of(spec)
        with suppress(IntegrityError, OSError):
            return read(Artifact(path).file(file)) if is_folder(path) and not faults_of(path, deep=True) else None
        return None

    def keep(self, what: str, spec: Any, fill: Callable[[Draft], None], *, seconds: float, device: str) -> None:
        """Cache something derived. What can't be kept (no space, no permission) is only derived again."""
        with suppress(OSError), self.draft(spec) as draft:
            fill(draft)
            self.commit(f"cache/{what}", draft, seconds=seconds, environment=environment_of(device))

    def artifacts(self) -> Iterator[tuple[str, str, Path]]:
        """Kind, key and folder of everything stored: runs first, then what is cached."""
        cached = sorted(path for path in (self.root / "cache").glob("*") if is_folder(path))
        for folder in (self.folder(RUNS), *cached):
            with suppress(*([OSError] if folder in cached else [])):  # only derived: `verify` says what can't be read
                for key in _keys_in(folder):
                    yield folder.relative_to(self.root).as_posix(), key, folder / key

    def attempts(self, key: str | None = None) -> list[Attempt]:
        """Runs that were begun and are not finished, one of this key or all: in progress, or interrupted."""
        found = attempts_in(self.root / "work")
        if key is not None:
            return [attempt for attempt in found if attempt.key == key]
        done = set(self.run_keys())
        return [attempt for attempt in found if attempt.key not in done]

    @contextmanager
    def attempt(self, spec: Any, request: dict[str, Any], is_live: Callable[[Path], bool] | None) -> Iterator[Attempt]:
        """A run in progress: an interrupted one of the same spec taken over, or a new one.

        It stays when the block fails after a checkpoint, so that the same command goes on from there; and goes
        otherwise, with all that other processes left of the same run.

        Args:
            spec: what the run is.
            request: what was asked for, to ask for it again.
            is_live: whether somebody works in a folder, which is then left alone; None takes none over.
        """
        self.prepare()
        content = canonical(spec)
        key = sha256(content)
        abandoned = [attempt for attempt in self.attempts(key) if is_live and not is_live(attempt.path)]
        with begin(self.root / "work", content, request, abandoned) as attempt:
            yield attempt
        self.sweep(key)

    def sweep(self, key: str) -> None:
        """Remove what interrupted attempts left of a run that is finished, where that is possible."""
        for attempt in self.attempts(key):
            with suppress(OSError):
                if (self.folder(RUNS) / key).is_dir() and not attempt.is_live:
                    remove_folder(attempt.path)

    @contextmanager
    def draft(self, spec: Any) -> Iterator[Draft]:
        """A work folder for what `spec` describes, with its `spec.json`; removed on the way out."""
        self.prepare()
        content = canonical(spec)
        key = sha256(content)
        with scratch_folder(self.root / "work" / f"{key}.{uuid.uuid4().hex}") as path:
            draft = Draft(path, key)
            draft.write(SPEC, content)
            yield draft

    def commit(
        self,
        kind: str,
        draft: Draft,
        *,
        seconds: float,
        environment: dict[str, str] | None = None,
        parents: dict[str, str] | None = None,
        sources: dict[str, str] | None = None,
        result: Result | None = None,
    ) -> Path:
        """Make a draft permanent: fsync, write its manifest, rename.

        Args:
            kind: `runs`, or `cache/<what>`.
            draft: the filled folder.
            seconds: how long the work took.
            environment: see `Manifest`; as are the others.
            parents: keys by role.
            sources: where inputs were found.
            result: what a training counted.

        Returns:
            The folder that now stands for the key: this one, or a sound one that was there before.
        """
        sync_files(draft.path)
        manifest = Manifest(
            key=draft.key,
            files=draft.records(),
            created=now(),
            seconds=round(seconds, 3),
            environment=environment or {},
            parents=parents or {},
            sources=sources or {},
            result=result,
        )
        write_atomically(draft.path / MANIFEST, manifest_bytes(manifest))
        self.install(kind, draft.key, draft.path)
        return self.folder(kind) / draft.key

    def install(self, kind: str, key: str, folder: Path) -> Outcome:
        """Rename a complete folder, which is on disk, to where its key belongs, unless a sound one stands there."""
        target = self.folder(kind) / key
        make_folder(target.parent)
        damaged = target.is_dir() and bool(faults_of(target, deep=True, is_run=kind == RUNS))
        if damaged:
            self.remove(target)
        if not rename_folder(folder, target):
            return "present"
        return "replaced" if damaged else "added"

    def remove(self, folder: Path) -> None:
        """Take a folder out of the store, out of sight first, so that nobody sees half of it; absent is fine."""
        if taken := self.take_out(folder):
            remove_folder(taken)

    def take_out(self, folder: Path) -> Path | None:
        """Rename a folder into `work/`, to be removed there; where it is now, or None if it was gone already.

        Raises:
            ColacliError: it belongs to another user.
        """
        self.prepare()
        taken = self.root / "work" / f"{folder.name.partition('.')[0]}{REMOVED}{uuid.uuid4().hex}"
        try:
            os.utime(folder)  # young again, so that no collector takes it for what a killed process has left
            folder.rename(taken)
        except FileNotFoundError:
            return None
        except PermissionError as error:
            hint = "ask whoever made it to remove it, or for permission to write to it"
            raise ColacliError(f"{folder} can't be removed: {error.strerror}", hint) from error
        sync_folder(taken.parent)  # else a power failure could leave it in its old place, with some files removed
        sync_folder(folder.parent)
        return taken

    def file_digest(self, path: Path) -> str:
        """SHA-256 of a large file outside the store, remembered by the file's signature."""
        path = path.resolve()
        memory = self.root / FILE_DIGESTS / f"{sha256(os.fsencode(path))}.json"
        signature = file_signature(path)
        known = _read_json(memory)
        if signature and known == with_checksum({**signature, "sha256": known.get("sha256")}):
            return str(known["sha256"])
        digest = hash_file(path)
        if signature and signature == file_signature(path):
            with suppress(OSError):  # a store that can't be written to only forgets
                self.prepare()
                make_folder(memory.parent)
                write_atomically(memory, canonical(with_checksum({**signature, "sha256": digest})))
        return digest

    def prepare(self) -> None:
        """Make the store's skeleton on the first write."""
        marker = self.root / "store.json"
        if not marker.exists():
            make_folder(self.root)
        make_folder(self.root / "work")
        if not marker.exists():  # last: where it stands, the folder's own entry is on disk
            write_atomically(marker, canonical({"format": FORMAT}))


def open_store() -> Store:
    """The store of `$COLACLI_HOME`, else of the user's data folder.

    Raises:
        UsageError: there is no such folder, or a file stands there.
    """
    home = os.environ.get("COLACLI_HOME")
    if not home:
        import platformdirs

        try:
            home = platformdirs.user_data_dir("colacli", appauthor=False)
        except RuntimeError as error:  # no HOME, and the system knows none
            raise UsageError(f"COLACLI_HOME, the store's folder: {error}", "set COLACLI_HOME to a folder") from error
    root = expanded(home, "COLACLI_HOME, the store's folder")
    if root.exists() and not root.is_dir():
        raise UsageError(f"COLACLI_HOME, the store's folder: {root} is a file", "set COLACLI_HOME to a folder")
    return Store(root)


@contextmanager
def _unless_gone(artifact: Path) -> Iterator[None]:
    """What is wrong with an artifact is nothing when another process took it out of the store meanwhile."""
    try:
        yield
    except IntegrityError:
        if is_folder(artifact):
            raise


def _keys_in(folder: Path) -> list[str]:
    """Names of 64 hexadecimal digits in a folder, sorted."""
    if not folder.is_dir():
        return []
    return sorted(path.name for path in folder.iterdir() if is_key(path.name) and is_folder(path))


def _read_json(path: Path) -> dict[str, Any]:
    """A small JSON object; an empty one where there is none to be read."""
    with suppress(OSError, ValueError):
        content = read_json(path)
        return content if isinstance(content, dict) else {}
    return {}
