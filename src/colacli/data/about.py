"""What is kept with an imported or a fetched corpus: its layout, licence and citation."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from msgspec import Meta

from colacli.data.layout import AS_USUAL, Layout
from colacli.data.splits import KEPT
from colacli.errors import DataError
from colacli.store.canonical import canonical
from colacli.store.reading import Text, decode, read_bounded

_Line = Annotated[str, Meta(max_length=2_000)]


@dataclass(frozen=True, kw_only=True)
class About:
    """The document `colacli-corpus.json` beside a corpus' files."""

    layout: Layout = AS_USUAL
    file: Text | None = None
    """The one file that has all the splits, where the folder has others too."""
    source: _Line | None = None
    """Where it was published."""
    language: _Line | None = None
    licence: _Line | None = None
    citation: _Line | None = None
    format: Literal[1] = 1


def about_bytes(about: About) -> bytes:
    """The bytes of `colacli-corpus.json`."""
    return canonical(about)


def read_about(folder: Path) -> About | None:
    """What is kept with the corpus in a folder; None where nothing is.

    Raises:
        DataError: the document can't be read, or is none.
    """
    path = folder / KEPT
    try:
        return decode(read_bounded(path), About)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError) as error:
        raise DataError(
            f"{path} does not say how its corpus is laid out: {error}", "import the corpus again"
        ) from error
