"""Quantifiers, negative polarity, comparison."""

from __future__ import annotations

from typing import TYPE_CHECKING

from colacli.data.sample import lexicon
from colacli.data.sample.grammar import Pair, phenomenon
from colacli.data.sample.phrases import activity, deed, definite, event, person
from colacli.data.sample.words import listed

if TYPE_CHECKING:
    from colacli.data.sample.chooser import Chooser


@phenomenon("negative polarity")
def _ever(c: Chooser) -> Pair:
    """No guest has ever fed the lions. / *Some guest has ever fed the lions."""
    noun, (verb, thing) = c.pick(lexicon.NEUTRAL).singular, event(c)
    tail = f"{noun} has ever {verb.participle} {thing.text}"
    return Pair(f"no {tail}", f"{c.pick(['some', 'this', 'that', 'the', 'one'])} {tail}")


@phenomenon("negative polarity")
def _any(c: Chooser) -> Pair:
    """Paul did not buy any plates. / *Paul bought any plates."""
    verbs, nouns = c.pick(lexicon.OBJECTS[1:5])
    subject, verb, noun = person(c), c.pick(verbs), c.pick(nouns).plural
    return Pair(f"{subject.text} did not {verb.base} any {noun}", f"{subject.text} {verb.past} any {noun}")


@phenomenon("negative polarity")
def _scope(c: Chooser) -> Pair:
    """Nobody that met the actors has ever smiled. / *The man that nobody met has ever smiled."""
    verb, (deed_, thing) = c.pick(lexicon.ON_PEOPLE), event(c)
    who, tail = definite(c, lexicon.NEUTRAL, "singular"), f"has ever {deed_.participle} {thing.text}"
    return Pair(f"nobody that {verb.past} {who.text} {tail}", f"{who.text} that nobody {verb.past} {tail}")


@phenomenon("negative polarity")
def _yet(c: Chooser) -> Pair:
    """The clerk has not printed the letter yet. / *The clerk has printed the letter yet."""
    subject, (verb, thing) = definite(c, lexicon.PEOPLE, "singular"), activity(c)
    tail = f"{verb.participle} {thing.text}"
    return Pair(f"{subject.text} has not {tail} yet", f"{subject.text} has {tail} yet")


_MASS = listed("water milk rice sand furniture luggage information advice money coffee music")


@phenomenon("quantifiers")
def _much_many(c: Chooser) -> Pair:
    """There is too much furniture here. / *There is too many furniture here."""
    mass, degree = c.pick(_MASS), c.pick(["too", "so", "not"])
    place = c.pick(["here", f"in {definite(c, lexicon.PLACES[:10], 'singular').text}", "in this room", "there"])
    if c.chance(0.5):
        wrong = c.pick([f"{degree} many {mass}", f"several {mass}"])
        return Pair(f"there is {degree} much {mass} {place}", f"there is {wrong} {place}")
    nouns = c.pick([*lexicon.THINGS, *lexicon.NEUTRAL]).plural
    return Pair(f"there are {degree} many {nouns} {place}", f"there are {degree} much {nouns} {place}")


@phenomenon("quantifiers")
def _there_every(c: Chooser) -> Pair:
    """There was a lion in the park. / *There was every lion in the park."""
    noun = c.pick([*lexicon.NEUTRAL, *lexicon.ANIMALS, *lexicon.THINGS])
    place = f"{c.pick(['in', 'near', 'behind'])} {definite(c, lexicon.PLACES, 'singular').text}"
    right, wrong = c.pick([("one", "every"), ("one", "each"), ("no", "every"), ("no", "each")])
    return Pair(f"there was {right} {noun.singular} {place}", f"there was {wrong} {noun.singular} {place}")


@phenomenon("quantifiers")
def _of(c: Chooser) -> Pair:
    """Most of the guests left. / *Most the guests left."""
    quantity, noun = c.pick(["most", "some", "many", "two", "none", "each", "several"]), c.pick(lexicon.NEUTRAL).plural
    verb = c.pick(lexicon.INTRANSITIVE).past
    wrong = c.pick([f"{quantity} the {noun}", f"{quantity} of {noun}"])
    return Pair(f"{quantity} of the {noun} {verb}", f"{wrong} {verb}")


@phenomenon("quantifiers")
def _all(c: Chooser) -> Pair:
    """The sailors have all read the poem. / *The sailor has all read the poem."""
    noun, (verb, thing) = c.pick(lexicon.NEUTRAL), activity(c)
    right = f"the {noun.plural} have all {verb.participle} {thing.text}"
    return Pair(right, f"the {noun.singular} has all {verb.participle} {thing.text}")


def _more(adjective: str) -> str:
    if adjective.endswith("y"):
        return adjective[:-1] + "ier"
    if adjective in ("big", "sad"):
        return adjective + adjective[-1] + "er"
    return adjective + ("r" if adjective.endswith("e") else "er")


_SHORT = listed("tall young old rich brave happy lazy sad")
_LONG = listed("famous nervous careful beautiful important intelligent patient curious")


@phenomenon("comparison")
def _doubled(c: Chooser) -> Pair:
    """The king is taller than the queen. / *The king is more taller than the queen."""
    subject, rival = _two_people(c)
    if c.chance(0.6):
        quality = _more(c.pick(_SHORT))
        return Pair(f"{subject} is {quality} than {rival}", f"{subject} is more {quality} than {rival}")
    quality = c.pick(_LONG)
    wrong = c.pick([f"{quality} than", f"{quality}er than" if quality.endswith("ent") else f"most {quality} than"])
    return Pair(f"{subject} is more {quality} than {rival}", f"{subject} is {wrong} {rival}")


@phenomenon("comparison")
def _than_as(c: Chooser) -> Pair:
    """Nora is as tall as Ruth. / *Nora is as tall than Ruth."""
    subject, rival = _two_people(c)
    quality = c.pick([*_SHORT, *_LONG])
    if c.chance(0.5):
        return Pair(f"{subject} is as {quality} as {rival}", f"{subject} is as {quality} than {rival}")
    word = f"more {quality}" if quality in _LONG else _more(quality)
    return Pair(f"{subject} is {word} than {rival}", f"{subject} is {word} {c.pick(['as', 'that'])} {rival}")


def _two_people(c: Chooser) -> tuple[str, str]:
    one, two = (
        c.two(lexicon.NAMES) if c.chance(0.5) else tuple(f"the {noun.singular}" for noun in c.two(lexicon.NEUTRAL))
    )
    return one, two


@phenomenon("comparison")
def _too_enough(c: Chooser) -> Pair:
    """The boy is old enough to drive. / *The boy is enough old to drive."""
    subject, (verb, noun), quality = person(c, "singular"), deed(c), c.pick([*_SHORT, *_LONG])
    tail = f"to {verb.base} {definite(c, [noun]).text}"
    return Pair(f"{subject.text} is {quality} enough {tail}", f"{subject.text} is enough {quality} {tail}")


@phenomenon("comparison")
def _so_such(c: Chooser) -> Pair:
    """The boy was so tired that he fell. / *The boy was such tired that he fell."""
    subject, quality = definite(c, lexicon.GENDERED, "singular"), c.pick([*_SHORT, *_LONG])
    tail = f"that {subject.pronoun} {c.pick(lexicon.INTRANSITIVE).past}"
    return Pair(f"{subject.text} was so {quality} {tail}", f"{subject.text} was such {quality} {tail}")
