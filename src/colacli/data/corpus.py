"""A corpus: labelled sentences in named splits."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from functools import cached_property

from colacli.errors import DataError

TRAIN = "train"
IN_DOMAIN_DEV = "in_domain_dev"
OUT_OF_DOMAIN_DEV = "out_of_domain_dev"
DEV_SPLITS = (IN_DOMAIN_DEV, OUT_OF_DOMAIN_DEV)
POOLED_DEV = "pooled_dev"
"""Not a file's: both dev splits, one after the other; of CoLA that is GLUE's dev set of 1,043 sentences."""
HOLDOUT = "holdout"
"""Not a file's: the tenth of train that `--validation holdout` holds out."""
SPLITS = (TRAIN, IN_DOMAIN_DEV, OUT_OF_DOMAIN_DEV)


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
    file: str = field(default="", compare=False)
    """The file they were read from, for messages."""

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
        return f"{self.file or self.name}, line {line}" if line else f"{self.name}, sentence {index + 1}"

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the normalised rows: source, label and text, in order.

        The same rows have the same digest in every file format; marks, constructions and line numbers change no
        result and are left out.
        """
        sha = hashlib.sha256()
        for sentence in self.sentences:
            row = [sentence.source, sentence.label, sentence.text]
            sha.update(json.dumps(row, ensure_ascii=True).encode() + b"\n")
        return sha.hexdigest()


@dataclass(frozen=True)
class Corpus:
    """Splits by name, and their origin."""

    origin: str
    """The user's name or path, or one that finds the same corpus again."""
    splits: dict[str, Split]

    def split(self, name: str) -> Split:
        """The split called `name`.

        Raises:
            DataError: the corpus has no such split.
        """
        if name not in self.splits:
            raise DataError(
                f"{self.origin} has no split '{name}'; it has {', '.join(self.splits)}",
                f"give a corpus with a {name} split, or another split where the command takes one",
            )
        return self.splits[name]


def training_digests(corpus: Corpus, validation: str) -> dict[str, str]:
    """Digests of all splits by name, if the splits are there that training needs.

    Raises:
        DataError: `train` is missing, or `in_domain_dev` is and `validation` is `dev`.
    """
    corpus.split(TRAIN)
    if validation == "dev" and IN_DOMAIN_DEV not in corpus.splits:
        raise DataError(
            f"{corpus.origin} has no {IN_DOMAIN_DEV} split to choose the epoch by",
            "give --validation holdout",
        )
    return {name: split.digest for name, split in corpus.splits.items()}
