"""Test files of benchmarks, without labels: an id and a sentence a line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from colacli.data.formats import check_columns
from colacli.data.lines import csv_records, lines, listed, refusal
from colacli.errors import DataError

_IDS = ("index", "id")
_TEXT = "sentence"


@dataclass(frozen=True)
class Unlabelled:
    """Unlabelled sentences, with the ids that a submission needs."""

    ids: list[str]
    texts: list[str]
    lines: list[int]
    """Line of each in its file, counted from 1."""


def read_unlabelled(path: Path) -> Unlabelled:
    """Read GLUE's `test.tsv` (index, sentence; no quoting) or Kaggle's CSV (Id, Sentence), by the suffix.

    Other columns are ignored, and so is the case of the header.

    Raises:
        DataError: the file can't be read, a column is missing, a line has other columns, or an id is repeated.
    """
    records = _records(path)
    number, header = next(records)
    id_column, text_column = _columns(path, number, header)
    lines_by_id: dict[str, int] = {}
    texts = []
    for number, cells in records:
        check_columns(path, number, header, cells, "give each line the columns of the header")
        name, text = cells[id_column], cells[text_column]
        for column, value in (("id", name), ("sentence", text)):
            if not value.strip():
                raise refusal(path, number, f"the {column} is empty", "give every line both, or remove it")
        if first := lines_by_id.get(name):
            raise refusal(path, number, f"the id {name!r} is in line {first} too", "give each sentence its own id")
        lines_by_id[name] = number
        texts.append(text)
    if not texts:
        raise DataError(f"{path}: the file holds no sentences", "give a file with a sentence below its header")
    return Unlabelled(list(lines_by_id), texts, list(lines_by_id.values()))


def _records(path: Path) -> Iterator[tuple[int, list[str]]]:
    if path.suffix.lower() == ".csv":
        return csv_records(path)
    if path.suffix.lower() in (".tsv", ".txt"):
        return ((number, line.split("\t")) for number, line in lines(path))
    raise DataError(f"{path}: unknown suffix {path.suffix!r}; known are .tsv, .txt, .csv", "convert or rename the file")


def _columns(path: Path, number: int, header: Sequence[str]) -> tuple[int, int]:
    """Indices of the id and the sentence."""
    names = [name.strip().lower() for name in header]
    ids = [names.index(name) for name in _IDS if name in names]
    if not ids or _TEXT not in names:
        hint = "a test file begins with the columns index and sentence (GLUE), or Id and Sentence (Kaggle)"
        raise refusal(path, number, f"found columns {listed(header)}", hint)
    return ids[0], names.index(_TEXT)
