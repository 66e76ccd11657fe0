"""A transfer set: sentences that nobody has labelled, for a teacher to judge and a student to learn from."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from colacli.data.chooser import Chooser
from colacli.data.corpus import Corpus
from colacli.data.formats import text_lines

_TRIES = 50
"""Candidates looked at for each sentence that is wanted, before it is clear that there are no more new ones."""
_SHORTEST = 2  # words


@dataclass(frozen=True)
class TransferSet:
    """Sentences without labels, in an order; a `Sentences`."""

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

    def place(self, index: int) -> str:
        """The sentence's number and how it begins."""
        return f"{self.name}, sentence {index + 1} ({self.texts[index][:40]!r})"


def read_text(path: Path) -> TransferSet:
    """A text file's lines, a sentence each; blank ones are passed over, and runs of blanks become one.

    Raises:
        DataError: the file can't be read, or holds no sentence.
    """
    return TransferSet([" ".join(line.split()) for line in text_lines(path)])


def shuffled(texts: Sequence[str], seed: int) -> Iterator[str]:
    """Each once, in an order that the seed fixes: more of them begin with the fewer."""
    order = list(texts)
    Chooser(f"transfer {seed}").shuffle(order)
    return iter(order)


def gather(
    streams: Sequence[Iterator[str]], size: int, corpus: Corpus, longest: int, on_progress: Callable[[int], None]
) -> list[str]:
    """So many new sentences, from each stream in turn; fewer where the streams have no more.

    None stands twice, and none is a sentence of the corpus: those of train are taught with their labels, and those of
    dev are not to be seen.

    Args:
        streams: where sentences come from; may be without end.
        size: how many.
        corpus: whose sentences are left out, whatever their capitals and blanks.
        longest: most words of one.
        on_progress: told now and then how many there are.
    """
    seen = {_normal(text) for split in corpus.splits.values() for text in split.texts}
    found: list[str] = []
    left = list(streams)
    for _ in range(_TRIES * size):
        if not left or len(found) == size:
            break
        stream = left.pop(0)
        if (text := next(stream, None)) is None:
            continue
        left.append(stream)
        if _is_new(text, longest, seen):
            seen.add(_normal(text))
            found.append(text)
            if len(found) % 1000 == 0:
                on_progress(len(found))
    return found


def _is_new(text: str, longest: int, seen: Collection[str]) -> bool:
    return _SHORTEST <= len(text.split()) <= longest and _normal(text) not in seen


def _normal(text: str) -> str:
    return " ".join(text.split()).casefold()
