"""Noun phrases with the features that others agree with, and verb phrases."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from examples.sample_grammar import actions, lexicon
from examples.sample_grammar.words import Gender, Noun, Number, Verb, agree, other, with_article

if TYPE_CHECKING:
    from collections.abc import Sequence

    from colacli.data.seeded_random import SeededRandom

PRONOUNS = {
    "masculine": ("he", "him", "his", "himself"),
    "feminine": ("she", "her", "her", "herself"),
    "neuter": ("it", "it", "its", "itself"),
    "plural": ("they", "them", "their", "themselves"),
}
"""Subject, object, possessive and reflexive, by gender, or where there are several."""


@dataclass(frozen=True, slots=True)
class NounPhrase:
    """A noun phrase and what agrees with it; in a sentence it is its text."""

    text: str
    number: Number
    gender: Gender = "neuter"

    def __str__(self) -> str:
        return self.text

    @property
    def pronouns(self) -> tuple[str, str, str, str]:
        """Subject, object, possessive and reflexive. A person's sex must be known."""
        return PRONOUNS["plural" if self.number == "plural" else self.gender]

    @property
    def reflexive(self) -> str:
        """himself, herself, itself or themselves."""
        return self.pronouns[3]


@dataclass(frozen=True, slots=True)
class VerbPhrase:
    """A verb and what follows it, in every form."""

    verb: Verb
    rest: str

    @property
    def base(self) -> str:
        """Clean the house."""
        return f"{self.verb.base} {self.rest}".rstrip()

    @property
    def third(self) -> str:
        """Cleans the house."""
        return f"{self.verb.third} {self.rest}".rstrip()

    @property
    def past(self) -> str:
        """Cleaned the house."""
        return f"{self.verb.past} {self.rest}".rstrip()

    @property
    def participle(self) -> str:
        """Cleaned the house, written the letter."""
        return f"{self.verb.participle} {self.rest}".rstrip()

    @property
    def gerund(self) -> str:
        """Cleaning the house."""
        return f"{self.verb.gerund} {self.rest}".rstrip()

    def present(self, number: Number) -> str:
        """The present that agrees with a subject."""
        return f"{agree(self.verb, number)} {self.rest}".rstrip()


def any_number(c: SeededRandom) -> Number:
    """Singular or plural."""
    return "singular" if c.chance(0.5) else "plural"


def both_numbers(verb: Verb, number: Number, *, past: bool = False) -> tuple[str, str]:
    """The form that agrees, and the one that doesn't."""
    return agree(verb, number, past=past), agree(verb, other(number), past=past)


_DESCRIBED = 0.25


def described(c: SeededRandom, noun: Noun, number: Number, chance: float = _DESCRIBED) -> str:
    """A noun, now and then with an adjective before it."""
    if c.chance(chance):
        return f"{c.choice(lexicon.ADJECTIVES[noun.kind])} {noun.form(number)}"
    return noun.form(number)


def the(
    c: SeededRandom, nouns: Sequence[Noun], number: Number | None = None, *, chance: float = _DESCRIBED
) -> NounPhrase:
    """The one, or the ones, that everybody knows."""
    noun, number = c.choice(nouns), number or any_number(c)
    return NounPhrase(f"the {described(c, noun, number, chance)}", number, noun.gender)


def an(c: SeededRandom, nouns: Sequence[Noun], *, chance: float = _DESCRIBED) -> NounPhrase:
    """One of them, not yet known."""
    noun = c.choice(nouns)
    return NounPhrase(with_article(described(c, noun, "singular", chance)), "singular", noun.gender)


def some(
    c: SeededRandom, nouns: Sequence[Noun], number: Number | None = None, *, chance: float = _DESCRIBED
) -> NounPhrase:
    """Any noun phrase about them."""
    number = number or any_number(c)
    if c.chance(0.5):
        return the(c, nouns, number, chance=chance)
    if number == "singular":
        return an(c, nouns, chance=chance)
    noun = c.choice(nouns)
    return NounPhrase(f"{c.choice(_SEVERAL)} {described(c, noun, number, chance)}", number, noun.gender)


