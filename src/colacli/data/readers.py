"""Files and folders to corpora: the file of each split, and the check of every row."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from stat import S_ISDIR

from colacli.data.constructions import ConstructionColumns
from colacli.data.corpus import IN_DOMAIN_DEV, OUT_OF_DOMAIN_DEV, SPLITS, TRAIN, Corpus, Sentence, Split
from colacli.data.formats import READERS, RawRow
from colacli.data.lines import refusal, shown, unreadable
from colacli.errors import DataError, check_text

STEMS = {
    "in_domain_train": TRAIN,
    "train": TRAIN,
    "in_domain_dev": IN_DOMAIN_DEV,
    "dev": IN_DOMAIN_DEV,
    "validation": IN_DOMAIN_DEV,
    "out_of_domain_dev": OUT_OF_DOMAIN_DEV,
}
"""A file's name without its suffix, and its split."""

SUBFOLDERS = ("raw", "cola_public/raw", "original/raw")
"""Searched in a folder without splits of its own: the layouts of the release's archive, and of GLUE's."""

_TEXT_HINT = "give it as text, or leave the row out"


def read_corpus(path: Path) -> Corpus:
    """Read a folder of splits, or one file as a corpus of one split.

    Args:
        path: a folder with files named as in `STEMS` (or with one of `SUBFOLDERS` that has them), or a file.

    Raises:
        DataError: a file is missing, a split has several, or a file can't be used.
    """
    check_text(str(path.resolve()), f"--data {path}")
    files = find_files(path)
    return Corpus(str(path.resolve()), {name: read_split(file, name) for name, file in files.items()})


def read_split(path: Path, name: str) -> Split:
    """Read one file, in the format of its suffix, as the split called `name`.

    Raises:
        DataError: the file can't be read, or one of its lines can't be used.
    """
    sentences, constructions = [], ConstructionColumns()
    for row in _reader(path)(path):
        sentences.append(validate(path, row))
        constructions.add(row.others)
    if not sentences:
        raise DataError(f"{path}: the file holds no sentences", "give a file with at least one judged sentence")
    return Split(name, constructions.mark(sentences), str(path))


def find_files(path: Path) -> dict[str, Path]:
    """The files of the splits in a folder or file, in the order train, dev, out-of-domain.

    Raises:
        DataError: there is none, or more than one for a split.
    """
    if not _is_folder(path):
        return {STEMS.get(path.stem, TRAIN): path}
    for folder in (path, *(path / name for name in SUBFOLDERS)):
        if folder.is_dir() and (splits := _splits_in(folder)):
            return splits
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
    text = _text(path, row.line, "sentence", row.sentence)
    if not text.strip():
        raise refusal(path, row.line, f"the sentence is {shown(text)}, expected words", _TEXT_HINT)
    label = _label(path, row.line, row.label)
    source, mark = (
        "" if value is None else _text(path, row.line, column, value)
        for column, value in (("source", row.source), ("mark", row.mark))
    )
    return Sentence(text, label, source, mark, row.line)


def _splits_in(folder: Path) -> dict[str, Path]:
    splits: dict[str, Path] = {}
    for file in _listing(folder):
        name = STEMS.get(file.stem)
        if name is None or file.suffix.lower() not in READERS:
            continue
        if not file.is_file():
            problem = f"{file} can't be read: it is a dangling link, or no plain file"
            raise DataError(problem, "put the file there, or remove it")
        if name in splits:
            problem = f"{folder}: both {splits[name].name} and {file.name} could be the split '{name}'"
            raise DataError(problem, "keep one of them in the folder, or give the file itself")
        splits[name] = file
    return {name: splits[name] for name in SPLITS if name in splits}


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


def _label(path: Path, number: int, value: object) -> int:
    # The exact types, since True == 1 == 1.0, and neither of those is a label.
    if type(value) not in (int, str) or str(value) not in ("0", "1"):
        hint = "write 1 for an acceptable sentence and 0 for another"
        raise refusal(path, number, f"the label is {shown(value)}, expected 0 or 1", hint)
    return int(str(value))


def _text(path: Path, number: int, column: str, value: object) -> str:
    if not isinstance(value, str):
        raise refusal(path, number, f"the {column} is {shown(value)}, expected text", _TEXT_HINT)
    if not value.isascii() and any("\ud800" <= character <= "\udfff" for character in value):
        problem = f"the {column} {shown(value)} has half a surrogate pair, which is no text"
        raise refusal(path, number, problem, "write the character itself, or both escapes of its pair")
    return value
