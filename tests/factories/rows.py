"""Rows of a corpus in every format, for tests of reading."""

from __future__ import annotations

import csv
import io
import json

import pandas as pd

ROWS = [("gj04", 1, "", 'The "cat" slept.'), ("bc01", 0, "*", "Cat the \u2028 slept\x0b\x85.")]


def tsv(rows):
    """Rows as the public release writes them."""
    return "".join(f"{source}\t{label}\t{mark}\t{text}\n" for source, label, mark, text in rows).encode()


def headed(rows):
    """Rows as a TSV with a header, in another order and with a column that nobody asked for."""
    lines = [
        "sentence\tlabel\tid\tsource",
        *(f"{text}\t{label}\t7\t{source}" for source, label, _, text in rows),
    ]
    return "\n".join(lines).encode()


def as_csv(rows):
    """Rows as CSV."""
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerows([("source", "label", "mark", "sentence"), *rows])
    return stream.getvalue().encode()


def documents(rows):
    """Rows as dictionaries."""
    return [{"source": source, "label": label, "mark": mark, "sentence": text} for source, label, mark, text in rows]


def jsonl(rows):
    """Rows as JSON lines."""
    return "".join(json.dumps(document) + "\n" for document in documents(rows)).encode()


def parquet(rows):
    """Rows as Parquet."""
    return frame_bytes(pd.DataFrame(documents(rows)))


def frame_bytes(frame):
    """A data frame as Parquet."""
    stream = io.BytesIO()
    frame.to_parquet(stream)
    return stream.getvalue()


WRITERS = {".tsv": tsv, ".txt": headed, ".csv": as_csv, ".jsonl": jsonl, ".parquet": parquet}


def written(folder, name, content):
    """The path of a new file."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path