_SEVERAL = ("two", "three", "four", "several")  # not *some*, which negation does not suit


def man(c: SeededRandom) -> NounPhrase:
    """A man's name."""
    return NounPhrase(c.choice(lexicon.MEN), "singular", "masculine")


def woman(c: SeededRandom) -> NounPhrase:
    """A woman's name."""
    return NounPhrase(c.choice(lexicon.WOMEN), "singular", "feminine")


def name(c: SeededRandom) -> NounPhrase:
    """Anybody's name."""
    return man(c) if c.chance(0.5) else woman(c)


def relative(c: SeededRandom, number: Number = "singular") -> NounPhrase:
    """One or some of my family, or of ours."""
    noun = c.choice(lexicon.KIN if number == "singular" else _MANIFOLD)
    return NounPhrase(f"{c.choice(('my', 'our'))} {noun.form(number)}", number, noun.gender)


_MANIFOLD = tuple(noun for noun in lexicon.KIN if noun.singular not in ("father", "mother"))


def person(c: SeededRandom, number: Number | None = None) -> NounPhrase:
    """Somebody, or some people: a name, a relative, or what they are."""
    number = number or any_number(c)
    if number == "singular" and c.chance(0.35):
        return name(c)
    return relative(c, number) if c.chance(0.15) else the(c, lexicon.PEOPLE, number)


def gendered(c: SeededRandom, number: Number | None = None) -> NounPhrase:
    """Somebody whose sex the words tell."""
    number = number or "singular"
    if number == "singular" and c.chance(0.5):
        return name(c)
    return the(c, lexicon.GENDERED, number) if c.chance(0.6) else relative(c, number)


def opposites(c: SeededRandom) -> tuple[NounPhrase, NounPhrase]:
    """A man and a woman, in either order."""
    he = man(c) if c.chance(0.5) else the(c, lexicon.GENTLEMEN, "singular")
    she = woman(c) if c.chance(0.5) else the(c, lexicon.LADIES, "singular")
    return (he, she) if c.chance(0.5) else (she, he)


def people(c: SeededRandom) -> NounPhrase:
    """Several people."""
    return person(c, "plural")


def activity(c: SeededRandom) -> VerbPhrase:
    """What one can be doing for a while: painting the chairs."""
    return done_to(c, actions.ACTIVITIES)


def habit(c: SeededRandom) -> VerbPhrase:
    """What one can do every day, to the same things: wash the cups."""
    action = c.choice(actions.ACTIVITIES)
    return VerbPhrase(action.verb, the(c, action.objects, "plural").text)


def deed(c: SeededRandom) -> VerbPhrase:
    """What one can do: find the key."""
    return done_to(c, actions.DEEDS)


def done_to(c: SeededRandom, among: Sequence[actions.Action], *, chance: float = _DESCRIBED) -> VerbPhrase:
    """One of some actions, with its object."""
    action = c.choice(among)
    if action.verb.base in _MAKING:  # what is only being made is not yet old, nor famous
        chance = 0
    return VerbPhrase(action.verb, some(c, action.objects, chance=chance).text)


_MAKING = ("write", "bake", "draw", "build", "finish", "print")


def pastime(c: SeededRandom) -> VerbPhrase:
    """What one does without an object: sing in the park."""
    return VerbPhrase(c.choice(lexicon.PASTIMES), c.choice(lexicon.PLACES) if c.chance(0.6) else "")


def doing(c: SeededRandom) -> VerbPhrase:
    """Anything that people do."""
    return pastime(c) if c.chance(0.25) else deed(c)


def state(c: SeededRandom) -> str:
    """How, or where, somebody is."""
    return c.choice(lexicon.FEELINGS) if c.chance(0.6) else c.choice(lexicon.PLACES)
