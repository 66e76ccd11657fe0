"""An annotation file: sentences and the constructions that are marked in each, joined to a corpus by sentence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path

from colacli.data.constructions import ConstructionColumns
from colacli.data.corpus import Corpus, Split
from colacli.data.formats import check_columns
from colacli.data.json_objects import json_lines
from colacli.data.lines import csv_records, lines, listed, refusal, shown
from colacli.errors import DataError

_STEM = "features"
SUFFIXES = (".tsv", ".txt", ".csv", ".json", ".jsonl", ".ndjson")
_HINT = "give a file with a column 'sentence' and columns of 0 and 1, one for each construction"
_SIMILAR = 0.8
"""Twice the characters in common, as a fraction of both sentences' characters, from which on they are similar."""
_COMPARISONS = 10_000
"""Pairs of sentences, beyond which none is looked for that is similar."""


@dataclass(frozen=True)
class Features:
    """What an annotation file says."""

    file: str
    names: tuple[str, ...]
    """The constructions, in the order of their columns."""
    constructions: Mapping[str, tuple[str, ...]]
    """Those of each sentence."""
    lines: Mapping[str, int]
    """The first line that a sentence stands in."""


@dataclass(frozen=True)
class Unmatched:
    """A sentence that only one of the two files has."""

    where: str
    """File and line."""
    text: str
    similar: str
    """Where the other file has a sentence much like it, without a match too; empty where it hasn't."""


@dataclass(frozen=True)
class Joined:
    """A corpus with the constructions of an annotation, and what did not match."""

    corpus: Corpus
    features: Features
    annotated: dict[str, int]
    """Sentences with an annotation, by split."""
    unmatched: tuple[Unmatched, ...]
    """Annotated sentences that the corpus lacks."""
    missing: tuple[Unmatched, ...]
    """Sentences without an annotation, of the splits of which the file annotates more than half."""


def read_features(path: Path) -> Features:
    """Read an annotation file: a header, a sentence a line, and columns that mark constructions.

    Names of columns may be in upper or lower case. A TSV has no quoting.

    Raises:
        DataError: it can't be read, has no sentences or no constructions, or marks one sentence in two ways.
    """
    columns, texts = ConstructionColumns(), []
    for number, values in _records(path):
        names = [name for name in values if name.strip().casefold() == "sentence"]
        text = values[names[0]] if names else None
        if not isinstance(text, str) or not text.strip():
            found = f"the sentence is {shown(text)}" if names else f"no column 'sentence'; found {listed(list(values))}"
            raise refusal(path, number, found, _HINT)
        texts.append((number, text))
        columns.add(values)
    if not columns.names:
        raise DataError(f"{path}: no column has nothing but 0 and 1, or True and False", _HINT)
    constructions: dict[str, tuple[str, ...]] = {}
    first: dict[str, int] = {}
    for (number, text), marked in zip(texts, columns.rows(), strict=True):
        if constructions.setdefault(text, marked) != marked:
            problem = f"the sentence has other constructions in line {first[text]}: {shown(text)}"
            raise refusal(path, number, problem, "remove one of the two lines")
        first.setdefault(text, number)
    return Features(str(path), tuple(columns.names), constructions, first)


def join(corpus: Corpus, features: Features) -> Joined:
    """Add the constructions of an annotation to the sentences that are equal to the letter.

    Raises:
        DataError: there is none.
    """
    splits = {name: _annotated(split, features) for name, split in corpus.splits.items()}
    texts = {name: [text in features.constructions for text in split.texts] for name, split in splits.items()}
    annotated = {name: sum(found) for name, found in texts.items()}
    if not any(annotated.values()):
        problem = f"{features.file}: {corpus.origin} has none of its {len(features.constructions):,} sentences"
        raise DataError(problem, "give the annotation of this corpus, or name another corpus with --name")
    ours = {text: split.location(row) for split in splits.values() for row, text in enumerate(split.texts)}
    theirs = {text: f"{features.file}, line {line}" for text, line in features.lines.items()}
    partly = [splits[name] for name, found in texts.items() if 2 * sum(found) > len(found)]
    lacking = {text: ours[text] for split in partly for text in split.texts if text not in theirs}
    unknown = {text: where for text, where in theirs.items() if text not in ours}
    corpus = replace(corpus, splits=splits)
    return Joined(corpus, features, annotated, _unmatched(unknown, lacking), _unmatched(lacking, unknown))


def features_file(folder: Path) -> Path | None:
    """The annotation that is kept with a corpus in the store."""
    return next((path for suffix in SUFFIXES if (path := kept_as(folder, suffix)).is_file()), None)


def kept_as(folder: Path, suffix: str) -> Path:
    """Where an annotation file of this suffix is kept with a corpus in the store."""
    return folder / f"{_STEM}{suffix.lower()}"


def with_features(corpus: Corpus, folder: Path) -> Corpus:
    """A corpus with the annotation that is kept in its folder, if there is one.

    Raises:
        DataError: the annotation can't be used.
    """
    file = features_file(folder)
    return corpus if file is None else join(corpus, read_features(file)).corpus


def _annotated(split: Split, features: Features) -> Split:
    """A split whose sentences have their own constructions, then the annotation's."""
    sentences = tuple(
        replace(sentence, constructions=tuple(dict.fromkeys((*sentence.constructions, *marked))))
        if (marked := features.constructions.get(sentence.text))
        else sentence
        for sentence in split.sentences
    )
    return replace(split, sentences=sentences)


def _unmatched(texts: Mapping[str, str], others: Mapping[str, str]) -> tuple[Unmatched, ...]:
    """Sentences by text and place, each with the most similar of those that the other file lacks a match for too."""
    candidates = list(others) if len(texts) * len(others) <= _COMPARISONS else []
    close = {text: get_close_matches(text, candidates, n=1, cutoff=_SIMILAR) for text in texts}
    return tuple(Unmatched(where, text, others[close[text][0]] if close[text] else "") for text, where in texts.items())


def _records(path: Path) -> Iterator[tuple[int, Mapping[str, object]]]:
    """The values of each row by column, with its line."""
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise DataError(f"{path}: unknown suffix {path.suffix!r}; known are {', '.join(SUFFIXES)}", "convert the file")
    if suffix.startswith((".json", ".nd")):
        yield from json_lines(path, _HINT)
        return
    texts = csv_records(path) if suffix == ".csv" else ((number, line.split("\t")) for number, line in lines(path))
    number, header = next(texts)
    if len(set(header)) < len(header):
        raise refusal(path, number, f"a column is repeated; found {listed(header)}", "leave one of them out")
    for number, cells in texts:
        check_columns(path, number, header, cells, "give each line the columns of the header")
        yield number, dict(zip(header, cells, strict=True))
