"""The public release of CoLA: its download and check; and the import of corpora into the store.

The corpus is Warstadt, Singh and Bowman's (2018, arXiv:1805.12471), version 1.1.
"""

from __future__ import annotations

import io
import os
import uuid
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse, IncompleteRead
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from colacli.data.corpus import Corpus
from colacli.data.lines import read_bytes
from colacli.data.readers import STEMS, find_files, read_corpus
from colacli.errors import DataError, IntegrityError, UnavailableError
from colacli.events import OnEvent, Work
from colacli.store.canonical import sha256
from colacli.store.files import expanded, hash_file, rename_folder, scratch_folder, sync_files

VARIABLE = "COLACLI_COLA_DIR"
"""The environment variable that names a folder holding the release."""

MEMBER_LIMIT = 5_000_000
"""Bytes of a file in the archive, at most: ten times the largest."""

_TIMEOUT = 30.0  # seconds without a byte
_CHUNK = 1 << 14  # bytes between two progress events


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
    published = {STEMS[Path(name).stem]: digest for name, digest in release.files.items()}
    for split, file in find_files(folder).items():
        if sha256(read_bytes(file)) != published.get(split):
            problem = f"{file}: this is not the public release of CoLA 1.1; its SHA-256 differs from the published"
            raise DataError(problem, "import it under another name with --name")


def import_corpus(folder: Path, destination: Path) -> Corpus:
    """Copy the splits of a corpus, byte for byte, to a new folder.

    Args:
        folder: a folder of splits, or one file.
        destination: a new folder, or one that holds the same corpus.

    Raises:
        DataError: the corpus can't be used, or `destination` holds another one.
    """
    read_corpus(folder)  # so that errors name the user's file, not the copy
    files = {_file_name(split, file): read_bytes(file) for split, file in find_files(folder).items()}
    return _store(files, destination)


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
    if _holds(destination, release):
        return read_corpus(destination)
    archive = _download(release, on_event)
    if sha256(archive) != release.sha256:
        raise _wrong(release, "its SHA-256 is not the published one")
    return _store(_unpack(archive, release), destination)


def _holds(folder: Path, release: Release) -> bool:
    files = {folder / name: digest for name, digest in release.files.items()}
    return all(file.is_file() and hash_file(file) == digest for file, digest in files.items())


def _download(release: Release, on_event: OnEvent) -> bytes:
    from colacli import __version__

    request = Request(release.address, headers={"User-Agent": f"colacli/{__version__}"})
    try:
        with urlopen(request, timeout=_TIMEOUT) as response:
            return _receive(response, release, on_event)
    except (OSError, HTTPException) as error:
        if isinstance(error, HTTPError):
            error.close()
        raise UnavailableError(
            f"{release.address} can't be downloaded: {_reason(error)}",
            f"on a machine with a network, download {release.address}, unpack it and run "
            f"`colacli data import FOLDER` here, or set {VARIABLE} to the folder",
        ) from error


def _receive(response: HTTPResponse, release: Release, on_event: OnEvent) -> bytes:
    content = b""
    while chunk := response.read(_CHUNK):
        content += chunk
        if len(content) > release.size:
            raise _wrong(release, f"it is larger than the published {release.size:,} bytes")
        on_event(Work("downloading CoLA", len(content), release.size, unit="bytes"))
    if response.length:  # announced and never sent; not every Python raises an error
        raise IncompleteRead(content, response.length)
    return content


def _reason(error: Exception) -> str:
    """The cause, in short: that inside of a URLError."""
    if isinstance(error, IncompleteRead):
        return "the connection broke off"
    cause = error if isinstance(error, HTTPError) else getattr(error, "reason", error)
    return str(getattr(cause, "strerror", None) or cause) or type(cause).__name__


def _unpack(archive: bytes, release: Release) -> dict[str, bytes]:
    """The files of the release, by name. No path in the archive is used as a path here."""
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as opened:
            return {name: _member(opened, name, release) for name in release.files}
    except zipfile.BadZipFile as error:
        raise _wrong(release, f"it is not a valid archive ({error})") from error


def _member(opened: zipfile.ZipFile, name: str, release: Release) -> bytes:
    member = release.folder + name
    if member not in opened.namelist():
        raise _wrong(release, f"it has no {member}")
    size = opened.getinfo(member).file_size
    if size > MEMBER_LIMIT:
        raise _wrong(release, f"its {member} has {size:,} bytes, more than {MEMBER_LIMIT:,}")
    content = opened.read(member)
    if sha256(content) != release.files[name]:
        raise _wrong(release, f"the SHA-256 of its {member} is not the published one")
    return content


def _wrong(release: Release, problem: str) -> IntegrityError:
    hint = "try again later; a proxy may have sent another page"
    return IntegrityError(f"{release.address} is not the published release: {problem}", hint)


def _store(files: Mapping[str, bytes], destination: Path) -> Corpus:
    """Put the files into `destination`, all or none; a corpus that is there must be the same."""
    with _staging(destination) as staged:
        for name, content in files.items():
            (staged / name).write_bytes(content)
        sync_files(staged)
        corpus = read_corpus(staged)
        if not destination.exists():
            rename_folder(staged, destination)  # if another process was faster, its corpus is compared
    return _same(corpus, destination)


@contextmanager
def _staging(destination: Path) -> Iterator[Path]:
    """A new folder beside `destination`, removed afterwards in any case."""
    try:
        with scratch_folder(destination.with_name(f".{destination.name}.{uuid.uuid4().hex}.tmp")) as staged:
            yield staged
    except OSError as error:
        hint = "check the folder's permissions and the free space, or set COLACLI_HOME to another place"
        raise DataError(f"{destination} can't be written: {error.strerror or error}", hint) from error


def _same(corpus: Corpus, destination: Path) -> Corpus:
    try:
        present = read_corpus(destination)
    except DataError:
        present = None
    if present is None or _digests(present) != _digests(corpus):
        hint = "remove that folder, or choose another name with --name"
        raise DataError(f"{destination} already exists and holds something else", hint)
    return present


def _digests(corpus: Corpus) -> dict[str, str]:
    return {name: split.digest for name, split in corpus.splits.items()}


def _file_name(split: str, file: Path) -> str:
    """A file's own name where it denotes a split, else the split's."""
    return file.name if file.stem in STEMS else split + file.suffix
