"""Places and prepositions that verbs and adjectives ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from examples.sample_grammar import lexicon
from examples.sample_grammar.grammar import Pair, phenomenon, slot
from examples.sample_grammar.phrases import name, person, some, the
from examples.sample_grammar.words import BE, agree, verb

if TYPE_CHECKING:
    from collections.abc import Sequence

    from colacli.data.seeded_random import SeededRandom
    from examples.sample_grammar.words import Noun

_LIVING = (*lexicon.PEOPLE, *lexicon.ANIMALS)


@phenomenon("prepositional complements")
def _put(c: SeededRandom) -> Pair:
    """Anna put the cup on the table. / *Anna put the cup yesterday."""
    head = f"{person(c)} put {some(c, (*lexicon.SMALL_THINGS, *lexicon.DISHES))}"
    place, time = c.choice(lexicon.SURFACES), c.choice(lexicon.PAST_TIMES)
    return Pair(f"{head} {place} {time}" if c.chance(0.5) else f"{head} {place}", f"{head} {time}")


_HOLDERS = ("glass", "bottle", "bucket", "bathtub", "pot", "jug")
_LIQUIDS = ("water", "milk", "wine", "juice", "oil")
_VICTIMS = ("tourist", "banker", "bank", "museum", "visitor", "king", "duchess")
_LOOT = ("a ring", "a necklace", "two portraits", "a fortune", "three coins")
_FRAMES = (
    ("filled", "poured", "with", _HOLDERS, _LIQUIDS),
    ("poured", "filled", "into", _HOLDERS, _LIQUIDS),
    ("robbed", "stole", "of", _VICTIMS, _LOOT),
)
"""A verb, one that wants its complements the other way round, a preposition, and where and what."""


@phenomenon("prepositional complements")
def _locative(c: SeededRandom) -> Pair:
    """Hugo poured water into the glass. / *Hugo filled water into the glass."""
    right, wrong, preposition, places, things = c.choice(_FRAMES)
    place, thing = f"the {c.choice(places)}", c.choice(things)
    first, second = (place, thing) if preposition in ("with", "of") else (thing, place)
    return slot(f"{person(c)} _ {first} {preposition} {second} {c.choice(('', *lexicon.PAST_TIMES))}", right, wrong)


_PREPOSITIONAL: tuple[tuple[str, str, tuple[str, ...], Sequence[Noun]], ...] = (
    ("rely", "on", ("at", "of", ""), lexicon.PEOPLE),
    ("depend", "on", ("at", "of", ""), lexicon.PEOPLE),
    ("wait", "for", ("of", ""), lexicon.PEOPLE),
    ("listen", "to", ("on", "of", ""), lexicon.PEOPLE),
    ("belong", "to", ("at", "for", ""), lexicon.PEOPLE),
    ("look", "at", ("of",), _LIVING),
    ("stare", "at", ("of", ""), _LIVING),
    ("laugh", "at", ("of", ""), lexicon.PEOPLE),
    ("worry", "about", ("of", "on"), lexicon.PEOPLE),
    ("apologize", "to", ("on", ""), lexicon.PEOPLE),
    ("search", "for", ("of", "to"), lexicon.SMALL_THINGS),
    ("object", "to", ("of", "at", ""), lexicon.TEXTS),
    ("complain", "about", ("",), lexicon.TEXTS),
    ("dream", "of", ("at",), lexicon.ANIMALS),
)
"""Verbs, their preposition, and what can't stand in its place."""


@phenomenon("prepositional complements")
def _verb(c: SeededRandom) -> Pair:
    """The poet waited for the clerk. / *The poet waited of the clerk."""
    word, right, wrong, among = c.choice([row for row in _PREPOSITIONAL if row[0] != "belong"])
    return slot(
        f"{person(c)} {verb(word).past} _ {the(c, among)} {c.choice(('', 'again', 'last night'))}",
        right,
        c.choice(wrong),
    )


@phenomenon("prepositional complements", framed=False)
def _stranded(c: SeededRandom) -> Pair:
    """Who does Lucy rely on? / *Who does Lucy rely?"""
    word, right, wrong, among = c.choice(_PREPOSITIONAL[:10])
    who = "who" if among is lexicon.PEOPLE else "what"
    subject = the(c, lexicon.THINGS, "singular") if word == "belong" else person(c, "singular")
    return slot(f"{who} does {subject} {word} _?", right, c.choice(wrong))


_ADJECTIVES = (
    ("afraid", "of", ("at", "with"), _LIVING),
    ("proud", "of", ("on", "with"), lexicon.PEOPLE),
    ("fond", "of", ("for", "at"), _LIVING),
    ("interested", "in", ("on", "of"), lexicon.BUILDINGS),
    ("jealous", "of", ("at", "to"), lexicon.PEOPLE),
    ("tired", "of", ("on", "to"), lexicon.TEXTS),
    ("similar", "to", ("of", "on"), lexicon.PEOPLE),
    ("responsible", "for", ("of", "at"), lexicon.ANIMALS),
    ("aware", "of", ("at", "for"), lexicon.PEOPLE),
)


@phenomenon("prepositional complements")
def _adjective(c: SeededRandom) -> Pair:
    """The waiter is afraid of the dogs. / *The waiter is afraid at the dogs."""
    word, right, wrong, among = c.choice(_ADJECTIVES)
    subject = person(c)
    be = agree(BE, subject.number, past=c.chance(0.4))
    return slot(f"{subject} {be} {word} _ {the(c, among)}", right, c.choice(wrong))


_DIRECT = (
    ("discussed", "about", lexicon.TEXTS),
    ("visited", "to", lexicon.BUILDINGS),
    ("admired", "of", lexicon.PEOPLE),
    ("described", "about", lexicon.PEOPLE),
    ("contacted", "to", lexicon.PEOPLE),
    ("obeyed", "to", lexicon.PEOPLE),
    ("praised", "of", lexicon.PEOPLE),
    ("thanked", "to", lexicon.PEOPLE),
    ("entered", "to", lexicon.BUILDINGS),
)


@phenomenon("prepositional complements")
def _too_many(c: SeededRandom) -> Pair:
    """The guests discussed the novel. / *The guests discussed about the novel."""
    past, wrong, among = c.choice(_DIRECT)
    subject = name(c) if c.chance(0.3) else person(c)
    return slot(f"{subject} {past} _ {the(c, among)} {c.choice(('', 'again'))}", "", wrong)
