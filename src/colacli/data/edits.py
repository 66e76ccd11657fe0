"""Sentences made from training sentences, for a teacher to judge: words changed, parts exchanged.

Nobody knows their labels, and the label of what they were made from is not theirs. A source's first word is written
small where it occurs so elsewhere, and the first word of what was made is written large, so that an edit doesn't show
by its capitals alone.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from colacli.data.chooser import Chooser

_END = re.compile(r"\s*([.?!]*)\s*$")
_MORE = 0.5  # chance of one more edit, so two on average


@dataclass(frozen=True)
class _Source:
    """A sentence taken apart."""

    words: list[str]
    end: str
    """Its full stop, question mark or exclamation mark, if it has one."""


def changed_words(texts: Sequence[str], chooser: Chooser) -> Iterator[str]:
    """Without end: a training sentence with some words dropped, exchanged with a neighbour, replaced or put in.

    After Tang et al. 2019, section 3.3, who mask words, or replace them by others of their part of speech; here,
    without a tagger, a new word is one that follows the same word elsewhere.
    """
    sources = _taken_apart(texts)
    followers: dict[str, list[str]] = defaultdict(list)
    for source in sources:
        for word, following in zip(["", *source.words], source.words, strict=False):
            followers[word].append(following)
    edits = (_drop, _exchange, _replace, _insert)
    while True:
        source = chooser.pick(sources)
        words = chooser.pick(edits)(source.words, followers, chooser)
        while chooser.chance(_MORE):
            words = chooser.pick(edits)(words, followers, chooser)
        yield _joined(words, source.end)


Followers = dict[str, list[str]]


def _drop(words: list[str], _: Followers, chooser: Chooser) -> list[str]:
    at = _place(words, chooser)
    return words[:at] + words[at + 1 :]


def _exchange(words: list[str], _: Followers, chooser: Chooser) -> list[str]:
    at = _place(words[1:], chooser)
    return [*words[:at], *words[at : at + 2][::-1], *words[at + 2 :]]


def _replace(words: list[str], followers: Followers, chooser: Chooser) -> list[str]:
    at = _place(words, chooser)
    return words[:at] + _following(words, at, followers, chooser) + words[at + 1 :]


def _insert(words: list[str], followers: Followers, chooser: Chooser) -> list[str]:
    at = _place(words, chooser)
    return words[:at] + _following(words, at, followers, chooser) + words[at:]


def _following(words: list[str], at: int, followers: Followers, chooser: Chooser) -> list[str]:
    """A word that follows the one before `at` elsewhere; none where there is no such word."""
    known = followers.get(words[at - 1] if at else "")
    return [chooser.pick(known)] if known else []


def _place(words: list[str], chooser: Chooser) -> int:
    return int(chooser.number() * len(words))


def exchanged_parts(texts: Sequence[str], chooser: Chooser) -> Iterator[str]:
    """Without end: two training sentences crossed at a word that they share, or two parts of one exchanged."""
    sources = _taken_apart(texts)
    places: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for number, source in enumerate(sources):
        for at, word in enumerate(source.words):
            places[word].append((number, at))
    while True:
        source = chooser.pick(sources)
        at = _place(source.words, chooser)
        if chooser.chance(0.25):
            cuts = sorted(_place(source.words, chooser) for _ in range(2))
            first, second, third = source.words[: cuts[0]], source.words[cuts[0] : cuts[1]], source.words[cuts[1] :]
            yield _joined([*first, *third, *second], source.end)
        elif source.words:
            other, there = chooser.pick(places[source.words[at]])
            rest = sources[other]
            yield _joined([*source.words[: at + 1], *rest.words[there + 1 :]], rest.end)


def _taken_apart(texts: Sequence[str]) -> list[_Source]:
    rows = [(_END.sub("", text).split(), _END.search(text)) for text in texts]
    small = {word for words, _ in rows for word in words[1:]}
    found = []
    for words, end in rows:
        lower = words[0][:1].lower() + words[0][1:] if words else ""
        begun = [lower, *words[1:]] if lower in small else words
        found.append(_Source(begun, end[1] if end else ""))
    return found


def _joined(words: list[str], end: str) -> str:
    text = " ".join(words)
    return text[:1].upper() + text[1:] + end
