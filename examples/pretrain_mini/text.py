"""A folder of plain text: documents of paragraphs, paragraphs of sentences."""

from __future__ import annotations

import lzma
import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

# After a mark that ends a sentence, with its closing quotes, before a capital with its opening ones.
_BOUNDARY = re.compile(r"""(?<=[.?!])["')]{0,2}\s+(?=["'(]?[A-Z])""")
_TITLES = ("Mr.", "Mrs.", "Ms.", "Dr.", "St.", "Messrs.", "M.", "Mme.", "Prof.", "Capt.", "Col.", "Gen.", "vs.", "No.")

# What a judge of single sentences learns from: words, plain punctuation, no quotation marks to balance.
_PLAIN = re.compile(r"[A-Z][A-Za-z',;:\- ]+[.?!]")


def text_files(folder: Path, prefix: str) -> list[Path]:
    """`prefix*.txt` and `prefix*.txt.xz` in a folder, sorted by name."""
    files = sorted([*folder.glob(f"{prefix}*.txt"), *folder.glob(f"{prefix}*.txt.xz")])
    if not files:
        raise SystemExit(f"{folder}: no {prefix}*.txt or {prefix}*.txt.xz; one paragraph a line is expected")
    return files


def paragraphs(files: list[Path]) -> Iterator[str]:
    """Every paragraph: a line that is not empty."""
    for path in files:
        opener = lzma.open if path.suffix == ".xz" else open
        with opener(path, "rt", encoding="utf-8") as lines:
            yield from (line.strip() for line in lines if not line.isspace())


def sentences(paragraph: str) -> list[str]:
    """The sentences of a paragraph. A rule of thumb: 'Mr.' and initials end none."""
    pieces: list[str] = []
    begin = 0
    for match in _BOUNDARY.finditer(paragraph):
        piece = paragraph[begin : match.end()].strip()
        last = piece.rsplit(None, 1)[-1]
        if last in _TITLES or re.fullmatch(r"[A-Z]\.", last):
            continue
        pieces.append(piece)
        begin = match.end()
    return [*pieces, paragraph[begin:].strip()] if begin < len(paragraph) else pieces


def is_plain(sentence: str) -> bool:
    """Whether a sentence is one that a judge can learn from: 3 to 28 words, letters and commas, a mark at its end."""
    return 3 <= sentence.count(" ") + 1 <= 28 and _PLAIN.fullmatch(sentence) is not None and "--" not in sentence
