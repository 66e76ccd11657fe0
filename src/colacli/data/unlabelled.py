"""Test files without labels, as benchmarks publish them: an id and a sentence a line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from colacli.data.formats import csv_records, lines, listed, refusal
from colacli.errors import DataError

_IDS = ("index", "id")
_TEXT = "sentence"


@dataclass(frozen=True)
class Unlabelled:
    """Sentences to be judged, and what each is called where the judgements go."""

    ids: list[str]
    texts: list[str]
    lines: list[int]
    """Line of each in its file, counted from 1."""


def read_unlabelled(path: Path) -> Unlabelled:
    """Read GLUE's `test.tsv` (index, sentence; no quoting) or Kaggle's CSV (Id, Sentence), told by the suffix.

    Other columns are passed over; capitals in the header don't matter.

    Raises:
        DataError: the file can't be read, a column is missing, a line has others, or an id stands twice.
    """
    records = _records(path)
    number, header = next(records)
    id_column, text_column = _columns(path, number, header)
    found = Unlabelled([], [], [])
    for number, cells in records:
        if len(cells) != len(header):
            problem = f"found {len(cells)} column(s), expected {len(header)}: {listed(header)}"
            raise refusal(path, number, problem, "give each line what the header names")
        _take(path, number, cells[id_column], cells[text_column], found)
    if not found.ids:
        raise DataError(f"{path}: the file holds no sentences", "give a file with a sentence below its header")
    _check_ids(path, found)
    return found


def _records(path: Path) -> Iterator[tuple[int, list[str]]]:
    if path.suffix.lower() == ".csv":
        return csv_records(path)
    if path.suffix.lower() in (".tsv", ".txt"):
        return ((number, line.split("\t")) for number, line in lines(path))
    raise DataError(f"{path}: unknown suffix {path.suffix!r}; known are .tsv, .txt, .csv", "convert or rename the file")


def _columns(path: Path, number: int, header: Sequence[str]) -> tuple[int, int]:
    """Where the id and the sentence stand."""
    names = [name.strip().lower() for name in header]
    ids = [names.index(name) for name in _IDS if name in names]
    if not ids or _TEXT not in names:
        hint = "a test file begins with the columns index and sentence (GLUE), or Id and Sentence (Kaggle)"
        raise refusal(path, number, f"found columns {listed(header)}", hint)
    return ids[0], names.index(_TEXT)


def _take(path: Path, number: int, name: str, text: str, found: Unlabelled) -> None:
    for what, value in (("id", name), ("sentence", text)):
        if not value.strip():
            raise refusal(path, number, f"the {what} is empty", "give every line both, or remove it")
    found.ids.append(name)
    found.texts.append(text)
    found.lines.append(number)


def _check_ids(path: Path, found: Unlabelled) -> None:
    seen: dict[str, int] = {}
    for name, number in zip(found.ids, found.lines, strict=True):
        if first := seen.get(name):
            raise refusal(path, number, f"the id {name!r} stands in line {first} too", "give each sentence its own id")
        seen[name] = number
