"""A transfer set: unlabelled sentences, which a teacher labels to train a student."""

from __future__ import annotations

import hashlib
import json
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from colacli.data.corpus import Corpus
from colacli.data.lines import text_lines
from colacli.data.seeded_random import SeededRandom
from colacli.data.spacing import length
from colacli.events import OnEvent, Work

_TRIES = 50
"""Candidates for each requested sentence, after which there are taken to be no more new ones."""
_SHORTEST = 2  # words, or characters


@dataclass(frozen=True)
class TransferSet:
    """Unlabelled sentences, in an order."""

    texts: list[str]
    name: str = "transfer set"

    def __len__(self) -> int:
        return len(self.texts)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the sentences, in order."""
        sha = hashlib.sha256()
        for text in self.texts:
            sha.update(json.dumps([text], ensure_ascii=True).encode() + b"\n")
        return sha.hexdigest()

    def location(self, index: int) -> str:
        """Number and beginning of a sentence, for a message."""
        return f"{self.name}, sentence {index + 1} ({self.texts[index][:40]!r})"


def read_text(path: Path) -> TransferSet:
    """The lines of a text file, a sentence each, without blank lines; runs of blanks become one.

    Raises:
        DataError: the file can't be read, or holds no sentence.
    """
    return TransferSet([" ".join(line.split()) for line in text_lines(path)])


def shuffled(texts: Sequence[str], seed: int) -> Iterator[str]:
    """Each once, in an order fixed by the seed."""
    order = list(texts)
    SeededRandom(f"transfer {seed}").shuffle(order)
    return iter(order)


def gather(
    streams: Sequence[Iterator[str]],
    size: int,
    corpus: Corpus,
    longest: int,
    on_event: OnEvent,
    *,
    unspaced: bool = False,
) -> list[str]:
    """New sentences from each stream in turn, `size` of them or fewer where the streams have no more.

    None is repeated, and none is a sentence of the corpus: those of train have labels, and those of dev must stay
    unseen.

    Args:
        streams: of sentences; may be infinite.
        size: number of sentences.
        corpus: its sentences are excluded, whatever their case and blanks.
        longest: most words of a sentence.
        on_event: told how many there are so far.
        unspaced: count characters, since the language has no spaces between words.
    """
    seen = {_normalise(text) for split in corpus.splits.values() for text in split.texts}
    sentences: list[str] = []
    queue = deque(streams)
    for _ in range(_TRIES * size):
        if not queue or len(sentences) == size:
            break
        stream = queue.popleft()
        if (text := next(stream, None)) is None:
            continue
        queue.append(stream)
        if _SHORTEST <= length(text, unspaced=unspaced) <= longest and (normal := _normalise(text)) not in seen:
            seen.add(normal)
            sentences.append(text)
            if len(sentences) % 1000 == 0:
                on_event(Work("transfer set", len(sentences), size))
    return sentences


def _normalise(text: str) -> str:
    return " ".join(text.split()).casefold()
