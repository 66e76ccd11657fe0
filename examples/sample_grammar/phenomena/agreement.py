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

    from colacli.data.chooser import Chooser
    from examples.sample_grammar.words import Noun, Number, Verb

_REGULARLY = ("every day", "every week", "every morning", "from time to time")
_PEOPLE_VERBS = verbs("help visit thank greet rescue admire insult follow interview")


def _predicate(c: Chooser, number: Number, *, placed: bool = True) -> tuple[str, str]:
    """A predicate that agrees, and one that doesn't; it may say where, unless the subject does."""
    kind = int((4 if placed else 3) * c.number())
    if kind == 0:
        auxiliary, rest = HAVE, deed(c).participle
    elif kind == 1:
        auxiliary, rest = BE, activity(c).gerund
    elif kind == 2:
        auxiliary, rest = BE, state(c) if placed else c.pick(lexicon.FEELINGS)
    else:
        doing = pastime(c)
        auxiliary, rest = doing.verb, f"{doing.rest} {c.pick(_REGULARLY)}"
    right, wrong = both_numbers(auxiliary, number)
    return f"{right} {rest}", f"{wrong} {rest}"


@phenomenon("subject-verb agreement")
def _present(c: Chooser) -> Pair:
    """The baker often visits the queens. / *The baker often visit the queens."""
    subject, doing = person(c), habit(c)
    before, after = (c.pick(lexicon.FREQUENCY), "") if c.chance(0.5) else ("", c.pick(_REGULARLY))
    return slot(f"{subject} {before} _ {doing.rest} {after}", *both_numbers(doing.verb, subject.number))


@phenomenon("subject-verb agreement")
def _copula(c: Chooser) -> Pair:
    """Our teachers are tired. / *Our teachers is tired."""
    subject, past = person(c), c.chance(0.2)
    when = c.pick(("", "", "yesterday", "last night")) if past else c.pick(("", "", "now", "today"))
    return slot(f"{subject} _ {state(c)} {when}", *both_numbers(BE, subject.number, past=past))


@phenomenon("subject-verb agreement")
def _auxiliary(c: Chooser) -> Pair:
    """The guests have found a key. / *The guests has found a key."""
    subject = person(c)
    if c.chance(0.5):
        return slot(f"{subject} _ {deed(c).participle}", *both_numbers(HAVE, subject.number))
    return slot(f"{subject} _ {activity(c).gerund}", *both_numbers(BE, subject.number))


@phenomenon("subject-verb agreement")
def _coordinated(c: Chooser) -> Pair:
    """Mary and the pilot are tired. / *Mary and the pilot is tired."""
    first, second = name(c), person(c, "singular")
    return slot(f"{first} and {second} _", *_predicate(c, "plural"))


@phenomenon("subject-verb agreement")
def _quantified(c: Chooser) -> Pair:
    """Everyone in the park is happy. / *Everyone in the park are happy."""
    if c.chance(0.4):
        subject = f"{c.pick(('everyone', 'everybody', 'nobody', 'someone'))} {c.pick(lexicon.PLACES)}"
        return slot(f"{subject} _", *_predicate(c, "singular", placed=False))
    number = any_number(c)
    words = ("every", "each", "no") if number == "singular" else ("both", "most", "many", "several", "all the")
    subject = f"{c.pick(words)} {c.pick(lexicon.PEOPLE).form(number)}"
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


def _distracted(c: Chooser, *, of_people: bool = False) -> tuple[str, Noun, Number]:
    """A subject that ends with a noun of the other number; its head, and its number."""
    heads, links, attractors = c.pick(_ATTRACTORS[5:] if of_people else _ATTRACTORS)
    head, number = c.pick(heads), any_number(c)
    return f"the {head.form(number)} {c.pick(links)} {the(c, attractors, other(number))}", head, number


@phenomenon("agreement attraction")
def _after_phrase(c: Chooser) -> Pair:
    """The letters about the king are boring. / *The letters about the king is boring."""
    subject, head, number = _distracted(c)
    said = lexicon.FEELINGS if head.kind == "person" else lexicon.ADJECTIVES[head.kind]
    return slot(f"{subject} _ {c.pick(said)}", *both_numbers(BE, number, past=c.chance(0.25)))


