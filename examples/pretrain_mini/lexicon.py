"""What a text itself says of its words: which are nouns, verbs and adjectives, and what each verb takes."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

from phrases import bare
from words import DETERMINERS, FUNCTION_WORDS, IRREGULAR_LINES, listed

if TYPE_CHECKING:
    from phrases import Words

SUBJECTS = frozenset(listed("I he she we they you it"))
OBJECTS = frozenset(listed("me him us them her it"))
MODALS = frozenset(listed("to will would can could must should shall may might did"))
REFLEXIVES = frozenset(listed("myself himself herself itself ourselves themselves yourself"))
PREPOSITIONS = frozenset(
    listed(
        "in on at by for with about against between into through during before after above below to from over "
        "under upon within without toward towards across along around behind beside near of like as"
    )
)
MALE = listed("man boy king father brother son husband uncle gentleman prince nephew grandfather")
FEMALE = listed("woman girl queen mother sister daughter wife aunt lady princess niece grandmother")
INTRANSITIVE = frozenset(
    listed(
        "arrive vanish disappear appear sleep laugh come go depart die exist rise fall smile cough sneeze "
        "sigh wait apologize retire belong participate tremble weep hesitate kneel yawn arise emerge faint "
        "scream shiver happen occur"
    )
)
"""Verbs without an object; the text has to agree."""
_SAME_AS_BASE = frozenset(("come", "become", "run", "overcome"))
_IRREGULAR_PLURALS = {
    "man": "men", "woman": "women", "child": "children", "foot": "feet", "tooth": "teeth", "gentleman": "gentlemen",
    "wife": "wives", "wolf": "wolves", "leaf": "leaves", "life": "lives", "knife": "knives", "thief": "thieves",
}  # fmt: skip
END = "."
"""Stands behind the last word, and for a comma."""


@dataclass(frozen=True)
class Verb:
    """Forms of a verb."""

    base: str
    third: str
    past: str
    participle: str
    ing: str


@dataclass
class Uses:
    """How often a verb stands in a finite clause or an infinitive, and what follows it."""

    all: int = 0
    object: int = 0
    that: int = 0
    infinitive: int = 0
    end: int = 0
    it: int = 0
    """Its subject is 'it'."""


@dataclass
class Lexicon:
    """Nouns, adjectives and verbs of a text."""

    plurals: dict[str, str]
    """Singular -> plural of nouns that are counted."""
    adjectives: frozenset[str]
    people: frozenset[str]
    """Nouns of persons, both numbers."""
    names: frozenset[str]
    pasts: dict[str, Verb]
    bases: dict[str, Verb]
    participles: dict[str, Verb]
    uses: dict[str, Uses]
    """By base."""
    singulars: dict[str, str] = field(init=False)
    nouns: frozenset[str] = field(init=False)
    thirds: dict[str, Verb] = field(init=False)
    transitive: list[Verb] = field(init=False)
    """Never without an object, or hardly."""
    intransitive: list[Verb] = field(init=False)
    """Never with an object."""
    no_clause: list[Verb] = field(init=False)
    """Transitive, and never before 'that' or 'to'."""

    def __post_init__(self) -> None:
        self.singulars = {plural: singular for singular, plural in self.plurals.items()}
        self.nouns = frozenset(self.plurals) | frozenset(self.singulars)
        self.thirds = {verb.third: verb for verb in self.bases.values() if verb.third not in self.nouns}
        verbs = [(verb, self.uses[base]) for base, verb in sorted(self.bases.items()) if base in self.uses]
        often = [(verb, uses) for verb, uses in verbs if uses.all >= 15]
        self.transitive = [v for v, u in often if u.object >= 0.5 * u.all and u.end <= 0.04 * u.all]
        self.intransitive = [v for v, u in verbs if v.base in INTRANSITIVE and u.object <= 0.1 * u.all]
        self.no_clause = [v for v in self.transitive if self.uses[v.base].that == self.uses[v.base].infinitive == 0]


def learn(texts: list[Words]) -> Lexicon:
    """A lexicon of sentences' words."""
    counts: Counter[str] = Counter()
    before: Counter[tuple[str, str]] = Counter()
    for words in texts:
        plain = [bare(word) for word in words]
        counts.update(plain[1:])
        before.update(pairwise(plain))
    bases = _verbs(counts, before)
    pasts = {verb.past: verb for verb in bases.values() if verb.past != verb.base}
    plurals, adjectives = _nouns(texts, counts, before, bases, pasts)
    nouns = set(plurals) | set(plurals.values())
    people = {noun for noun in nouns if before[noun, "who"] >= max(3, 0.012 * counts[noun])}
    people |= {person for noun in MALE + FEMALE if noun in plurals for person in (noun, plurals[noun])}
    names = {word for word, count in counts.items()
             if count >= 8 and word.isalpha() and word.istitle() and counts[word.lower()] * 20 < count
             and any(before[word, verb] for verb in ("said", "had", "was"))}  # fmt: skip
    participles = {verb.participle: verb for verb in bases.values() if verb.participle != verb.base}
    people |= {plurals[noun] for noun in list(people) if noun in plurals}
    return Lexicon(plurals, adjectives, frozenset(people), frozenset(names), pasts, bases, participles,
                   _uses(texts, bases, pasts))  # fmt: skip


