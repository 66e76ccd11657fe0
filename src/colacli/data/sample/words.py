"""Kinds of words, and how they are inflected."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Number = Literal["singular", "plural"]
Gender = Literal["m", "f", "n"]

_VOWELS = "aeiou"


@dataclass(frozen=True)
class Noun:
    """A count noun."""

    singular: str
    plural: str
    kind: str
    """person, animal, food, text, vehicle, thing or place: what verbs choose their objects by."""
    gender: Gender = "n"

    def form(self, number: Number) -> str:
        """The form of a number."""
        return self.singular if number == "singular" else self.plural


@dataclass(frozen=True)
class Verb:
    """A verb's five forms."""

    base: str
    third: str
    past: str
    participle: str
    gerund: str

    def present(self, number: Number) -> str:
        """The form that agrees with a subject of the third person."""
        return self.third if number == "singular" else self.base


def listed(words: str) -> list[str]:
    """Words written in one line."""
    return words.split()


def plural_of(noun: str) -> str:
    """A regular noun's plural."""
    if noun.endswith("y") and noun[-2] not in _VOWELS:
        return noun[:-1] + "ies"
    return noun + ("es" if noun.endswith(("s", "x", "ch", "sh")) else "s")


def nouns(kind: str, regular: str, irregular: str = "", gender: Gender = "n") -> list[Noun]:
    """Nouns of a kind: regular ones by their singular, irregular ones as singular/plural."""
    pairs = [one.split("/") for one in irregular.split()]
    return [Noun(one, plural_of(one), kind, gender) for one in regular.split()] + [
        Noun(one, many, kind, gender) for one, many in pairs
    ]


def verb(forms: str) -> Verb:
    """A verb from "base", "base/past" or "base/past/participle"; a final consonant is doubled where ! follows it."""
    base, *rest = forms.split("/")
    doubled = base.endswith("!")
    base = base.rstrip("!")
    stem = base + base[-1] if doubled else base
    if base.endswith("e"):
        past, gerund = base + "d", (base if base.endswith("ee") else base[:-1]) + "ing"
    elif base.endswith("y") and base[-2] not in _VOWELS:
        past, gerund = base[:-1] + "ied", base + "ing"
    else:
        past, gerund = stem + "ed", stem + "ing"
    past = rest[0] if rest else past
    return Verb(base, plural_of(base), past, rest[1] if len(rest) > 1 else past, gerund)


def verbs(forms: str) -> list[Verb]:
    """Several verbs, written as `verb` takes them."""
    return [verb(one) for one in forms.split()]


def article(word: str) -> str:
    """The indefinite article before a word."""
    if word.startswith(("use", "uni", "one")):
        return "a"
    return "an" if word[0].lower() in _VOWELS or word.startswith("hon") else "a"
