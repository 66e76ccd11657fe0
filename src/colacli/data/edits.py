"""Unlabelled sentences made from training sentences: words changed, parts exchanged.

An edit may change the label, so a teacher labels the results. Capitals are adjusted so that they don't reveal an edit:
a source's first word is written in lower case where it occurs so elsewhere, the first word of the result in upper case.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from colacli.data.seeded_random import SeededRandom

_END = re.compile(r"\s*([.?!]*)\s*$")
_ANOTHER_EDIT = 0.5  # probability, so two edits on average

Followers = dict[str, list[str]]
"""The words that follow each word; those that begin a sentence follow ''."""


@dataclass(frozen=True)
class Source:
    """A training sentence, split."""

    words: list[str]
    end: str
    """Its full stop, question mark or exclamation mark, if any."""


def changed_words(texts: Sequence[str], rng: SeededRandom) -> Iterator[str]:
    """Without end: a training sentence with words dropped, swapped with a neighbour, replaced or inserted.

    After Tang et al. 2019, section 3.3, who mask words, or replace them by others of their part of speech; here,
    without a tagger, a new word is one that follows the same word elsewhere.
    """
    sources = split_sources(texts)
    followers: Followers = defaultdict(list)
    for source in sources:
        for word, following in zip(["", *source.words], source.words, strict=False):
            followers[word].append(following)
    edits = (_drop, _swap, _replace, _insert)
    while True:
        source = rng.choice(sources)
        words = rng.choice(edits)(source.words, followers, rng)
        while rng.chance(_ANOTHER_EDIT):
            words = rng.choice(edits)(words, followers, rng)
        yield join(words, source.end)


def _drop(words: list[str], _: Followers, rng: SeededRandom) -> list[str]:
    position = rng.index(len(words))
    return words[:position] + words[position + 1 :]


def _swap(words: list[str], _: Followers, rng: SeededRandom) -> list[str]:
    position = rng.index(len(words[1:]))
    return [*words[:position], *words[position : position + 2][::-1], *words[position + 2 :]]


def _replace(words: list[str], followers: Followers, rng: SeededRandom) -> list[str]:
    position = rng.index(len(words))
    return words[:position] + _follower(words, position, followers, rng) + words[position + 1 :]


def _insert(words: list[str], followers: Followers, rng: SeededRandom) -> list[str]:
    position = rng.index(len(words))
    return words[:position] + _follower(words, position, followers, rng) + words[position:]


def _follower(words: list[str], position: int, followers: Followers, rng: SeededRandom) -> list[str]:
    """A word that follows the one before `position` elsewhere; none where there is no such word."""
    candidates = followers.get(words[position - 1] if position else "")
    return [rng.choice(candidates)] if candidates else []


def exchanged_parts(texts: Sequence[str], rng: SeededRandom) -> Iterator[str]:
    """Without end: two training sentences crossed at a common word, or two parts of one sentence exchanged."""
    sources = split_sources(texts)
    occurrences: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for number, source in enumerate(sources):
        for position, word in enumerate(source.words):
            occurrences[word].append((number, position))
    while True:
        source = rng.choice(sources)
        position = rng.index(len(source.words))
        if rng.chance(0.25):
            start, end = sorted(rng.index(len(source.words)) for _ in range(2))
            yield join([*source.words[:start], *source.words[end:], *source.words[start:end]], source.end)
        elif source.words:
            number, other_position = rng.choice(occurrences[source.words[position]])
            other = sources[number]
            yield join([*source.words[: position + 1], *other.words[other_position + 1 :]], other.end)


def split_sources(texts: Sequence[str]) -> list[Source]:
    """Sentences in words, the first in lower case where it occurs so elsewhere."""
    rows = [(_END.sub("", text).split(), _END.search(text)) for text in texts]
    lower_case = {word for words, _ in rows for word in words[1:]}
    sources = []
    for words, end in rows:
        first = words[0][:1].lower() + words[0][1:] if words else ""
        sources.append(Source([first, *words[1:]] if first in lower_case else words, end[1] if end else ""))
    return sources


def join(words: list[str], end: str) -> str:
    """A sentence that begins with a capital."""
    text = " ".join(words)
    return text[:1].upper() + text[1:] + end