def _verbs(counts: Counter[str], before: Counter[tuple[str, str]]) -> dict[str, Verb]:
    """By base: irregular ones, and what follows an auxiliary and has a past that follows a pronoun."""
    behind_modal: Counter[str] = Counter()
    behind_pronoun: Counter[str] = Counter()
    for (first, second), count in before.items():
        if first in MODALS:
            behind_modal[second] += count
        elif first in SUBJECTS:
            behind_pronoun[second] += count
    verbs = {}
    for base, count in behind_modal.items():
        if count < 6 or base in FUNCTION_WORDS or not base.islower() or not base.isalpha() or len(base) < 3:
            continue
        verb = next((v for v in _regular_verbs(base) if behind_pronoun[v.past] >= 4 and counts[v.ing] >= 3), None)
        if verb:
            verbs[base] = verb
    for forms in IRREGULAR_LINES:
        if forms[-1].endswith("ing") and forms[0] not in FUNCTION_WORDS and len(forms) > 3:
            past = forms[2]
            other = forms[3] if len(forms) == 5 else forms[0] if forms[0] in _SAME_AS_BASE else past
            verbs[forms[0]] = Verb(forms[0], forms[1], past, other, forms[-1])
    irregular = {forms[0] for forms in IRREGULAR_LINES}
    return {base: verb for base, verb in verbs.items() if base in irregular or base + "s" not in irregular}


def _regular_verbs(base: str) -> list[Verb]:
    if base.endswith("e"):
        return [Verb(base, base + "s", base + "d", base + "d", base[:-1] + "ing")]
    if base.endswith("y") and base[-2] not in "aeiou":
        return [Verb(base, base[:-1] + "ies", base[:-1] + "ied", base[:-1] + "ied", base + "ing")]
    third = base + ("es" if base.endswith(("s", "x", "ch", "sh")) else "s")
    double = base + base[-1]
    return [Verb(base, third, stem + "ed", stem + "ed", stem + "ing") for stem in (base, double)]


def _nouns(
    texts: list[Words],
    counts: Counter[str],
    before: Counter[tuple[str, str]],
    bases: dict[str, Verb],
    pasts: dict[str, Verb],
) -> tuple[dict[str, str], frozenset[str]]:
    """Nouns end a phrase behind 'a'; adjectives stand before one and behind 'very'."""
    final: Counter[str] = Counter()
    inner: Counter[str] = Counter()
    for words in texts:
        for at, word in enumerate(words):
            if word in ("a", "an") and at + 1 < len(words):
                noun = bare(words[at + 1])
                behind = words[at + 2] if at + 2 < len(words) and noun == words[at + 1] else END
                closed = bare(behind) in FUNCTION_WORDS or behind == END or behind in pasts
                (final if closed else inner)[noun] += 1
    adverbs = ("very", "so", "too", "more", "most", "as")
    adjectives = {word for word, count in inner.items()
                  if count >= 4 and count > 2 * final[word] and sum(before[adverb, word] for adverb in adverbs) >= 3
                  and not word.endswith("ly") and word.islower()}  # fmt: skip
    plurals = {}
    for noun, count in final.items():
        if count < 5 or count < inner[noun] or not noun.islower() or not noun.isalpha() or noun in FUNCTION_WORDS:
            continue
        third = _regular_verbs(noun)[0].third if noun[-1] != "e" else noun + "s"
        plural = _IRREGULAR_PLURALS.get(noun, third)
        verbal = noun in bases and sum(before[modal, noun] for modal in MODALS) > 2 * count
        if counts[plural] >= 4 and len(noun) > 2 and not verbal and noun not in adjectives:
            plurals[noun] = plural
    return plurals, frozenset(adjectives)


def _uses(texts: list[Words], bases: dict[str, Verb], pasts: dict[str, Verb]) -> dict[str, Uses]:
    """Counts of what follows each verb where it is surely one: behind a pronoun or an auxiliary."""
    found: dict[str, Uses] = {}
    for words in texts:
        for at in range(1, len(words)):
            previous = words[at - 1]
            word = bare(words[at])
            verb = pasts.get(word) if previous in SUBJECTS else bases.get(word) if previous in MODALS else None
            if verb is None:
                continue
            uses = found.setdefault(verb.base, Uses())
            behind = words[at + 1] if at + 1 < len(words) and word == words[at] else END
            plain = bare(behind)
            uses.all += 1
            uses.it += previous == "it"
            uses.end += behind == END
            uses.that += plain == "that" or plain in SUBJECTS - OBJECTS
            uses.infinitive += plain == "to" and at + 2 < len(words) and bare(words[at + 2]) in bases
            uses.object += plain in DETERMINERS - {"that"} or plain in OBJECTS or plain in REFLEXIVES
    return found
