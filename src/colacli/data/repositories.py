"""Corpora that can be fetched by name from their public repositories, at a fixed commit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Literal

from colacli.data.about import About
from colacli.data.corpus import Corpus
from colacli.data.importing import store_corpus, store_files
from colacli.data.readers import read_corpus
from colacli.errors import IntegrityError
from colacli.events import OnEvent, Work
from colacli.store.files import file_size, hash_file
from colacli.store.manifest import FileRecord
from colacli.store.reading import Text, decode, read_bounded

_REGISTRY = Path(__file__).parent.parent / "bundled" / "published.json"


@dataclass(frozen=True, kw_only=True)
class Published:
    """A corpus in a public repository."""

    about: About
    repository: Text | None = None
    """OWNER/NAME; None for what has its own way here, as CoLA."""
    commit: Text | None = None
    files: dict[Text, FileRecord] = field(default_factory=dict)
    """By path in the repository."""
    kind: Literal["sentences", "pairs"] = "sentences"
    """Of what: judged sentences in splits, or minimal pairs."""
    site: Text = "https://raw.githubusercontent.com"

    def address(self, path: str) -> str:
        """Of a file."""
        return f"{self.site}/{self.repository}/{self.commit}/{path}"

    def files_in(self, folder: Path) -> list[Path] | None:
        """The files in a folder, or in a copy of the repository; None where one is missing, or not as published."""
        found = []
        for path, record in self.files.items():
            places = (folder / PurePosixPath(path).name, folder / path)
            file = next((place for place in places if file_size(place) == record.size), None)
            if file is None or hash_file(file) != record.sha256:
                return None
            found.append(file)
        return found or None


@cache
def published() -> dict[str, Published]:
    """All of them, by name.

    Raises:
        IntegrityError: the registry, a part of the installation, is missing or damaged.
    """
    try:
        return decode(read_bounded(_REGISTRY), dict[str, Published])
    except (OSError, ValueError) as error:
        raise IntegrityError(f"{_REGISTRY} can't be read: {error}", "install colacli again") from error


def fetch_published(name: str, corpus: Published, destination: Path, on_event: OnEvent) -> Corpus | None:
    """Download a corpus' files, check their digests, and put them into a new folder.

    Args:
        name: of the corpus, for messages.
        corpus: where it is.
        destination: a new folder, or one that holds it.
        on_event: receives the progress in bytes.

    Returns:
        The corpus; None where its files hold minimal pairs.

    Raises:
        UnavailableError: an address can't be reached, or a connection broke.
        IntegrityError: a file is not the published one.
        DataError: `destination` holds something else.
    """
    if corpus.files_in(destination) is None:
        return store_published(corpus, _download_all(name, corpus, on_event), destination)
    return None if corpus.kind == "pairs" else read_corpus(destination)


def store_published(corpus: Published, files: Mapping[str, bytes], destination: Path) -> Corpus | None:
    """Put its files into a new folder, or one that holds them; see `fetch_published`."""
    if corpus.kind == "pairs":
        store_files(files, destination)
        return None
    return store_corpus(files, corpus.about, destination)


def _download_all(name: str, corpus: Published, on_event: OnEvent) -> dict[str, bytes]:
    from colacli.data.download import download  # here, for it imports all of HTTP

    work = Work(f"downloading {name}", 0, sum(record.size for record in corpus.files.values()), unit="bytes")
    files = {}
    for path, record in corpus.files.items():
        hint = (
            f"on a machine with a network, get github.com/{corpus.repository} at commit {corpus.commit}, and run "
            f"`colacli data import FOLDER --name {name}` here on a copy of its folder {PurePosixPath(path).parent}"
        )
        content = download(corpus.address(path), record.size, record.sha256, hint, work, on_event)
        work = replace(work, done=work.done + record.size)
        files[PurePosixPath(path).name] = content
    return files
