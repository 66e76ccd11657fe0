"""Files and folders to corpora: which file holds which split, and the check every row goes through."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from stat import S_ISDIR

from colacli.data.corpus import IN_DOMAIN_DEV, OUT_OF_DOMAIN_DEV, SPLITS, TRAIN, Corpus, Sentence, Split
from colacli.data.formats import READERS, RawRow, refusal, shown, unreadable
from colacli.errors import DataError, check_text

STEMS = {
    "in_domain_train": TRAIN,
    "train": TRAIN,
    "in_domain_dev": IN_DOMAIN_DEV,
    "dev": IN_DOMAIN_DEV,
    "validation": IN_DOMAIN_DEV,
    "out_of_domain_dev": OUT_OF_DOMAIN_DEV,
}
"""A file's name without its suffix, and the split it holds."""

SUBFOLDERS = ("raw", "cola_public/raw", "original/raw")
"""Where a folder that holds no split itself may have them: the release's archive, and GLUE's."""

_TEXT_HINT = "give it as text, or leave the row out"


def read_corpus(path: Path) -> Corpus:
    """Read a folder of splits, or one file as a corpus of one split.

    Args:
        path: a folder holding files named as in `STEMS` (or having one of `SUBFOLDERS` that does), or a file.

    Raises:
        DataError: a file is missing, stands twice for one split, or can't be used.
    """
    check_text(str(path.resolve()), f"--data {path}")
    files = find_files(path)
    return Corpus(str(path.resolve()), {name: read_split(file, name) for name, file in files.items()})


def read_split(path: Path, name: str) -> Split:
    """Read one file, in the format its suffix tells, as the split called `name`.

    Raises:
        DataError: the file can't be read, or one of its lines can't be used.
    """
    rows = _reader(path)(path)
    sentences = tuple(validate(path, row) for row in rows)
    if not sentences:
        hint = "give a file with at least one judged sentence"
        raise DataError(f"{path}: the file holds no sentences", hint)
    return Split(name, sentences, str(path))


def find_files(path: Path) -> dict[str, Path]:
    """The file of each split that `path`, a folder or a file, holds; in the order train, dev, out-of-domain.

    Raises:
        DataError: there is none, or more than one for a split.
    """
    if not _is_folder(path):
        return {STEMS.get(path.stem, TRAIN): path}
    for folder in (path, *(path / name for name in SUBFOLDERS)):
        found = _splits_in(folder) if folder.is_dir() else {}
        if found:
            return found
    stems, suffixes = ", ".join(STEMS), ", ".join(READERS)
    raise DataError(
        f"{path}: no split found; looked there and in {', '.join(SUBFOLDERS)} for {stems}",
        f"name each file after its split, with one of the suffixes {suffixes}",
    )


def validate(path: Path, row: RawRow) -> Sentence:
    """The sentence of a raw row.

    Raises:
        DataError: a value is missing, empty, or not of its column's kind.
    """
    return Sentence(
        text=_sentence(path, row.line, row.sentence),
        label=_label(path, row.line, row.label),
        source=_optional(path, row.line, "source", row.source),
        mark=_optional(path, row.line, "mark", row.mark),
        line=row.line,
    )


def _splits_in(folder: Path) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for file in _listing(folder):
        name = STEMS.get(file.stem)
        if name is None or file.suffix.lower() not in READERS:
            continue
        if not file.is_file():
            raise DataError(
                f"{file} can't be read: it leads nowhere, or is no plain file", "put the file there, or take it away"
            )
        if name in found:
            raise DataError(
                f"{folder}: both {found[name].name} and {file.name} could be the split '{name}'",
                "keep one of them in the folder, or give the file itself",
            )
        found[name] = file
    return {name: found[name] for name in SPLITS if name in found}


def _listing(folder: Path) -> list[Path]:
    try:
        return sorted(file for file in folder.iterdir() if not file.is_dir())
    except OSError as error:
        raise unreadable(folder, error) from error


def _is_folder(path: Path) -> bool:
    try:
        return S_ISDIR(path.stat().st_mode)
    except OSError as error:
        raise unreadable(path, error) from error


def _reader(path: Path) -> Callable[[Path], Iterator[RawRow]]:
    if _is_folder(path):
        raise DataError(f"{path} is a folder; a file is needed here", "name one of the files in it")
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        problem = f"{path}: unknown suffix {path.suffix!r}; known are {', '.join(READERS)}"
        raise DataError(problem, "convert the file to one of these formats, or rename it")
    return reader


def _sentence(path: Path, number: int, value: object) -> str:
    text = _text(path, number, "sentence", value)
    if not text.strip():
        raise refusal(path, number, f"the sentence is {shown(text)}, expected words", _TEXT_HINT)
    return text


def _label(path: Path, number: int, value: object) -> int:
    # The exact types, since True == 1 == 1.0, and neither of those is a judgement.
    if type(value) not in (int, str) or str(value) not in ("0", "1"):
        hint = "write 1 for an acceptable sentence and 0 for another"
        raise refusal(path, number, f"the label is {shown(value)}, expected 0 or 1", hint)
    return int(str(value))


def _optional(path: Path, number: int, column: str, value: object) -> str:
    return "" if value is None else _text(path, number, column, value)


def _text(path: Path, number: int, column: str, value: object) -> str:
    if not isinstance(value, str):
        raise refusal(path, number, f"the {column} is {shown(value)}, expected text", _TEXT_HINT)
    if not value.isascii() and any("\ud800" <= character <= "\udfff" for character in value):
        problem = f"the {column} {shown(value)} has half a surrogate pair, which is no text"
        raise refusal(path, number, problem, "write the character itself, or both escapes of its pair")
    return value
