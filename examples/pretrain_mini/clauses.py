"""Simple clauses in a text: who did what where, taken apart so that they can be put together in other ways."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from lexicon import FEMALE, MALE, MODALS, OBJECTS, PREPOSITIONS, Lexicon, Verb
from phrases import Words, bare
from words import FUNCTION_WORDS, NAMES, listed

if TYPE_CHECKING:
    from draws import Draws

_DETERMINERS = frozenset(
    listed("a an the this that these those some any no every my his her its our their your two three")
)
_PLURAL_DETERMINERS = frozenset(listed("these those two three"))
_SINGULAR_DETERMINERS = frozenset(listed("a an this that every"))
_ADVERBS = frozenset(listed("again there here now then away back up down once"))
_ACCUSATIVE = {"I": "me", "he": "him", "she": "her", "we": "us", "they": "them"}
_GENDERS = {"he": "m", "she": "f"}
_BASE = frozenset(("I", "we", "they"))
_PLURAL = frozenset(("we", "they", "you"))
_AFTER = frozenset(
    listed("and but when while as because if where before after until who which that though although or")
)


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
    """With a name for 'he', 'she' or 'I', half of the time."""
    pronoun = draws.choice(("he", "she")) if clause.s == "I" else clause.s
    if pronoun not in NAMES or draws.random() < (0.3 if clause.s == "I" else 0.5):
        return clause
    name = draws.choice(NAMES[pronoun])
    subject = NounPhrase(name, name, plural=False, person=True, gender=_GENDERS[pronoun])
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
    behind = bare(words[end + 1]) if end + 1 < len(words) and head == words[end] else ""
    if behind in lexicon.nouns and behind not in lexicon.pasts:
        return None
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
        gender = _GENDERS.get(first, "")
        return NounPhrase(first, first, first in _PLURAL, person=True, gender=gender), 1
    if first in lexicon.names:
        gender = "m" if first in NAMES["he"] else "f" if first in NAMES["she"] else ""
        return NounPhrase(first, first, plural=False, person=True, gender=gender), 1
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


def _verb(lexicon: Lexicon, words: Words, at: int) -> tuple[Verb | None, int]:
    """The verb that begins at a word, perhaps behind an auxiliary, and where it ends."""
    if words[at] in ("had", "has", "have") and at + 1 < len(words):
        return lexicon.participles.get(bare(words[at + 1])), at + 2
    if words[at] in MODALS - {"to"} and at + 1 < len(words):
        return lexicon.bases.get(bare(words[at + 1])), at + 2
    word = bare(words[at])
    verb = lexicon.pasts.get(word) or lexicon.thirds.get(word) or (words[at - 1] in _BASE and lexicon.bases.get(word))
    return (None, at) if word in FUNCTION_WORDS or not verb else (verb, at + 1)


def clause_of(lexicon: Lexicon, words: Words) -> Clause | None:
    """The clause that a sentence begins with, or None where it isn't simple."""
    found = _subject(lexicon, words)
    if found is None or found[1] >= len(words):
        return None
    subject, at = found
    verb, at = _verb(lexicon, words, at)
    if verb is None:
        return None
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
    if tail.startswith("of ") and thing and thing.text != thing.head:
        thing, tail = replace(thing, text=f"{thing.text} {tail.rstrip(',;:')}"), ""
    return Clause(subject, verb, thing, tail.rstrip(",;:"))
