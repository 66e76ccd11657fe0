"""Determiners: which nouns they go with, and what quantifiers they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from examples.sample_grammar import lexicon
from examples.sample_grammar.actions import FINDING
from examples.sample_grammar.grammar import Pair, phenomenon, slot
from examples.sample_grammar.phrases import any_number, deed, described, doing, pastime, person
from examples.sample_grammar.words import other, verbs

if TYPE_CHECKING:
    from colacli.data.chooser import Chooser
    from examples.sample_grammar.words import Noun

_DEMONSTRATIVES = (("this", "these"), ("that", "those"))
_FOR_ONE = ("every", "each", "another", "one")
_FOR_MANY = ("two", "several", "many", "both", "a few")


def _thing(c: Chooser) -> Noun:
    return c.pick((*lexicon.PORTABLE, *lexicon.MACHINES))


def _somebody(c: Chooser) -> Noun:
    return c.pick(lexicon.PEOPLE if c.chance(0.7) else tuple(n for n in lexicon.IRREGULAR if n.kind == "person"))


@phenomenon("determiner-noun agreement")
def _demonstrative(c: Chooser) -> Pair:
    """John bought those red lamps. / *John bought that red lamps."""
    number, pair = any_number(c), c.pick(_DEMONSTRATIVES)
    right, wrong = pair if number == "singular" else pair[::-1]
    what = described(c, _thing(c), number)
    return slot(f"{person(c)} {c.pick(FINDING).past} _ {what} {c.pick(lexicon.PAST_TIMES)}", right, wrong)


@phenomenon("determiner-noun agreement")
def _noun_after_demonstrative(c: Chooser) -> Pair:
    """These children may sing. / *These child may sing."""
    number = any_number(c)
    word, noun = c.pick(_DEMONSTRATIVES)[number == "plural"], _somebody(c)
    rest = f"{c.pick(('can', 'will', 'may', 'must'))} {doing(c).base}"
    return slot(f"{word} _ {rest}", noun.form(number), noun.form(other(number)))


@phenomenon("determiner-noun agreement")
def _counted_subject(c: Chooser) -> Pair:
    """Several women sang. / *Several woman sang."""
    number = any_number(c)
    word, noun = c.pick(_FOR_ONE if number == "singular" else _FOR_MANY), _somebody(c)
    return slot(f"{word} _ {doing(c).past}", noun.form(number), noun.form(other(number)))


@phenomenon("determiner-noun agreement")
def _counted_object(c: Chooser) -> Pair:
    """The judge carried three boxes. / *The judge carried three box."""
    number = any_number(c)
    word = c.pick(("every", "another", "one") if number == "singular" else _FOR_MANY)
    noun = _thing(c) if c.chance(0.7) else c.pick(tuple(n for n in lexicon.IRREGULAR if n.kind == "animal"))
    head = f"{person(c)} {c.pick(verbs('find/found buy/bought draw/drew describe')).past} {word}"
    return slot(f"{head} _ {c.pick(lexicon.PAST_TIMES)}", noun.form(number), noun.form(other(number)))


_NEEDING = verbs("need want")


@phenomenon("determiner-noun agreement")
def _much_or_many(c: Chooser) -> Pair:
    """The clerk did not need much advice. / *The clerk did not need many advice."""
    head = f"{person(c)} did not {c.pick(_NEEDING).base} _"
    if c.chance(0.5):
        return slot(f"{head} {c.pick(lexicon.MASS)}", "much", "many")
    return slot(f"{head} {_thing(c).plural}", "many", "much")


@phenomenon("determiner-noun agreement")
def _uncountable(c: Chooser) -> Pair:
    """My aunt wanted some furniture. / *My aunt wanted two furniture."""
    head = f"{person(c)} {c.pick(_NEEDING).past} _ {c.pick(lexicon.MASS)}"
    return slot(head, c.pick(("some", "more", "a lot of")), c.pick(("two", "several", "many", "three")))


@phenomenon("quantifiers")
def _partitive(c: Chooser) -> Pair:
    """Several of the guests left. / *Several of guests left."""
    noun, word = c.pick(lexicon.PEOPLE), c.pick(("one", "two", "several", "many", "each", "both"))
    wrong = noun.plural if c.chance(0.5) else f"the {noun.singular}"
    return slot(f"{word} of _ {doing(c).past}", f"the {noun.plural}", wrong)


@phenomenon("quantifiers")
def _pronominal(c: Chooser) -> Pair:
    """Each of the guests left. / *Every of the guests left."""
    of_whom = c.pick(("the NOUN", "these NOUN", "those NOUN")).replace("NOUN", c.pick(lexicon.PEOPLE).plural)
    right, wrong = c.pick((("each", "every"), ("none", "no"), ("one", "a"), ("each", "every")))
    return slot(f"_ of {of_whom} {doing(c).past}", right, wrong)


@phenomenon("quantifiers")
def _almost(c: Chooser) -> Pair:
    """Almost all poets complained. / *Almost many poets complained."""
    rest = f"{c.pick(lexicon.PEOPLE).plural} {doing(c).past}"
    return slot(f"almost _ {rest}", c.pick(("all", "all the", "no")), c.pick(("many", "several", "some", "few")))


@phenomenon("quantifiers")
def _there(c: Chooser) -> Pair:
    """There were three guests in the park. / *There were most guests in the park."""
    noun, place = c.pick((*lexicon.PEOPLE, *lexicon.ANIMALS)), c.pick(lexicon.PLACES)
    if c.chance(0.4):
        return slot(
            f"there was _ {noun.singular} {place}", c.pick(("one", "only one", "no")), c.pick(("every", "each"))
        )
    weak, strong = ("many", "several", "three", "no", "some"), ("most", "both")
    return slot(f"there were _ {noun.plural} {place}", c.pick(weak), c.pick(strong))


@phenomenon("quantifiers")
def _floating(c: Chooser) -> Pair:
    """The guests have all left. / *The guest has all left."""
    noun, word, end = c.pick(lexicon.PEOPLE), *c.pick((("all", pastime(c)), ("all", deed(c)), ("each", deed(c))))
    if c.chance(0.5):
        return slot(f"the _ {word} {end.past}", noun.plural, noun.singular)
    return slot(f"the _ {word} {end.participle}", f"{noun.plural} have", f"{noun.singular} has")


@phenomenon("quantifiers")
def _a_few(c: Chooser) -> Pair:
    """Anna bought a few plates. / *Anna bought a several plates."""
    head = f"{person(c)} {c.pick(FINDING).past} a _ {described(c, _thing(c), 'plural')}"
    return slot(f"{head} {c.pick(lexicon.PAST_TIMES)}", c.pick(("few", "dozen", "hundred")), c.pick(_NOT_AFTER_A))


_NOT_AFTER_A = ("many", "several", "some", "two")
