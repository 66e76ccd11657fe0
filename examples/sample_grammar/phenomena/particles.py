"""Particles and possessives: where small words stand. Training never shows them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from examples.sample_grammar import lexicon
from examples.sample_grammar.actions import FINDING
from examples.sample_grammar.grammar import Pair, phenomenon, slot
from examples.sample_grammar.phrases import described, doing, gendered, name, person, the

if TYPE_CHECKING:
    from colacli.data.seeded_random import SeededRandom

_held_out = partial(phenomenon, in_training=False)


_PARTICLES = (
    ("picked", "up", lexicon.SMALL_THINGS),
    ("threw", "away", lexicon.PORTABLE),
    ("put", "down", lexicon.CONTAINERS),
    ("took", "off", lexicon.CLOTHES),
    ("put", "on", lexicon.CLOTHES),
    ("brought", "back", lexicon.PORTABLE),
    ("gave", "away", lexicon.CLOTHES),
    ("handed", "over", lexicon.SMALL_THINGS),
    ("switched", "off", lexicon.MACHINES[:1]),
)


@_held_out("particles")
def _pronoun(c: SeededRandom) -> Pair:
    """Susan picked it up. / *Susan picked up it."""
    past, particle, _ = c.choice(_PARTICLES)
    pronoun = c.choice(("it", "them"))
    head = f"{person(c)} {past} _ {c.choice(('', *lexicon.PAST_TIMES))}"
    return slot(head, f"{pronoun} {particle}", f"{particle} {pronoun}")


@_held_out("particles")
def _before_verb(c: SeededRandom) -> Pair:
    """Susan picked up the key. / *Susan up picked the key."""
    past, particle, among = c.choice(_PARTICLES)
    thing = the(c, among)
    good = c.choice((f"{past} {particle} {thing}", f"{past} {thing} {particle}"))
    return slot(f"{person(c)} _ {c.choice(('', *lexicon.PAST_TIMES))}", good, f"{particle} {past} {thing}")


_PREPOSITIONAL = (
    ("relied", "on"), ("waited", "for"), ("looked", "at"), ("listened", "to"), ("laughed", "at"), ("talked", "about"),
    ("stared", "at"),
)  # fmt: skip


@_held_out("particles")
def _preposition(c: SeededRandom) -> Pair:
    """Susan relied on the king. / *Susan relied the king on."""
    (past, preposition), whom = c.choice(_PREPOSITIONAL), person(c)
    head = f"{person(c)} {past} _ {c.choice(('', *lexicon.PAST_TIMES))}"
    return slot(head, f"{preposition} {whom}", f"{whom} {preposition}")


_MINE = (("my", "mine"), ("your", "yours"), ("our", "ours"), ("their", "theirs"))


@_held_out("possessives")
def _alone(c: SeededRandom) -> Pair:
    """This key is mine. / *This key is my."""
    weak, strong = c.choice(_MINE)
    noun = c.choice((*lexicon.THINGS, *lexicon.VEHICLES))
    if c.chance(0.5):
        return slot(f"{c.choice(('this', 'that'))} {described(c, noun, 'singular')} is _", strong, weak)
    return slot(f"{c.choice(('these', 'those'))} {described(c, noun, 'plural')} are _", strong, weak)


@_held_out("possessives")
def _of_mine(c: SeededRandom) -> Pair:
    """A friend of mine sang. / *A friend of my sang."""
    weak, strong = c.choice(_MINE)
    noun, rest = c.choice(("friend", "colleague", "student", "guest", "cousin")), doing(c).past
    good = f"a {noun} of {strong}"
    return slot(f"_ {rest}", good, c.choice((f"a {noun} of {weak}", f"a {weak} {noun}", f"a {strong} {noun}")))


@_held_out("possessives")
def _two_determiners(c: SeededRandom) -> Pair:
    """Mary's old car was stolen. / *Mary's the old car was stolen."""
    owner, noun = name(c), c.choice((*lexicon.MACHINES, *lexicon.CLOTHES, *lexicon.VEHICLES))
    thing = described(c, noun, "singular")
    wrong = c.choice((f"{owner}'s the {thing}", f"the {owner}'s {thing}", f"{thing} {owner}'s"))
    return slot(f"{person(c)} {c.choice(FINDING).past} _ {c.choice(lexicon.PAST_TIMES)}", f"{owner}'s {thing}", wrong)


@_held_out("possessives")
def _genitive(c: SeededRandom) -> Pair:
    """Mary met the king's daughter. / *Mary met the king's the daughter."""
    owner, kin = c.choice(lexicon.PEOPLE).singular, c.choice(lexicon.KIN).singular
    head = f"{person(c)} {c.choice(('thanked', 'met', 'visited', 'greeted', 'helped', 'admired'))} _"
    wrong = c.choice((f"the {kin} the {owner}'s", f"the {owner}'s the {kin}"))
    return slot(f"{head} {c.choice(lexicon.PAST_TIMES)}", f"the {owner}'s {kin}", wrong)


@_held_out("possessives")
def _own(c: SeededRandom) -> Pair:
    """Mary sold her own car. / *Mary sold own car."""
    subject, noun = gendered(c), c.choice((*lexicon.MACHINES, *lexicon.VEHICLES)).singular
    verb = c.choice(("sold", "lost", "found", "repaired", "forgot"))
    head = f"{subject} {verb} _ own {noun} {c.choice(lexicon.PAST_TIMES)}"
    return slot(head, subject.pronouns[2], c.choice(("", "the", "an", "this")))
