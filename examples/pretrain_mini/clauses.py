"""Simple clauses in a text: who did what where, taken apart so that they can be put together in other ways."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lexicon import FEMALE, MALE, OBJECTS, PREPOSITIONS, Lexicon, Verb
from phrases import Words, bare
from words import FUNCTION_WORDS, NAMES

if TYPE_CHECKING:
    from draws import Draws

_DETERMINERS = frozenset("a an the this that these those some any no every my his her its our their your two three".split())
_PLURAL_DETERMINERS = frozenset("these those two three".split())
_SINGULAR_DETERMINERS = frozenset("a an this that every".split())
_ADVERBS = frozenset("again there here now then away back up down once".split())
_ACCUSATIVE = {"I": "me", "he": "him", "she": "her", "we": "us", "they": "them"}
_PLURAL = frozenset(("we", "they", "you"))
_AFTER = frozenset("and but when while as because if where before after until who which that though although or".split())


@dataclass(frozen=True)
class NounPhrase:
    """A pronoun, a name, or determiner, adjectives and noun."""

    text: str
    head: str
    plural: bool
    person: bool
    gender: str = ""
    """m or f, where the word says it."""

    @property
    def accusative(self) -> str:
        """As an object."""
        return _ACCUSATIVE.get(self.text, self.text)

    @property
    def was(self) -> str:
        """The form of 'be' in the past that it takes."""
        return "were" if self.plural else "was"

    @property
    def has(self) -> str:
        """The form of 'have' that it takes."""
        return "have" if self.plural or self.text == "I" else "has"

    @property
    def self(self) -> str | None:
        """Its reflexive, where it is known."""
        if self.text in ("I", "we"):
            return {"I": "myself", "we": "ourselves"}[self.text]
        if self.plural:
            return None if self.text == "you" else "themselves"
        return {"m": "himself", "f": "herself"}.get(self.gender)


@dataclass(frozen=True)
class Clause:
    """Subject, verb in the past, perhaps an object, perhaps an adverb or prepositional phrase."""

    subject: NounPhrase
    verb: Verb
    object: NounPhrase | None
    tail: str

    @property
    def s(self) -> str:
        """The subject."""
        return self.subject.text

    @property
    def o(self) -> str:
        """The object."""
        return self.object.text if self.object else ""

    @property
    def rest(self) -> str:
        """What stands behind the verb."""
        return f"{self.o} {self.tail}"

    @property
    def wh(self) -> str:
        """The word that asks for the object."""
        return "who" if self.object and self.object.person else "what"

    def __str__(self) -> str:
        return f"{self.s} {self.verb.past} {self.rest}"


def named(clause: Clause, draws: Draws) -> Clause:
    """With a name for 'he' or 'she', half of the time."""
    names = NAMES.get(clause.s)
    if not names or draws.random() < 0.5:
        return clause
    name = draws.choice(names)
    subject = NounPhrase(name, name, plural=False, person=True, gender=clause.subject.gender)
    return Clause(subject, clause.verb, clause.object, clause.tail)


def noun_phrase(lexicon: Lexicon, words: Words, at: int) -> tuple[NounPhrase, int] | None:
    """The phrase that begins at a word, and where it ends; only what is surely one whole."""
    if at >= len(words) or words[at] not in _DETERMINERS:
        return None
    end = at + 1
    while end < len(words) and end - at < 3 and words[end] in lexicon.adjectives:
        end += 1
    if end >= len(words):
        return None
    determiner, head = words[at], bare(words[end])
    plural = head in lexicon.singulars
    if not plural and head not in lexicon.plurals:
        return None
    if determiner in (_SINGULAR_DETERMINERS if plural else _PLURAL_DETERMINERS):
        return None
    one = lexicon.singulars.get(head, head)
    gender = "m" if one in MALE else "f" if one in FEMALE else ""
    text = " ".join(bare(word) for word in words[at : end + 1])
    return NounPhrase(text, head, plural, head in lexicon.people, gender), end + 1


def _subject(lexicon: Lexicon, words: Words) -> tuple[NounPhrase, int] | None:
    first = words[0]
    if first in ("he", "she", "they", "we", "I"):
        gender = {"he": "m", "she": "f"}.get(first, "")
        return NounPhrase(first, first, first in _PLURAL, person=True, gender=gender), 1
    if first in lexicon.names:
        return NounPhrase(first, first, plural=False, person=True), 1
    found = noun_phrase(lexicon, words, 0)
    return None if found is None or words[found[1] - 1] != found[0].head else found


def _tail(lexicon: Lexicon, words: Words, at: int) -> int | None:
    """Where an adverb or a prepositional phrase ends, or the place itself; None where something else follows."""
    if at >= len(words) or words[at - 1] != bare(words[at - 1]) or words[at] in _AFTER:
        return at
    word = bare(words[at])
    if word in _ADVERBS or (word.endswith("ly") and len(word) > 4):
        end = at + 1
    elif word in PREPOSITIONS and word == words[at]:
        found = noun_phrase(lexicon, words, at + 1)
        if found is None:
            return None
        end = found[1]
    else:
        return None
    closed = end >= len(words) or words[end - 1] != bare(words[end - 1]) or words[end] in _AFTER - {"that"}
    return end if closed else None


def clause_of(lexicon: Lexicon, words: Words) -> Clause | None:
    """The clause that a sentence begins with, or None where it isn't simple."""
    found = _subject(lexicon, words)
    if found is None or found[1] >= len(words):
        return None
    subject, at = found
    verb = lexicon.pasts.get(bare(words[at]))
    if verb is None or words[at] in FUNCTION_WORDS:
        return None
    at += 1
    thing: NounPhrase | None = None
    if at < len(words) and words[at - 1] == bare(words[at - 1]):
        pronoun = bare(words[at])
        after = words[at + 1] if at + 1 < len(words) and pronoun == words[at] else ""
        if pronoun in OBJECTS and not (pronoun == "her" and after and after not in PREPOSITIONS):
            gender = {"him": "m", "her": "f"}.get(pronoun, "")
            thing = NounPhrase(pronoun, pronoun, pronoun in ("us", "them"), pronoun != "it", gender)
            at += 1
        elif phrase := noun_phrase(lexicon, words, at):
            thing, at = phrase
    end = _tail(lexicon, words, at)
    if end is None:
        return None
    tail = " ".join(words[at:end])
    return Clause(subject, verb, thing, tail.rstrip(",;:"))
