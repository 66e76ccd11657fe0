"""Noun phrases and inflected verbs: the one place where agreement is decided."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from colacli.data.sample import lexicon
from colacli.data.sample.words import article

if TYPE_CHECKING:
    from collections.abc import Sequence

    from colacli.data.sample.chooser import Chooser
    from colacli.data.sample.words import Gender, Noun, Number, Verb

NUMBERS: tuple[Number, Number] = ("singular", "plural")
_BE = {"singular": ("is", "was"), "plural": ("are", "were")}
_OTHER: dict[Number, Number] = {"singular": "plural", "plural": "singular"}


@dataclass(frozen=True)
class NounPhrase:
    """Words that can be a subject or an object, and what agrees with them."""

    text: str
    number: Number
    gender: Gender = "n"

    @property
    def reflexive(self) -> str:
        """himself, herself or themselves; itself for the rest."""
        if self.number == "plural":
            return "themselves"
        return {"m": "himself", "f": "herself", "n": "itself"}[self.gender]

    @property
    def pronoun(self) -> str:
        """Of the nominative."""
        return "they" if self.number == "plural" else {"m": "he", "f": "she", "n": "it"}[self.gender]

    @property
    def pronoun_object(self) -> str:
        """Of the accusative."""
        return "them" if self.number == "plural" else {"m": "him", "f": "her", "n": "it"}[self.gender]


def other(number: Number) -> Number:
    """The other number."""
    return _OTHER[number]


def be(number: Number, *, past: bool = False) -> str:
    """is, are, was or were."""
    return _BE[number][past]


def have(number: Number) -> str:
    """Has or have."""
    return "has" if number == "singular" else "have"


def do(number: Number) -> str:
    """Does or do."""
    return "does" if number == "singular" else "do"


def any_number(c: Chooser) -> Number:
    """One as often as the other."""
    return c.pick(NUMBERS)


def the(noun: Noun, number: Number = "singular", adjective: str = "") -> NounPhrase:
    """A definite noun phrase."""
    words = ["the", adjective, noun.form(number)] if adjective else ["the", noun.form(number)]
    return NounPhrase(" ".join(words), number, noun.gender)


def a(noun: Noun, adjective: str = "") -> NounPhrase:
    """An indefinite noun phrase, singular."""
    words = f"{adjective} {noun.singular}".strip()
    return NounPhrase(f"{article(words)} {words}", "singular", noun.gender)


def man(c: Chooser) -> NounPhrase:
    """A man's name."""
    return NounPhrase(c.pick(lexicon.MEN), "singular", "m")


def woman(c: Chooser) -> NounPhrase:
    """A woman's name."""
    return NounPhrase(c.pick(lexicon.WOMEN), "singular", "f")


def name(c: Chooser) -> NounPhrase:
    """Anyone's name."""
    return man(c) if c.chance(0.5) else woman(c)


def person(c: Chooser, number: Number | None = None) -> NounPhrase:
    """Someone: a name at times where one is meant, else a definite noun, with an adjective at times."""
    number = number or any_number(c)
    if number == "singular" and c.chance(0.4):
        return name(c)
    adjective = c.pick(lexicon.PERSON_ADJECTIVES) if c.chance(0.25) else ""
    return the(c.pick(lexicon.PEOPLE), number, adjective)


def definite(c: Chooser, nouns: Sequence[Noun], number: Number | None = None) -> NounPhrase:
    """A definite noun phrase of some nouns."""
    return the(c.pick(nouns), number or any_number(c))


def event(c: Chooser) -> tuple[Verb, NounPhrase]:
    """A transitive verb and what it is done to."""
    verbs, nouns = c.pick(lexicon.OBJECTS)
    return c.pick(verbs), definite(c, nouns)


def activity(c: Chooser) -> tuple[Verb, NounPhrase]:
    """A transitive verb for what takes a while, and what it is done to."""
    verbs, nouns = c.pick(lexicon.ACTIVITIES)
    return c.pick(verbs), definite(c, nouns)


def deed(c: Chooser) -> tuple[Verb, Noun]:
    """A transitive verb that needs its object, and a noun that can be it."""
    verbs, nouns = c.pick(lexicon.NEEDS_OBJECT)
    return c.pick(verbs), c.pick(nouns)
