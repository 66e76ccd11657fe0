"""Test files without labels: what a benchmark asks to be judged."""

from __future__ import annotations

from pathlib import Path

from colacli.data.corpus import Split, Unlabelled
from colacli.data.formats import open_table
from colacli.data.layout import AS_USUAL, Layout
from colacli.data.lines import listed, no_sentences, refusal
from colacli.data.readers import check_id, check_sentence
from colacli.data.splits import file_at


def read_unlabelled(path: Path, layout: Layout = AS_USUAL, *, with_ids: bool = True) -> Unlabelled:
    """Read the sentences of a file in any format of a corpus, whatever their labels are.

    Args:
        path: such as GLUE's `test.tsv` (index, sentence) or Kaggle's CSV (Id, Sentence).
        layout: of the file.
        with_ids: whether each sentence must have an id of its own.

    Raises:
        DataError: the file can't be read, a column is missing, a line has other columns, or an id is repeated.
    """
    file = file_at(path)
    table = open_table(file, layout)
    if with_ids and table.columns.id is None:
        hint = "a test file has the columns index and sentence (GLUE), or Id and Sentence (Kaggle); --columns id=NAME"
        raise refusal(file, table.line, f"no column of ids; found columns {listed(table.names)}", hint)
    found = Unlabelled([], [], [])
    lines_by_id: dict[str, int] = {}
    for row in table.rows:
        name = check_id(file, row) if with_ids else ""
        if with_ids and not name.strip():
            raise refusal(file, row.line, "the id is empty", "give every line an id and a sentence, or remove it")
        if with_ids and (first := lines_by_id.get(name)):
            raise refusal(file, row.line, f"the id {name!r} is in line {first} too", "give each sentence its own id")
        lines_by_id[name] = row.line
        found.ids.append(name)
        found.texts.append(check_sentence(file, row))
        found.lines.append(row.line)
    if not found.texts:
        raise no_sentences(file)
    return found


def without_labels(split: Split) -> Unlabelled:
    """The sentences of a split."""
    lines = [sentence.line for sentence in split.sentences]
    return Unlabelled(["" for _ in lines], split.texts, lines)
