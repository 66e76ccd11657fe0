"""How the values of a text file are separated and quoted, decided by the file itself."""

from __future__ import annotations

import csv
import re

from colacli.data.layout import USUAL, Layout
from colacli.data.lines import physical_lines
from colacli.data.packed import DataFile

_DELIMITERS = (",", ";", "\t", "|")


def header_cells(line: str, delimiter: str) -> list[str]:
    """The names in a header, whether they are quoted or not."""
    try:
        return next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        return line.split(delimiter)


def delimiter_of(header: str, layout: Layout) -> str:
    """What separates the values of a CSV file: of the usual signs that which gives its header the most known names."""
    known = {name for names in USUAL.values() for name in names}
    known |= {name.casefold() for _, name in layout.named_columns()}

    def fit(delimiter: str) -> tuple[int, int]:
        names = [name.strip().casefold() for name in header_cells(header, delimiter)]
        return len(known.intersection(names)), len(names)

    return max(_DELIMITERS, key=fit)


def is_quoted(file: DataFile, delimiter: str) -> bool:
    """Whether quotation marks enclose values, as a CSV writer puts them, rather than being part of a sentence.

    No value may have a quotation mark without being enclosed: a writer would have quoted it. Then one of these must
    show that the marks are a writer's: a doubled mark, a delimiter or a newline in an enclosed value; that all values
    with a comma are enclosed, as spreadsheets write them; or that all values of a column are. Where every line has as
    many values as a bare header without that, no value goes over a delimiter or a newline.
    """
    text = "\n".join(physical_lines(file)).replace("\r\n", "\n")
    if '"' not in text:
        return False
    value = re.compile(
        rf'"(?P<inner>[^"]*+(?:""[^"]*+)*+)"(?=[{re.escape(delimiter)}\n]|\Z)|[^"{re.escape(delimiter)}\n]*+'
        rf"(?=[{re.escape(delimiter)}\n]|\Z)"
    )
    quoted: list[str] = []
    commas = column = row = position = 0
    bare_columns, all_columns = set(), set()
    while position <= len(text):
        if (match := value.match(text, position)) is None:
            return False
        all_columns.add(column)
        if match["inner"] is None:
            commas += "," in match[0]
            bare_columns |= {column} if row else set()  # a header may be bare
        else:
            quoted.append(match["inner"])
        ended = text[match.end() : match.end() + 1] == "\n"
        row, column = (row + 1, 0) if ended else (row, column + 1)
        position = match.end() + 1
    spans = any(sign in inner for inner in quoted for sign in (delimiter, "\n"))
    if spans and not text.startswith('"') and _is_regular(text, delimiter):
        return False
    by_spreadsheet = commas == 0 and any("," in inner for inner in quoted)
    by_writer = any(sign in inner for inner in quoted for sign in ('""', delimiter, "\n"))
    return by_writer or by_spreadsheet or all_columns != bare_columns


def _is_regular(text: str, delimiter: str) -> bool:
    """Whether all lines have equally many delimiters."""
    return len({line.count(delimiter) for line in text.split("\n")}) == 1
