"""Files and folders to corpora: the check of every row, and the split that it belongs to."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from colacli.data.about import read_about
from colacli.data.constructions import ConstructionColumns
from colacli.data.corpus import SPLITS, TEST, TRAIN, Corpus, Reading, Sentence, Split, Unlabelled
from colacli.data.formats import open_table
from colacli.data.layout import AS_USUAL, UNLABELLED, Layout, not_there
from colacli.data.lines import TEXT_HINT, listed, no_sentences, refusal, shown, text_of
from colacli.data.packed import DataFile
from colacli.data.splits import file_at, find_files, split_of
from colacli.data.table import RawRow, Table
from colacli.errors import DataError, check_text


@dataclass
class _Part:
    """A split, as its files are read."""

    sentences: list[Sentence] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    """Of the sentences without a label."""
    files: list[tuple[int, str]] = field(default_factory=list)


def read_corpus(path: Path, layout: Layout = AS_USUAL) -> Corpus:
    """Read a folder of splits, an archive of them, or one file as a corpus.

    Args:
        path: a folder or an archive in which `find_files` finds splits; or a file, which is the split that its split
            column or its name says, else `train`.
        layout: of its files; that of a folder with a `colacli-corpus.json` stands there.

    Raises:
        DataError: a file is missing, a split has several, or a file can't be used.
    """
    check_text(str(path.resolve()), f"--data {path}")
    about, asked = read_about(path), layout
    if about is not None and layout == AS_USUAL:
        layout = about.layout
    parts: dict[str, _Part] = {}
    found = {None: [DataFile(path / about.file)]} if about and about.file else find_files(path)
    files = [(file, split) for split, several in found.items() for file in several]
    readings = tuple(_read(file, layout, split, parts, alone=len(files) == 1) for file, split in files)
    test = parts.get(TEST)
    unlabelled = None
    if test and all(sentence.label == UNLABELLED for sentence in test.sentences):
        unlabelled = Unlabelled(
            test.ids, [sentence.text for sentence in test.sentences], [sentence.line for sentence in test.sentences]
        )
        del parts[TEST]
    splits = {name: _split(name, parts[name]) for name in (*SPLITS, TEST) if name in parts}
    return Corpus(str(path.resolve()), splits, unlabelled, readings, asked, about)


def read_split(path: Path, name: str, layout: Layout = AS_USUAL) -> Split:
    """Read one file, in the format of its suffix, as the split called `name`.

    Raises:
        DataError: the file can't be read, or one of its lines can't be used.
    """
    parts: dict[str, _Part] = {}
    _read(file_at(path), layout, name, parts)
    return _split(name, parts[name])


def _read(
    file: DataFile, layout: Layout, named: str | None, parts: dict[str, _Part], *, alone: bool = False
) -> Reading:
    """Add a file's rows to their splits.

    Args:
        file: the file.
        layout: its layout.
        named: the split that its name says.
        parts: the rows so far, by split.
        alone: whether it is all of its corpus, so that a split column decides and its name does not.
    """
    table = open_table(file, layout)
    words: dict[str, int] = {}
    enclosed = 0
    ours: set[str] = set()
    places: list[str] = []
    sentences: list[Sentence] = []
    constructions = ConstructionColumns()
    for row in table.rows:
        name = _split_name(file, row, table, named, alone=alone)
        if name not in ours:
            ours.add(name)
            part = parts.setdefault(name, _Part())
            part.files.append((len(part.sentences), str(file)))
            if table.columns.label is None and name != TEST:
                raise _without_labels(file, table, layout)
        sentence = _sentence(file, row, table, layout)
        places.append(name)
        sentences.append(sentence)
        constructions.add(row.others)
        if sentence.label == UNLABELLED:
            parts[name].ids.append(check_id(file, row))
        else:
            words[str(row.label)] = sentence.label
        enclosed += sentence.text[0] == sentence.text[-1] == '"'
    if not ours:
        raise no_sentences(file)
    for name, sentence in zip(places, constructions.mark(sentences), strict=True):
        parts[name].sentences.append(sentence)
    columns = {role: name for role, name in table.columns._asdict().items() if name is not None}
    return Reading(str(file), columns, table.quoting, words, enclosed if table.quoting == "none" else 0)


def _split_name(file: DataFile, row: RawRow, table: Table, named: str | None, *, alone: bool) -> str:
    if table.columns.split is None:
        return named or TRAIN
    word = row.split if isinstance(row.split, str) else ""
    name = split_of(word)
    if name is None:
        hint = f"write {', '.join((*SPLITS, TEST))}; or ignore the column: --columns split="
        raise refusal(file, row.line, f"the {table.columns.split} is {shown(row.split)}, which is no split", hint)
    if named not in (None, name) and not alone:
        problem = f"the {table.columns.split} is {shown(word)}, but the file's name says {named}"
        raise refusal(file, row.line, problem, "correct one of them; or ignore the column: --columns split=")
    return name


def _sentence(file: DataFile, row: RawRow, table: Table, layout: Layout) -> Sentence:
    """The sentence of a raw row, with the label -1 where it has none.

    Raises:
        DataError: a value is missing, empty, or not of its column's kind.
    """
    text = check_sentence(file, row)
    label = UNLABELLED if table.columns.label is None else layout.meaning(row.label)
    if label is None:
        hint = "write 1 for an acceptable sentence and 0 for another, or say what a word means: --labels WORD=1,WORD=0"
        raise refusal(file, row.line, f"the label is {shown(row.label)}, expected 0 or 1", hint)
    source, mark = (
        "" if value is None else text_of(file, row.line, column, value)
        for column, value in (("source", row.source), ("mark", row.mark))
    )
    return Sentence(text, label, source, mark, row.line)


def check_sentence(file: DataFile, row: RawRow) -> str:
    """The text of a raw row.

    Raises:
        DataError: it is missing, or blank.
    """
    text = text_of(file, row.line, "sentence", row.sentence)
    if not text.strip():
        raise refusal(file, row.line, f"the sentence is {shown(text)}, expected words", TEXT_HINT)
    return text


def check_id(file: DataFile, row: RawRow) -> str:
    """The id of a raw row; empty where it has none.

    Raises:
        DataError: it is no text and no whole number.
    """
    if row.id is None:
        return ""
    return str(row.id) if type(row.id) is int else text_of(file, row.line, "id", row.id)


def _split(name: str, part: _Part) -> Split:
    """A split whose sentences all have labels.

    Raises:
        DataError: one has none.
    """
    split = Split(name, tuple(part.sentences), tuple(part.files))
    for index, sentence in enumerate(split.sentences):
        if sentence.label == UNLABELLED:
            hint = "give each sentence its label; only a test split may have none, and then none at all"
            raise DataError(f"{split.location(index)}: the label is -1: the sentence is not judged", hint)
    return split


def _without_labels(file: DataFile, table: Table, layout: Layout) -> DataError:
    """The error for a file that is no test split and lacks labels."""
    if name := dict(layout.named_columns()).get("label"):
        return not_there(file, table.line, table.names, "label", name)
    if table.columns.id is not None:
        hint = (
            "a test set has no labels: give train.tsv or dev.tsv, or use `colacli judge REF --data FILE` "
            "or `colacli eval REF --submission glue --data FILE`"
        )
        problem = f"the sentences have no labels; found columns {listed(table.names)}"
        return refusal(file, table.line, problem, hint)
    hint = "name the column 'label', or say which it is: --columns label=NAME"
    return refusal(file, table.line, f"no column 'label'; found {listed(table.names)}", hint)
