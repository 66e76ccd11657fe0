"""A corpus: labelled sentences in named splits."""

from __future__ import annotations

import hashlib
from bisect import bisect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from json.encoder import encode_basestring_ascii as quoted
from typing import TYPE_CHECKING

from colacli.data.layout import AS_USUAL, Layout
from colacli.errors import DataError

if TYPE_CHECKING:
    from colacli.data.about import About

TRAIN = "train"
IN_DOMAIN_DEV = "in_domain_dev"
OUT_OF_DOMAIN_DEV = "out_of_domain_dev"
DEV_SPLITS = (IN_DOMAIN_DEV, OUT_OF_DOMAIN_DEV)
POOLED_DEV = "pooled_dev"
"""Not a file's: both dev splits, one after the other; of CoLA that is GLUE's dev set of 1,043 sentences."""
HOLDOUT = "holdout"
"""Not a file's: the tenth of train that `--validation holdout` holds out."""
SPLITS = (TRAIN, IN_DOMAIN_DEV, OUT_OF_DOMAIN_DEV)
"""Those that a training reads, in order."""
TEST = "test"
"""Read by what asks for it alone: no training measures it, and it is in no key."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A labelled sentence: a line of the corpus."""

    text: str
    label: int
    """1 acceptable, 0 not."""
    source: str = ""
    """Its publication, or the phenomenon that it shows."""
    mark: str = ""
    """The author's own mark: '*', '?', '??' or nothing. Not used."""
    line: int = 0
    """Line (or row) of its file, counted from 1, for messages; 0 when it came from no file."""
    constructions: tuple[str, ...] = ()
    """The grammatical constructions that an annotation marks in it, in the annotation's order."""


@dataclass(frozen=True)
class Split:
    """A named part of a corpus, in the order of its file."""

    name: str
    sentences: tuple[Sentence, ...]
    files: tuple[tuple[int, str], ...] = field(default=(), compare=False)
    """The files they were read from, for messages: the index of each one's first sentence, and its path."""

    def __len__(self) -> int:
        return len(self.sentences)

    @cached_property
    def texts(self) -> list[str]:
        """In order."""
        return [sentence.text for sentence in self.sentences]

    @cached_property
    def labels(self) -> list[int]:
        """In order: 1 acceptable, 0 not."""
        return [sentence.label for sentence in self.sentences]

    def location(self, index: int) -> str:
        """File and line, or number, of a sentence, for a message."""
        line = self.sentences[index].line
        if not line:
            return f"{self.name}, sentence {index + 1}"
        return f"{self._file(index) or self.name}, line {line}"

    def _file(self, index: int) -> str:
        place = bisect(self.files, index, key=lambda file: file[0])
        return self.files[place - 1][1] if place else ""

    def select(self, rows: Sequence[int], name: str) -> Split:
        """Some of its sentences, in this order, as a split with this name."""
        files = [self._file(row) for row in rows]
        begun = tuple((index, file) for index, file in enumerate(files) if index == 0 or file != files[index - 1])
        return Split(name, tuple(self.sentences[row] for row in rows), begun)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the normalised rows: source, label and text, in order.

        The same rows have the same digest in every file format; marks, constructions and line numbers change no
        result and are left out.
        """
        sha = hashlib.sha256()
        for sentence in self.sentences:  # as JSON, written without its general functions, which take four times as long
            sha.update(f"[{quoted(sentence.source)}, {sentence.label}, {quoted(sentence.text)}]\n".encode())
        return sha.hexdigest()


@dataclass(frozen=True)
class Unlabelled:
    """Sentences without labels: a benchmark's test split."""

    ids: list[str]
    """What a submission calls them; empty texts where the file gives no ids."""
    texts: list[str]
    lines: list[int]
    """Line of each in its file, counted from 1."""

    def __len__(self) -> int:
        return len(self.texts)


@dataclass(frozen=True)
class Reading:
    """How a file was read."""

    file: str
    columns: Mapping[str, str]
    """The name of each column that was taken, by what it holds."""
    quoting: str | None
    """`csv` or `none`; None in formats that know no quoting."""
    labels: Mapping[str, int]
    """The words that its labels are, and what each means."""
    enclosed: int = 0
    """Sentences that stand in quotation marks, which were kept as parts of them."""


@dataclass(frozen=True)
class Corpus:
    """Splits by name, and their origin."""

    origin: str
    """The user's name or path, or one that finds the same corpus again."""
    splits: dict[str, Split]
    unlabelled: Unlabelled | None = None
    """Its test split, where that has no labels."""
    readings: tuple[Reading, ...] = field(default=(), compare=False)
    """How each file was read."""
    layout: Layout = field(default=AS_USUAL, compare=False)
    """The one that it was asked to be read with."""
    about: About | None = field(default=None, compare=False)
    """What is kept with it, where something is."""

    @property
    def sizes(self) -> dict[str, int]:
        """Labelled sentences by split."""
        return {name: len(split) for name, split in self.splits.items()}

    @property
    def digests(self) -> dict[str, str]:
        """Digests of its splits, by name."""
        return {name: split.digest for name, split in self.splits.items()}

    def split(self, name: str) -> Split:
        """The split called `name`.

        Raises:
            DataError: the corpus has no such split.
        """
        if self.unlabelled and (name == TEST or not self.splits):
            hint = "`judge --data` and `eval --submission` take it; give another where labels are needed"
            raise DataError(f"the test split of {self.origin} has no labels", hint)
        if name not in self.splits:
            raise DataError(
                f"{self.origin} has no split '{name}'; it has {', '.join(self.splits)}",
                f"give a corpus with a {name} split, or another split where the command takes one",
            )
        return self.splits[name]


def training_digests(corpus: Corpus, validation: str) -> dict[str, str]:
    """Digests of the splits that training reads, by name, if those are there that it needs.

    Raises:
        DataError: `train` is missing, or `in_domain_dev` is and `validation` is `dev`.
    """
    corpus.split(TRAIN)
    if validation == "dev" and IN_DOMAIN_DEV not in corpus.splits:
        raise DataError(
            f"{corpus.origin} has no {IN_DOMAIN_DEV} split to choose the epoch by",
            "give --validation holdout",
        )
    return {name: corpus.splits[name].digest for name in SPLITS if name in corpus.splits}
