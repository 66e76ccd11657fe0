"""Columns that mark grammatical constructions: a sentence has the construction, or hasn't, in every row of the file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from colacli.data.corpus import Sentence

SEPARATOR = ";"
"""Between a sentence's constructions in a written file; in a name it becomes a comma."""

_MARKS: Mapping[object, bool] = {"0": False, "1": True, "false": False, "true": True}
_OTHERS = {
    *("", "sentence", "original", "source", "mark", "diacritic", "label", "acceptability", "acceptable"),
    *("split", "domain", "index", "id", "uid", "uniqueindexid"),
}
"""Names of columns that mark no construction, whatever their values, in lower case."""


class ConstructionColumns:
    """The columns of a file with nothing but 0 and 1, or True and False, found out row by row."""

    def __init__(self) -> None:
        self._names: dict[str, str] | None = None
        self._rows: list[tuple[str, ...]] = []

    def add(self, values: Mapping[str, object]) -> None:
        """A row, by column; the columns of the first row are those that can mark a construction."""
        if self._names is None:
            names = {name: name.strip().replace(SEPARATOR, ",") for name in values}
            self._names = {name: shown for name, shown in names.items() if shown.casefold() not in _OTHERS}
        marks = {name: _mark(values.get(name)) for name in self._names}
        for name, mark in marks.items():
            if mark is None:
                del self._names[name]
        self._rows.append(tuple(name for name, mark in marks.items() if mark))

    @property
    def names(self) -> list[str]:
        """The constructions, in the order of their columns."""
        return list((self._names or {}).values())

    def rows(self) -> list[tuple[str, ...]]:
        """The constructions of each row."""
        names = self._names or {}
        return [tuple(names[name] for name in row if name in names) for row in self._rows]

    def mark(self, sentences: Sequence[Sentence]) -> tuple[Sentence, ...]:
        """The sentences of the rows, with their constructions."""
        if not self._names:
            return tuple(sentences)
        rows = zip(sentences, self.rows(), strict=True)
        return tuple(replace(sentence, constructions=marked) for sentence, marked in rows)


def _mark(value: object) -> bool | None:
    """What a value says; None where it is no mark."""
    if isinstance(value, str):
        return _MARKS.get(value.strip().casefold())
    return bool(value) if isinstance(value, int) and value in (0, 1) else None
