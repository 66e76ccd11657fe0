"""A sentence's words and noun phrases, taken apart and put together again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from words import (
    DETERMINERS,
    FUNCTION_WORDS,
)

if TYPE_CHECKING:
    import numpy as np


Words = list[str]


def words_of(sentence: str) -> tuple[Words, str]:
    """Words, the first in small letters unless it is a name or 'I'; and the final mark."""
    words = sentence[:-1].split()
    first = bare(words[0])
    if first.lower() in FUNCTION_WORDS and first != "I":
        words[0] = words[0][0].lower() + words[0][1:]
    return words, sentence[-1]


def sentence_of(words: Words, mark: str) -> str:
    """Words as a sentence again; no comma before the final mark."""
    text = " ".join(words).rstrip(",;:- ")
    return text[:1].upper() + text[1:] + mark


def bare(word: str) -> str:
    """Without the comma behind it."""
    return word.rstrip(",;:")


def in_place_of(old: str, new: str) -> str:
    """A word with the comma of the one it replaces."""
    return new + old[len(bare(old)) :]


def noun_phrases(words: Words) -> list[tuple[int, int]]:
    """Rough noun phrases, as ranges: a determiner and one to three words that are no function words."""
    spans = []
    for begin, word in enumerate(words):
        if word in DETERMINERS:
            end = begin + 1
            while end < len(words) and end - begin < 4 and bare(words[end]) not in FUNCTION_WORDS:
                end += 1
                if words[end - 1] != bare(words[end - 1]):
                    break
            if end - begin > 1:
                spans.append((begin, end))
    return spans


def pick(generator: np.random.Generator, items):  # type: ignore[no-untyped-def]
    """One of them, or None of none."""
    return items[int(generator.integers(len(items)))] if len(items) else None
