"""What a corpus is: sentences with a judgement each, in named splits."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

from colacli.errors import DataError

TRAIN = "train"
IN_DOMAIN_DEV = "in_domain_dev"
OUT_OF_DOMAIN_DEV = "out_of_domain_dev"
HOLDOUT = "holdout"
"""Not in a file: the tenth of train that `--validation holdout` holds out."""
SPLITS = (TRAIN, IN_DOMAIN_DEV, OUT_OF_DOMAIN_DEV)


@dataclass(frozen=True, slots=True)
class Sentence:
    """One judged sentence: a line of the corpus."""

    text: str
    label: int
    """1 acceptable, 0 not."""
    source: str = ""
    """Where it was published, or which phenomenon it shows."""
    mark: str = ""
    """The author's own mark: '*', '?', '??' or nothing. Not used for anything."""
    line: int = 0
    """Line (or row) of its file, counted from 1, for messages; 0 when it came from no file."""


class Sentences(Protocol):
    """Sentences in an order, whether or not anybody has judged them."""

    def __len__(self) -> int:
        """How many they are."""

    @property
    def name(self) -> str:
        """What they are called in messages."""

    @property
    def texts(self) -> Sequence[str]:
        """Their words, in order."""

    @property
    def digest(self) -> str:
        """SHA-256 of what they are, in order."""

    def place(self, index: int) -> str:
        """Where one of them stands, for a message."""


@dataclass(frozen=True)
class Split:
    """A named part of a corpus, in its file's order."""

    name: str
    sentences: tuple[Sentence, ...]
    file: str = field(default="", compare=False)
    """The file they were read from, for messages."""

    def __len__(self) -> int:
        return len(self.sentences)

    @cached_property
    def texts(self) -> list[str]:
        """The sentences' words, in order."""
        return [sentence.text for sentence in self.sentences]

    @cached_property
    def labels(self) -> list[int]:
        """The judgements, in order: 1 acceptable, 0 not."""
        return [sentence.label for sentence in self.sentences]

    def place(self, index: int) -> str:
        """Where a sentence stands, for a message: its file and line, or its number."""
        line = self.sentences[index].line
        return f"{self.file or self.name}, line {line}" if line else f"{self.name}, sentence {index + 1}"

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the normalised rows: source, label and text, in order.

        The same rows give the same digest whatever file format they came from; the
        author's mark and line numbers change no result and are left out.
        """
        sha = hashlib.sha256()
        for sentence in self.sentences:
            row = [sentence.source, sentence.label, sentence.text]
            sha.update(json.dumps(row, ensure_ascii=True).encode() + b"\n")
        return sha.hexdigest()


@dataclass(frozen=True)
class Corpus:
    """Splits by name, and where they came from."""

    origin: str
    """The name or path the user gave, or one that finds the same corpus again."""
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
    """Digests of all splits by name, once it is sure that those training needs are there.

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
