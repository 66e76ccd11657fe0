"""Particles and possessives: where small words stand. Training never shows them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from examples.sample_grammar import lexicon
from examples.sample_grammar.actions import FINDING
from examples.sample_grammar.grammar import Pair, phenomenon, slot
from examples.sample_grammar.phrases import described, doing, gendered, name, person, the

if TYPE_CHECKING:
    from colacli.data.chooser import Chooser

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
def _pronoun(c: Chooser) -> Pair:
    """Susan picked it up. / *Susan picked up it."""
    past, particle, _ = c.pick(_PARTICLES)
    pronoun = c.pick(("it", "them"))
    head = f"{person(c)} {past} _ {c.pick(('', *lexicon.PAST_TIMES))}"
    return slot(head, f"{pronoun} {particle}", f"{particle} {pronoun}")


@_held_out("particles")
def _before_verb(c: Chooser) -> Pair:
    """Susan picked up the key. / *Susan up picked the key."""
    past, particle, among = c.pick(_PARTICLES)
    thing = the(c, among)
    good = c.pick((f"{past} {particle} {thing}", f"{past} {thing} {particle}"))
    return slot(f"{person(c)} _ {c.pick(('', *lexicon.PAST_TIMES))}", good, f"{particle} {past} {thing}")


_PREPOSITIONAL = (
    ("relied", "on"), ("waited", "for"), ("looked", "at"), ("listened", "to"), ("laughed", "at"), ("talked", "about"),
    ("stared", "at"),
)  # fmt: skip


@_held_out("particles")
def _preposition(c: Chooser) -> Pair:
    """Susan relied on the king. / *Susan relied the king on."""
    (past, preposition), whom = c.pick(_PREPOSITIONAL), person(c)
    head = f"{person(c)} {past} _ {c.pick(('', *lexicon.PAST_TIMES))}"
    return slot(head, f"{preposition} {whom}", f"{whom} {preposition}")


_MINE = (("my", "mine"), ("your", "yours"), ("our", "ours"), ("their", "theirs"))


@_held_out("possessives")
def _alone(c: Chooser) -> Pair:
    """This key is mine. / *This key is my."""
    weak, strong = c.pick(_MINE)
    noun = c.pick((*lexicon.THINGS, *lexicon.VEHICLES))
    if c.chance(0.5):
        return slot(f"{c.pick(('this', 'that'))} {described(c, noun, 'singular')} is _", strong, weak)
    return slot(f"{c.pick(('these', 'those'))} {described(c, noun, 'plural')} are _", strong, weak)


@_held_out("possessives")
def _of_mine(c: Chooser) -> Pair:
    """A friend of mine sang. / *A friend of my sang."""
    weak, strong = c.pick(_MINE)
    noun, rest = c.pick(("friend", "colleague", "student", "guest", "cousin")), doing(c).past
    good = f"a {noun} of {strong}"
    return slot(f"_ {rest}", good, c.pick((f"a {noun} of {weak}", f"a {weak} {noun}", f"a {strong} {noun}")))


@_held_out("possessives")
def _two_determiners(c: Chooser) -> Pair:
    """Mary's old car was stolen. / *Mary's the old car was stolen."""
    owner, noun = name(c), c.pick((*lexicon.MACHINES, *lexicon.CLOTHES, *lexicon.VEHICLES))
    thing = described(c, noun, "singular")
    wrong = c.pick((f"{owner}'s the {thing}", f"the {owner}'s {thing}", f"{thing} {owner}'s"))
    return slot(f"{person(c)} {c.pick(FINDING).past} _ {c.pick(lexicon.PAST_TIMES)}", f"{owner}'s {thing}", wrong)


@_held_out("possessives")
def _genitive(c: Chooser) -> Pair:
    """Mary met the king's daughter. / *Mary met the king's the daughter."""
    owner, kin = c.pick(lexicon.PEOPLE).singular, c.pick(lexicon.KIN).singular
    head = f"{person(c)} {c.pick(('thanked', 'met', 'visited', 'greeted', 'helped', 'admired'))} _"
    wrong = c.pick((f"the {kin} the {owner}'s", f"the {owner}'s the {kin}"))
    return slot(f"{head} {c.pick(lexicon.PAST_TIMES)}", f"the {owner}'s {kin}", wrong)


@_held_out("possessives")
def _own(c: Chooser) -> Pair:
    """Mary sold her own car. / *Mary sold own car."""
    subject, noun = gendered(c), c.pick((*lexicon.MACHINES, *lexicon.VEHICLES)).singular
    head = (
        f"{subject} {c.pick(('sold', 'lost', 'found', 'repaired', 'forgot'))} _ own {noun} {c.pick(lexicon.PAST_TIMES)}"
    )
    return slot(head, subject.pronouns[2], c.pick(("", "the", "an", "this")))
