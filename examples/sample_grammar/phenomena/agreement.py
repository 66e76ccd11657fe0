"""Agreement of the finite verb with its subject: near it, far from it, and after it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from examples.sample_grammar import lexicon
from examples.sample_grammar.grammar import Pair, phenomenon, slot
from examples.sample_grammar.phrases import (
    activity,
    an,
    any_number,
    both_numbers,
    deed,
    habit,
    name,
    pastime,
    person,
    state,
    the,
)
from examples.sample_grammar.words import BE, HAVE, nouns, other, verb, verbs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from colacli.data.seeded_random import SeededRandom
    from examples.sample_grammar.words import Noun, Number, Verb

_REGULARLY = ("every day", "every week", "every morning", "from time to time")
_PEOPLE_VERBS = verbs("help visit thank greet rescue admire insult follow interview")


def _predicate(c: SeededRandom, number: Number, *, placed: bool = True) -> tuple[str, str]:
    """A predicate that agrees, and one that doesn't; it may say where, unless the subject does."""
    kind = int((4 if placed else 3) * c.random())
    if kind == 0:
        auxiliary, rest = HAVE, deed(c).participle
    elif kind == 1:
        auxiliary, rest = BE, activity(c).gerund
    elif kind == 2:
        auxiliary, rest = BE, state(c) if placed else c.choice(lexicon.FEELINGS)
    else:
        doing = pastime(c)
        auxiliary, rest = doing.verb, f"{doing.rest} {c.choice(_REGULARLY)}"
    right, wrong = both_numbers(auxiliary, number)
    return f"{right} {rest}", f"{wrong} {rest}"


@phenomenon("subject-verb agreement")
def _present(c: SeededRandom) -> Pair:
    """The baker often visits the queens. / *The baker often visit the queens."""
    subject, doing = person(c), habit(c)
    before, after = (c.choice(lexicon.FREQUENCY), "") if c.chance(0.5) else ("", c.choice(_REGULARLY))
    return slot(f"{subject} {before} _ {doing.rest} {after}", *both_numbers(doing.verb, subject.number))


@phenomenon("subject-verb agreement")
def _copula(c: SeededRandom) -> Pair:
    """Our teachers are tired. / *Our teachers is tired."""
    subject, past = person(c), c.chance(0.2)
    when = c.choice(("", "", "yesterday", "last night")) if past else c.choice(("", "", "now", "today"))
    return slot(f"{subject} _ {state(c)} {when}", *both_numbers(BE, subject.number, past=past))


@phenomenon("subject-verb agreement")
def _auxiliary(c: SeededRandom) -> Pair:
    """The guests have found a key. / *The guests has found a key."""
    subject = person(c)
    if c.chance(0.5):
        return slot(f"{subject} _ {deed(c).participle}", *both_numbers(HAVE, subject.number))
    return slot(f"{subject} _ {activity(c).gerund}", *both_numbers(BE, subject.number))


@phenomenon("subject-verb agreement")
def _coordinated(c: SeededRandom) -> Pair:
    """Mary and the pilot are tired. / *Mary and the pilot is tired."""
    first, second = name(c), person(c, "singular")
    return slot(f"{first} and {second} _", *_predicate(c, "plural"))


@phenomenon("subject-verb agreement")
def _quantified(c: SeededRandom) -> Pair:
    """Everyone in the park is happy. / *Everyone in the park are happy."""
    if c.chance(0.4):
        subject = f"{c.choice(('everyone', 'everybody', 'nobody', 'someone'))} {c.choice(lexicon.PLACES)}"
        return slot(f"{subject} _", *_predicate(c, "singular", placed=False))
    number = any_number(c)
    words = ("every", "each", "no") if number == "singular" else ("both", "most", "many", "several", "all the")
    subject = f"{c.choice(words)} {c.choice(lexicon.PEOPLE).form(number)}"
    return slot(f"{subject} _", *_predicate(c, number))


_OWNERS = nouns("person", "owner")
_YOUNGER = tuple(noun for noun in lexicon.KIN if noun.singular not in ("father", "mother"))
_ATTRACTORS: tuple[tuple[Sequence[Noun], tuple[str, ...], Sequence[Noun]], ...] = (
    (lexicon.TEXTS, ("about",), (*lexicon.PEOPLE, *lexicon.ANIMALS, *lexicon.BUILDINGS)),
    (lexicon.PICTURES, ("of",), (*lexicon.PEOPLE, *lexicon.ANIMALS, *lexicon.BUILDINGS)),
    (lexicon.VEHICLES[:-1], ("near", "behind", "in front of"), lexicon.BUILDINGS),
    (lexicon.ANIMALS, ("near", "behind"), (*lexicon.BUILDINGS, *lexicon.VEHICLES)),
    (lexicon.DISHES, ("on", "under", "next to"), lexicon.FURNITURE[:4]),
    (lexicon.PEOPLE, ("next to", "behind"), (*lexicon.VEHICLES, *lexicon.ANIMALS)),
    (_OWNERS, ("of",), (*lexicon.VEHICLES, *lexicon.ANIMALS, *lexicon.BUILDINGS)),
    (_YOUNGER, ("of",), lexicon.PEOPLE),
)
"""Heads, what joins them to a second noun, and that."""


