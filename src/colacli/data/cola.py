"""The public release of CoLA: where it is, its download and its check.

The corpus is Warstadt, Singh and Bowman's (2018, arXiv:1805.12471), version 1.1.
"""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from colacli.data.about import About
from colacli.data.corpus import Corpus
from colacli.data.importing import store_corpus
from colacli.data.lines import read_bytes
from colacli.data.readers import read_corpus
from colacli.data.splits import find_files, split_of
from colacli.errors import DataError, not_published
from colacli.events import OnEvent, Work
from colacli.store.canonical import sha256
from colacli.store.files import expanded, hash_file

VARIABLE = "COLACLI_COLA_DIR"
"""The environment variable that names a folder holding the release."""

MEMBER_LIMIT = 5_000_000
"""Bytes of a file in the archive, at most: ten times the largest."""


@dataclass(frozen=True)
class Release:
    """A published archive, and its digests."""

    address: str
    size: int
    """Bytes of the archive."""
    sha256: str
    """Digest of the archive."""
    files: Mapping[str, str]
    """Digests of the files that are used, by name."""
    folder: str = "cola_public/raw/"
    """Their folder in the archive."""


COLA = Release(
    address="https://nyu-mll.github.io/CoLA/cola_public_1.1.zip",
    size=255_330,
    sha256="2cf856f46df11c143d38e0cf2f9f34ff2fdb088c521cd859f5c4b9581683278b",
    files={
        "in_domain_train.tsv": "f320a10f92d3bce6b29152fde322a362eac39238e50d8de0c8815457fdf4fc12",
        "in_domain_dev.tsv": "77176f6a03faa5a1c4f23c69971fc1bff565931112fb65af47b2d6e24b7f42f7",
        "out_of_domain_dev.tsv": "201b9c57b2a20f1282242eec0ed8995729e3be19c29a46c047b3727338836c05",
    },
)
"""CoLA 1.1 as its authors publish it."""


def find_cola(data_folder: Path) -> Path | None:
    """The folder of CoLA on this machine: that of the environment variable, else one in the store.

    Raises:
        DataError: the variable names a folder that doesn't exist, or is not the release.
    """
    variable = os.environ.get(VARIABLE)
    if not variable:
        stored = data_folder / "cola"
        return stored if stored.exists() else None
    folder = expanded(variable, VARIABLE)
    if not folder.exists():
        raise DataError(f"{VARIABLE} names {folder}, which does not exist", f"correct or unset {VARIABLE}")
    try:
        check_release(folder)
    except DataError as error:
        hint = f"correct or unset {VARIABLE}, or use --data {folder}"
        raise DataError(f"{VARIABLE}: {error.message}", hint) from error
    return folder


def check_release(folder: Path, release: Release = COLA) -> None:
    """Check that every split in `folder` has the published bytes.

    Raises:
        DataError: one has not, or there is none.
    """
    published = {split_of(Path(name).stem): digest for name, digest in release.files.items()}
    for split, files in find_files(folder).items():
        file = files[0]
        if sha256(read_bytes(file)) != published.get(split):
            problem = f"{file}: this is not the public release of CoLA 1.1; its SHA-256 differs from the published"
            raise DataError(problem, "import it under another name with --name")


def fetch(destination: Path, on_event: OnEvent, release: Release = COLA) -> Corpus:
    """Download the release, check its digests, and put its raw files into a new folder.

    Args:
        destination: a new folder, or one that holds the release.
        on_event: receives the progress in bytes.
        release: to download.

    Raises:
        UnavailableError: the address can't be reached, or the connection broke.
        IntegrityError: the archive is not the published one.
        DataError: `destination` holds another corpus.
    """
    from colacli.data.download import download  # here, for it imports all of HTTP

    files = {destination / name: digest for name, digest in release.files.items()}
    if all(file.is_file() and hash_file(file) == digest for file, digest in files.items()):
        return read_corpus(destination)
    hint = (
        f"on a machine with a network, download {release.address}, and run `colacli data import` with the file here; "
        f"or unpack it and run `colacli data import FOLDER`, or set {VARIABLE} to the folder"
    )
    work = Work("downloading CoLA", 0, release.size, unit="bytes")
    archive = download(release.address, release.size, release.sha256, hint, work, on_event)
    return store_corpus(_unpack(archive, release), About(), destination)


def _unpack(archive: bytes, release: Release) -> dict[str, bytes]:
    """The files of the release, by name. No path in the archive is used as a path here."""
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as opened:
            return {name: _member(opened, name, release) for name in release.files}
    except zipfile.BadZipFile as error:
        raise not_published(release.address, f"it is not a valid archive ({error})") from error


def _member(opened: zipfile.ZipFile, name: str, release: Release) -> bytes:
    member = release.folder + name
    if member not in opened.namelist():
        raise not_published(release.address, f"it has no {member}")
    size = opened.getinfo(member).file_size
    if size > MEMBER_LIMIT:
        raise not_published(release.address, f"its {member} has {size:,} bytes, more than {MEMBER_LIMIT:,}")
    content = opened.read(member)
    if sha256(content) != release.files[name]:
        raise not_published(release.address, f"the SHA-256 of its {member} is not the published one")
    return content
