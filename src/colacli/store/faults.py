"""What is wrong with one stored folder."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from colacli.errors import IntegrityError
from colacli.store.artifact import Artifact
from colacli.store.manifest import MANIFEST


def faults_of(folder: Path, *, deep: bool) -> list[str]:
    """What differs from an artifact's manifest; empty for nothing. `deep` hashes every file, not only its size."""
    faults: list[str] = []
    with noting_faults(folder, faults):
        faults += list(_faults(Artifact(folder), deep=deep))
    return faults


@contextmanager
def noting_faults(folder: Path, faults: list[str]) -> Iterator[None]:
    """Add to a folder's faults what ends the search for them."""
    try:
        yield
    except IntegrityError as error:
        faults.append(error.message)
    except FileNotFoundError:  # another process has just removed it
        faults.append(f"{folder} is missing")
    except OSError as error:  # of this folder alone: others are checked all the same
        faults.append(f"{folder} can't be read: {error.strerror}")


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
