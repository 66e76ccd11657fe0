"""What is wrong with one stored folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from colacli.errors import IntegrityError
from colacli.store.artifact import Artifact
from colacli.store.manifest import MANIFEST
from colacli.store.run import Run


def faults_of(folder: Path, *, deep: bool, is_run: bool = False) -> list[str]:
    """What differs from the manifest, and for a run what of its results can't be read; empty for nothing.

    Args:
        folder: of an artifact.
        deep: hash every file, and compute a run's metrics again, not only compare sizes.
        is_run: whether it is a run.
    """
    try:
        faults = list(_faults(Artifact(folder), deep=deep))
        if is_run and not faults:
            run = Run(folder)
            run.check()
            if deep:
                run.check_numbers()
    except IntegrityError as error:
        return [error.message]
    except FileNotFoundError:  # another process has just removed it
        return [f"{folder} is missing"]
    except OSError as error:  # of this folder alone: others are checked all the same
        return [f"{folder} can't be read: {error.strerror}"]
    return faults


def verified_run(folder: Path) -> Run:
    """A run of which every byte is as its manifest says.

    Raises:
        IntegrityError: it is not, or it is not there.
    """
    if not folder.is_dir():
        hint = "a run is exported and imported only together with all its ancestors"
        raise IntegrityError(f"run {folder.name[:12]} is not in {folder.parent}", hint)
    if faults := faults_of(folder, deep=True, is_run=True):
        raise IntegrityError(faults[0], "restore it, or make the run again with the same command and --force")
    return Run(folder)


def _faults(artifact: Artifact, *, deep: bool) -> Iterator[str]:
    folder = artifact.path
    if artifact.key != folder.name:
        yield f"its manifest says key {artifact.key[:12]}, its folder is called {folder.name[:12]}"
    check = artifact.verified_file if deep else artifact.file
    for name in artifact.manifest.files:
        try:
            check(name)
        except IntegrityError as error:
            yield error.message
    for path in sorted(folder.iterdir()):
        if path.name not in {MANIFEST, *artifact.manifest.files}:
            yield f"{path} is not in the manifest"
