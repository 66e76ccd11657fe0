"""Determiners: which nouns they go with, and what quantifiers they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from examples.sample_grammar import lexicon
from examples.sample_grammar.actions import FINDING
from examples.sample_grammar.grammar import Pair, phenomenon, slot
from examples.sample_grammar.phrases import any_number, deed, described, doing, pastime, person
from examples.sample_grammar.words import other, verbs

if TYPE_CHECKING:
    from colacli.data.seeded_random import SeededRandom
    from examples.sample_grammar.words import Noun

_DEMONSTRATIVES = (("this", "these"), ("that", "those"))
_FOR_ONE = ("every", "each", "another", "one")
_FOR_MANY = ("two", "several", "many", "both", "a few")


def _thing(c: SeededRandom) -> Noun:
    return c.choice((*lexicon.PORTABLE, *lexicon.MACHINES))


def _somebody(c: SeededRandom) -> Noun:
    return c.choice(lexicon.PEOPLE if c.chance(0.7) else tuple(n for n in lexicon.IRREGULAR if n.kind == "person"))


@phenomenon("determiner-noun agreement")
def _demonstrative(c: SeededRandom) -> Pair:
    """John bought those red lamps. / *John bought that red lamps."""
    number, pair = any_number(c), c.choice(_DEMONSTRATIVES)
    right, wrong = pair if number == "singular" else pair[::-1]
    what = described(c, _thing(c), number)
    return slot(f"{person(c)} {c.choice(FINDING).past} _ {what} {c.choice(lexicon.PAST_TIMES)}", right, wrong)


@phenomenon("determiner-noun agreement")
def _noun_after_demonstrative(c: SeededRandom) -> Pair:
    """These children may sing. / *These child may sing."""
    number = any_number(c)
    word, noun = c.choice(_DEMONSTRATIVES)[number == "plural"], _somebody(c)
    rest = f"{c.choice(('can', 'will', 'may', 'must'))} {doing(c).base}"
    return slot(f"{word} _ {rest}", noun.form(number), noun.form(other(number)))


@phenomenon("determiner-noun agreement")
def _counted_subject(c: SeededRandom) -> Pair:
    """Several women sang. / *Several woman sang."""
    number = any_number(c)
    word, noun = c.choice(_FOR_ONE if number == "singular" else _FOR_MANY), _somebody(c)
    return slot(f"{word} _ {doing(c).past}", noun.form(number), noun.form(other(number)))


@phenomenon("determiner-noun agreement")
def _counted_object(c: SeededRandom) -> Pair:
    """The judge carried three boxes. / *The judge carried three box."""
    number = any_number(c)
    word = c.choice(("every", "another", "one") if number == "singular" else _FOR_MANY)
    noun = _thing(c) if c.chance(0.7) else c.choice(tuple(n for n in lexicon.IRREGULAR if n.kind == "animal"))
    head = f"{person(c)} {c.choice(verbs('find/found buy/bought draw/drew describe')).past} {word}"
    return slot(f"{head} _ {c.choice(lexicon.PAST_TIMES)}", noun.form(number), noun.form(other(number)))


_NEEDING = verbs("need want")


@phenomenon("determiner-noun agreement")
def _much_or_many(c: SeededRandom) -> Pair:
    """The clerk did not need much advice. / *The clerk did not need many advice."""
    head = f"{person(c)} did not {c.choice(_NEEDING).base} _"
    if c.chance(0.5):
        return slot(f"{head} {c.choice(lexicon.MASS)}", "much", "many")
    return slot(f"{head} {_thing(c).plural}", "many", "much")


@phenomenon("determiner-noun agreement")
def _uncountable(c: SeededRandom) -> Pair:
    """My aunt wanted some furniture. / *My aunt wanted two furniture."""
    head = f"{person(c)} {c.choice(_NEEDING).past} _ {c.choice(lexicon.MASS)}"
    return slot(head, c.choice(("some", "more", "a lot of")), c.choice(("two", "several", "many", "three")))


@phenomenon("quantifiers")
def _partitive(c: SeededRandom) -> Pair:
    """Several of the guests left. / *Several of guests left."""
    noun, word = c.choice(lexicon.PEOPLE), c.choice(("one", "two", "several", "many", "each", "both"))
    wrong = noun.plural if c.chance(0.5) else f"the {noun.singular}"
    return slot(f"{word} of _ {doing(c).past}", f"the {noun.plural}", wrong)


@phenomenon("quantifiers")
def _pronominal(c: SeededRandom) -> Pair:
    """Each of the guests left. / *Every of the guests left."""
    of_whom = c.choice(("the NOUN", "these NOUN", "those NOUN")).replace("NOUN", c.choice(lexicon.PEOPLE).plural)
    right, wrong = c.choice((("each", "every"), ("none", "no"), ("one", "a"), ("each", "every")))
    return slot(f"_ of {of_whom} {doing(c).past}", right, wrong)


@phenomenon("quantifiers")
def _almost(c: SeededRandom) -> Pair:
    """Almost all poets complained. / *Almost many poets complained."""
    rest = f"{c.choice(lexicon.PEOPLE).plural} {doing(c).past}"
    return slot(f"almost _ {rest}", c.choice(("all", "all the", "no")), c.choice(("many", "several", "some", "few")))


@phenomenon("quantifiers")
def _there(c: SeededRandom) -> Pair:
    """There were three guests in the park. / *There were most guests in the park."""
    noun, place = c.choice((*lexicon.PEOPLE, *lexicon.ANIMALS)), c.choice(lexicon.PLACES)
    if c.chance(0.4):
        return slot(
            f"there was _ {noun.singular} {place}", c.choice(("one", "only one", "no")), c.choice(("every", "each"))
        )
    weak, strong = ("many", "several", "three", "no", "some"), ("most", "both")
    return slot(f"there were _ {noun.plural} {place}", c.choice(weak), c.choice(strong))


@phenomenon("quantifiers")
def _floating(c: SeededRandom) -> Pair:
    """The guests have all left. / *The guest has all left."""
    noun, word, end = c.choice(lexicon.PEOPLE), *c.choice((("all", pastime(c)), ("all", deed(c)), ("each", deed(c))))
    if c.chance(0.5):
        return slot(f"the _ {word} {end.past}", noun.plural, noun.singular)
    return slot(f"the _ {word} {end.participle}", f"{noun.plural} have", f"{noun.singular} has")


@phenomenon("quantifiers")
def _a_few(c: SeededRandom) -> Pair:
    """Anna bought a few plates. / *Anna bought a several plates."""
    head = f"{person(c)} {c.choice(FINDING).past} a _ {described(c, _thing(c), 'plural')}"
    return slot(f"{head} {c.choice(lexicon.PAST_TIMES)}", c.choice(("few", "dozen", "hundred")), c.choice(_NOT_AFTER_A))


_NOT_AFTER_A = ("many", "several", "some", "two")
