"""Kinds of words, and how they are inflected."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Number = Literal["singular", "plural"]
Gender = Literal["masculine", "feminine", "common", "neuter"]
"""`common` is a person's whose sex the noun leaves open: a nurse, a judge."""

_CONSONANT_Y = re.compile(r".*[^aeiou]y")
_HISS = ("s", "x", "z", "ch", "sh")
_DOUBLING = re.compile(r"(?:[^aeiou]|qu)*[aeiou][bdgklmnprt]")
"""One syllable with one vowel letter and one consonant after it: hug, hugged."""
_SILENT = ("hour", "honest")
_CONSONANTAL = ("uni", "use", "one", "eu")


@dataclass(frozen=True, slots=True)
class Noun:
    """A count noun."""

    singular: str
    plural: str
    kind: str
    """What it is a word for; adjectives go by it."""
    gender: Gender = "neuter"

    def form(self, number: Number) -> str:
        """The form of a number."""
        return self.singular if number == "singular" else self.plural


@dataclass(frozen=True, slots=True)
class Verb:
    """A verb's forms; only *be* has more than five."""

    base: str
    third: str
    past: str
    participle: str
    gerund: str
    plain: str = ""
    """The present of a plural subject where it is not the base."""
    plural_past: str = ""
    """The past of a plural subject where it is another."""


def other(number: Number) -> Number:
    """The number that a word must not have."""
    return "plural" if number == "singular" else "singular"


def agree(verb: Verb, number: Number, *, past: bool = False) -> str:
    """The finite form that agrees with a subject of the third person. Nothing else decides agreement."""
    if past:
        return verb.plural_past or verb.past if number == "plural" else verb.past
    return verb.plain or verb.base if number == "plural" else verb.third


def listed(words: str) -> tuple[str, ...]:
    """Words written in one line."""
    return tuple(words.split())


def nouns(kind: str, words: str, gender: Gender = "neuter") -> tuple[Noun, ...]:
    """Nouns of a kind, written with their plural after a slash where it is irregular: `goat mouse/mice`."""
    pairs = [word.partition("/") for word in words.split()]
    return tuple(Noun(one, many or with_s(one), kind, gender) for one, _, many in pairs)


def verbs(words: str) -> tuple[Verb, ...]:
    """Verbs, written as `verb` takes them."""
    return tuple(verb(word) for word in words.split())


def verb(forms: str) -> Verb:
    """A verb from its base, past and participle: `clean`, `find/found`, `write/wrote/written`."""
    base, past, participle = (*forms.split("/"), "", "")[:3]
    past = past or f"{_stem(base)}d"
    return Verb(base, with_s(base), past, participle or past, _gerund(base))


def with_s(word: str) -> str:
    """A noun's regular plural, or a verb's third person."""
    if _CONSONANT_Y.fullmatch(word):
        return f"{word[:-1]}ies"
    return f"{word}es" if word.endswith(_HISS) else f"{word}s"


def with_article(words: str) -> str:
    """The words with *a* or *an* before them, by their first sound."""
    sounds_open = words.startswith(_SILENT) or (words[0] in "aeiou" and not words.startswith(_CONSONANTAL))
    return f"{'an' if sounds_open else 'a'} {words}"


def _stem(base: str) -> str:
    """What a -d is added to: `love`, `carrie`, `hugge`, `cleane`."""
    if base.endswith("e"):
        return base
    if _CONSONANT_Y.fullmatch(base):
        return f"{base[:-1]}ie"
    return f"{base}{base[-1]}e" if _DOUBLING.fullmatch(base) else f"{base}e"


def _gerund(base: str) -> str:
    if base.endswith("ie"):
        return f"{base[:-2]}ying"
    if base.endswith("e") and not base.endswith("ee"):
        return f"{base[:-1]}ing"
    return f"{base}{base[-1]}ing" if _DOUBLING.fullmatch(base) else f"{base}ing"


BE = Verb("be", "is", "was", "been", "being", plain="are", plural_past="were")
HAVE = Verb("have", "has", "had", "had", "having")
DO = Verb("do", "does", "did", "done", "doing")