@phenomenon("agreement attraction")
def _verb_after_phrase(c: Chooser) -> Pair:
    """The owner of the horses works in the village. / *The owner of the horses work in the village."""
    subject, _, number = _distracted(c, of_people=True)
    live: Verb = c.pick((verb("live"), verb("work")))
    return slot(f"{subject} _ {c.pick(lexicon.HOMES)}", *both_numbers(live, number))


@phenomenon("agreement attraction")
def _after_object_relative(c: Chooser) -> Pair:
    """The nurse that the kings admired is late. / *The nurse that the kings admired are late."""
    number = any_number(c)
    head, near = the(c, lexicon.PEOPLE, number), the(c, lexicon.PEOPLE, other(number))
    clause = f"{c.pick(('that', 'who'))} {near} {c.pick(_PEOPLE_VERBS).past}"
    return slot(f"{head} {clause} _", *_predicate(c, number))


@phenomenon("agreement attraction")
def _after_subject_relative(c: Chooser) -> Pair:
    """The nurses who admired the king are late. / *The nurses who admired the king is late."""
    number = any_number(c)
    head, near = the(c, lexicon.PEOPLE, number), the(c, lexicon.PEOPLE, other(number))
    return slot(f"{head} who {c.pick(_PEOPLE_VERBS).past} {near} _", *_predicate(c, number))


@phenomenon("agreement attraction")
def _inside_relative(c: Chooser) -> Pair:
    """The poet helped the boys who often visit the kings. / *The poet helped the boys who often visits the kings."""
    number = any_number(c)
    near, head = the(c, lexicon.PEOPLE, other(number)), the(c, lexicon.PEOPLE, number)
    doing = habit(c)
    start = f"{near} {c.pick(_PEOPLE_VERBS).past} {head} who {c.pick(lexicon.FREQUENCY)}"
    return slot(f"{start} _ {doing.rest}", *both_numbers(doing.verb, number))


def _present_there(c: Chooser, number: Number) -> str:
    """Who or what is where: `a cup on the table`, `two goats in the park`."""
    among, places = (lexicon.SMALL_THINGS, lexicon.SURFACES) if c.chance(0.4) else (_LIVING, lexicon.PLACES)
    where = c.pick(places)
    if number == "singular":
        return f"{an(c, among)} {where}"
    return f"{c.pick(('two', 'three', 'several', 'many'))} {c.pick(among).plural} {where}"


_LIVING = (*lexicon.PEOPLE, *lexicon.ANIMALS)


@phenomenon("existential there")
def _there_is(c: Chooser) -> Pair:
    """There are two goats in the park. / *There is two goats in the park."""
    number = any_number(c)
    return slot(f"there _ {_present_there(c, number)}", *both_numbers(BE, number, past=c.chance(0.4)))


@phenomenon("existential there", framed=False)
def _is_there(c: Chooser) -> Pair:
    """Was there a cup on the table? / *Were there a cup on the table?"""
    number = any_number(c)
    return slot(f"_ there {_present_there(c, number)}?", *both_numbers(BE, number, past=c.chance(0.4)))


@phenomenon("existential there")
def _there_has_been(c: Chooser) -> Pair:
    """There has been an accident at the station. / *There have been an accident at the station."""
    number = any_number(c)
    what = an(c, lexicon.HAPPENINGS).text if number == "singular" else _happenings(c)
    return slot(f"there _ been {what} {c.pick(lexicon.PLACES)}", *both_numbers(HAVE, number))


def _happenings(c: Chooser) -> str:
    return f"{c.pick(('two', 'three', 'several', 'many'))} {c.pick(lexicon.HAPPENINGS).plural}"


@phenomenon("existential there")
def _there_seems(c: Chooser) -> Pair:
    """There seem to be three boys in the barn. / *There seems to be three boys in the barn."""
    number = any_number(c)
    seem = both_numbers(c.pick(verbs("seem appear")), number)
    return slot(f"there _ to be {_present_there(c, number)}", *seem)