def _distracted(c: SeededRandom, *, of_people: bool = False) -> tuple[str, Noun, Number]:
    """A subject that ends with a noun of the other number; its head, and its number."""
    heads, links, attractors = c.choice(_ATTRACTORS[5:] if of_people else _ATTRACTORS)
    head, number = c.choice(heads), any_number(c)
    return f"the {head.form(number)} {c.choice(links)} {the(c, attractors, other(number))}", head, number


@phenomenon("agreement attraction")
def _after_phrase(c: SeededRandom) -> Pair:
    """The letters about the king are boring. / *The letters about the king is boring."""
    subject, head, number = _distracted(c)
    said = lexicon.FEELINGS if head.kind == "person" else lexicon.ADJECTIVES[head.kind]
    return slot(f"{subject} _ {c.choice(said)}", *both_numbers(BE, number, past=c.chance(0.25)))


@phenomenon("agreement attraction")
def _verb_after_phrase(c: SeededRandom) -> Pair:
    """The owner of the horses works in the village. / *The owner of the horses work in the village."""
    subject, _, number = _distracted(c, of_people=True)
    live: Verb = c.choice((verb("live"), verb("work")))
    return slot(f"{subject} _ {c.choice(lexicon.HOMES)}", *both_numbers(live, number))


@phenomenon("agreement attraction")
def _after_object_relative(c: SeededRandom) -> Pair:
    """The nurse that the kings admired is late. / *The nurse that the kings admired are late."""
    number = any_number(c)
    head, near = the(c, lexicon.PEOPLE, number), the(c, lexicon.PEOPLE, other(number))
    clause = f"{c.choice(('that', 'who'))} {near} {c.choice(_PEOPLE_VERBS).past}"
    return slot(f"{head} {clause} _", *_predicate(c, number))


@phenomenon("agreement attraction")
def _after_subject_relative(c: SeededRandom) -> Pair:
    """The nurses who admired the king are late. / *The nurses who admired the king is late."""
    number = any_number(c)
    head, near = the(c, lexicon.PEOPLE, number), the(c, lexicon.PEOPLE, other(number))
    return slot(f"{head} who {c.choice(_PEOPLE_VERBS).past} {near} _", *_predicate(c, number))


@phenomenon("agreement attraction")
def _inside_relative(c: SeededRandom) -> Pair:
    """The poet helped the boys who often visit the kings. / *The poet helped the boys who often visits the kings."""
    number = any_number(c)
    near, head = the(c, lexicon.PEOPLE, other(number)), the(c, lexicon.PEOPLE, number)
    doing = habit(c)
    start = f"{near} {c.choice(_PEOPLE_VERBS).past} {head} who {c.choice(lexicon.FREQUENCY)}"
    return slot(f"{start} _ {doing.rest}", *both_numbers(doing.verb, number))


def _present_there(c: SeededRandom, number: Number) -> str:
    """Who or what is where: `a cup on the table`, `two goats in the park`."""
    among, places = (lexicon.SMALL_THINGS, lexicon.SURFACES) if c.chance(0.4) else (_LIVING, lexicon.PLACES)
    where = c.choice(places)
    if number == "singular":
        return f"{an(c, among)} {where}"
    return f"{c.choice(('two', 'three', 'several', 'many'))} {c.choice(among).plural} {where}"


_LIVING = (*lexicon.PEOPLE, *lexicon.ANIMALS)


@phenomenon("existential there")
def _there_is(c: SeededRandom) -> Pair:
    """There are two goats in the park. / *There is two goats in the park."""
    number = any_number(c)
    return slot(f"there _ {_present_there(c, number)}", *both_numbers(BE, number, past=c.chance(0.4)))


@phenomenon("existential there", framed=False)
def _is_there(c: SeededRandom) -> Pair:
    """Was there a cup on the table? / *Were there a cup on the table?"""
    number = any_number(c)
    return slot(f"_ there {_present_there(c, number)}?", *both_numbers(BE, number, past=c.chance(0.4)))


@phenomenon("existential there")
def _there_has_been(c: SeededRandom) -> Pair:
    """There has been an accident at the station. / *There have been an accident at the station."""
    number = any_number(c)
    what = an(c, lexicon.HAPPENINGS).text if number == "singular" else _happenings(c)
    return slot(f"there _ been {what} {c.choice(lexicon.PLACES)}", *both_numbers(HAVE, number))


def _happenings(c: SeededRandom) -> str:
    return f"{c.choice(('two', 'three', 'several', 'many'))} {c.choice(lexicon.HAPPENINGS).plural}"


@phenomenon("existential there")
def _there_seems(c: SeededRandom) -> Pair:
    """There seem to be three boys in the barn. / *There seems to be three boys in the barn."""
    number = any_number(c)
    seem = both_numbers(c.choice(verbs("seem appear")), number)
    return slot(f"there _ to be {_present_there(c, number)}", *seem)
