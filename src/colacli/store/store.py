"""The store: plain folders named by the hash of what made them. Layout in docs/architecture.md."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Literal

from colacli.errors import IntegrityError, UsageError
from colacli.store.artifact import RUNS, SPEC, Artifact
from colacli.store.attempt import Attempt, Draft, attempts_in, open_attempt
from colacli.store.canonical import canonical, key_of, sha256
from colacli.store.faults import faults_of
from colacli.store.file_digests import file_digest
from colacli.store.files import (
    expanded,
    is_folder,
    make_folder,
    remove_folder,
    rename_folder,
    scratch_folder,
    sync_files,
    write_atomically,
)
from colacli.store.folders import CACHE, Folders
from colacli.store.manifest import MANIFEST, Manifest, Result, environment_of, manifest_bytes, now
from colacli.store.run import Run

Outcome = Literal["added", "present", "replaced"]
"""What became of a folder that was to be stored: an undamaged one is not replaced."""


class Store(Folders):
    """Runs, cached derivations, names and corpora under one folder."""

    def scan(self) -> tuple[list[Run], dict[str, IntegrityError]]:
        """All runs that can be read, opened, the oldest first, and what is wrong with the others, by key."""
        runs, damaged = [], {}
        for key in self.run_keys():
            try:
                if run := self.find_sound(key):
                    runs.append(run)
            except IntegrityError as error:
                damaged[key] = error
        return sorted(runs, key=lambda run: (run.manifest.created, run.key)), damaged

    def find_sound(self, key: str) -> Run | None:
        """The run in this key's folder, once its files' sizes and its spec are checked; None where it is gone.

        Raises:
            IntegrityError: it is damaged.
        """
        path = self.folder(RUNS) / key
        with _unless_removed(path):
            run = Run(path)
            run.check()
            return run
        return None

    def find_run(self, key: str) -> Run | None:
        """The run with this full key, if there is one.

        Raises:
            IntegrityError: it is damaged, or its folder was renamed.
        """
        path = self.folder(RUNS) / key
        with _unless_removed(path):
            if is_folder(path):
                run = Run(path)
                if run.key != key:
                    raise IntegrityError(
                        f"{path} has run {run.key[:12]} in it, not what its name says", "undo its renaming"
                    )
                return run
        return None

    def find_cached(self, what: str, spec: Any, file: str) -> bytes | None:
        """The content of a file that was cached for the same spec, if it and its folder are as they were written.

        Another process may remove it at any moment: what can't be read counts as absent, and is computed again.
        """
        path = self.folder(f"{CACHE}/{what}") / key_of(spec)
        with suppress(IntegrityError, OSError):
            return Artifact(path).read(file) if is_folder(path) and not faults_of(path, deep=False) else None
        return None

    def put_cached(self, what: str, spec: Any, file: str, content: bytes, *, seconds: float, device: str) -> None:
        """Cache something derived, where that is possible (space, permission): it can be computed again."""
        with suppress(OSError), self.draft(spec) as draft:
            draft.write(file, content)
            self.commit(f"{CACHE}/{what}", draft, seconds=seconds, environment=environment_of(device))

    def attempts(self, key: str | None = None) -> list[Attempt]:
        """Runs that were started and are not finished, one of this key or all: in progress, or interrupted."""
        attempts = attempts_in(self.work)
        if key is not None:
            return [attempt for attempt in attempts if attempt.key == key]
        finished = set(self.run_keys())
        return [attempt for attempt in attempts if attempt.key not in finished]

    @contextmanager
    def attempt(self, spec: Any, request: dict[str, Any], is_live: Callable[[Path], bool] | None) -> Iterator[Attempt]:
        """A run in progress: an interrupted one of the same spec resumed, or a new one.

        It stays when the block fails after a checkpoint, so that the same command resumes it. Otherwise it is removed,
        with all that other processes left of the same run.

        Args:
            spec: what the run is.
            request: the command that asks for it, and its options, for `runs resume`.
            is_live: whether somebody works in a folder, which is then not resumed; None resumes nothing.
        """
        self.prepare()
        content = canonical(spec)
        key = sha256(content)
        abandoned = [attempt for attempt in self.attempts(key) if is_live and not is_live(attempt.path)]
        with open_attempt(self.work, content, request, abandoned) as attempt:
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
        """A folder in `work/` for what `spec` describes, with its `spec.json`; removed unless it is committed."""
        self.prepare()
        content = canonical(spec)
        key = sha256(content)
        with scratch_folder(self.work / f"{key}.{uuid.uuid4().hex}") as path:
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
        replace: bool = False,
    ) -> Path:
        """Make a draft permanent: fsync, write its manifest, rename.

        Args:
            kind: `runs`, or `cache/<what>`.
            draft: the filled folder.
            seconds: as this and the others are in `Manifest`.
            environment: device, host, versions.
            parents: keys by role.
            sources: paths of the inputs.
            result: what a training counted.
            replace: whether a folder that is there is known to be damaged.

        Returns:
            The folder of the key: this one, or an undamaged one that was there before.
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
        self.install(kind, draft.key, draft.path, replace=replace)
        return self.folder(kind) / draft.key

    def install(self, kind: str, key: str, folder: Path, *, replace: bool = False) -> Outcome:
        """Rename a complete folder, which is on disk, to where its key belongs, unless an undamaged one is there."""
        target = self.folder(kind) / key
        make_folder(target.parent)
        damaged = target.is_dir() and (replace or bool(faults_of(target, deep=True)))
        if damaged:
            self.remove(target)
        if not rename_folder(folder, target):
            return "present"
        return "replaced" if damaged else "added"

    def file_digest(self, path: Path) -> str:
        """SHA-256 of a large file outside the store, cached by the file's signature."""
        return file_digest(self, path)


def open_store(path: Path | None = None) -> Store:
    """The store of a folder; without one of `$COLACLI_HOME`, else of the user's data folder.

    Raises:
        UsageError: there is no such folder, or a file is there.
    """
    if path is not None:
        if path.exists() and not path.is_dir():
            raise UsageError(f"{path} is a file, and a store is a folder", "name a folder")
        return Store(path)
    home, what = os.environ.get("COLACLI_HOME"), "COLACLI_HOME, the store's folder"
    if not home:
        import platformdirs

        try:
            home = platformdirs.user_data_dir("colacli", appauthor=False)
        except RuntimeError as error:  # no HOME, and the system knows none
            raise UsageError(f"{what}: {error}", "set COLACLI_HOME to a folder") from error
    root = expanded(home, what)
    if root.exists() and not root.is_dir():
        raise UsageError(f"{what}: {root} is a file", "set COLACLI_HOME to a folder")
    return Store(root)


@contextmanager
def _unless_removed(artifact: Path) -> Iterator[None]:
    """An error of an artifact that another process has removed meanwhile is none."""
    try:
        yield
    except IntegrityError:
        if is_folder(artifact):
            raise
