"""The order of words in noun phrases and around the verb."""

from __future__ import annotations

from typing import TYPE_CHECKING

from examples.sample_grammar import lexicon
from examples.sample_grammar.actions import DEEDS, HANDIWORK, PLAIN
from examples.sample_grammar.grammar import Pair, phenomenon, slot
from examples.sample_grammar.phrases import activity, any_number, deed, doing, done_to, habit, name, person
from examples.sample_grammar.words import with_article

if TYPE_CHECKING:
    from colacli.data.chooser import Chooser

_NUMERALS = ("two", "three", "four", "five")


@phenomenon("noun phrase order")
def _adjective(c: Chooser) -> Pair:
    """The old doctor sang. / *The doctor old sang."""
    noun, number = c.pick(lexicon.PEOPLE), any_number(c)
    quality, form = c.pick(lexicon.ADJECTIVES["person"]), noun.form(number)
    return slot(f"_ {doing(c).past}", f"the {quality} {form}", f"the {form} {quality}")


@phenomenon("noun phrase order")
def _adjective_of_object(c: Chooser) -> Pair:
    """Anna washed the red coat. / *Anna washed red the coat."""
    action = c.pick(PLAIN)
    noun, number = c.pick(action.objects), any_number(c)
    quality, form = c.pick(lexicon.ADJECTIVES[noun.kind]), noun.form(number)
    head = f"{person(c)} {action.verb.past} _ {c.pick(lexicon.PAST_TIMES)}"
    return slot(head, f"the {quality} {form}", f"{quality} the {form}")


@phenomenon("noun phrase order")
def _numeral(c: Chooser) -> Pair:
    """Paul found three old boxes. / *Paul found old three boxes."""
    noun, many = c.pick(lexicon.THINGS), c.pick(_NUMERALS)
    quality = c.pick(lexicon.ADJECTIVES[noun.kind])
    head = f"{person(c)} {c.pick(('found', 'bought', 'sold', 'stole'))} _ {noun.plural} {c.pick(lexicon.PAST_TIMES)}"
    return slot(head, f"{many} {quality}", f"{quality} {many}")


@phenomenon("noun phrase order")
def _predeterminer(c: Chooser) -> Pair:
    """All the guests sang. / *The all guests sang."""
    owner, people = c.pick(("the", "these", "those")), c.pick(lexicon.PEOPLE).plural
    if c.chance(0.5):
        owner, people = (
            c.pick(("my", "our", "your", "her")),
            c.pick(("friends", "guests", "students", "sisters", "uncles")),
        )
    word = c.pick(("all", "both"))
    wrong = c.pick((f"{owner} {word} {people}", f"{word} {people} {owner}"))
    return slot(f"_ {doing(c).past}", f"{word} {owner} {people}", wrong)


@phenomenon("noun phrase order")
def _two_determiners(c: Chooser) -> Pair:
    """My uncle sold the horse. / *The my uncle sold the horse."""
    owner, noun, extra = c.pick(("my", "our", "his", "her", "their")), c.pick(lexicon.KIN), c.pick(("the", "a"))
    wrong = c.pick((f"{extra} {owner} {noun.singular}", f"{owner} {extra} {noun.singular}"))
    return slot(f"_ {deed(c).past}", f"{owner} {noun.singular}", wrong)


@phenomenon("noun phrase order")
def _bare(c: Chooser) -> Pair:
    """The judge found a box. / *The judge found box."""
    noun = c.pick((*lexicon.THINGS, *lexicon.VEHICLES, *lexicon.PEOPLE)).singular
    right = c.pick((f"the {noun}", with_article(noun), f"that {noun}"))
    found = c.pick(("found", "saw", "described", "mentioned", "noticed"))
    return slot(f"{person(c)} {found} _ {c.pick((*lexicon.PAST_TIMES, *lexicon.PLACES))}", right, noun)


@phenomenon("verb phrase order")
def _manner(c: Chooser) -> Pair:
    """Thomas carefully opened the box. / *Thomas opened carefully the box."""
    done, how = done_to(c, HANDIWORK, chance=0), c.pick(lexicon.MANNER)
    verb, rest = done.verb.past, done.rest
    good = c.pick((f"{how} {verb} {rest}", f"{verb} {rest} {how}"))
    return slot(f"{person(c)} _", good, f"{verb} {how} {rest}")


@phenomenon("verb phrase order")
def _frequency(c: Chooser) -> Pair:
    """Thomas often visits the mayors. / *Thomas visits often the mayors."""
    done, often = habit(c), c.pick(lexicon.FREQUENCY)
    subject = person(c)
    present = done.present(subject.number)
    verb, _, rest = present.partition(" ")
    return slot(f"{subject} _", f"{often} {present}", f"{verb} {often} {rest}")


@phenomenon("verb phrase order")
def _place_inside(c: Chooser) -> Pair:
    """Thomas opened the box yesterday. / *Thomas opened yesterday the box."""
    # A long object may stand last; these are short.
    done, when = done_to(c, DEEDS, chance=0), c.pick((*lexicon.PAST_TIMES, *lexicon.PLACES))
    return slot(f"{person(c)} {done.verb.past} _", f"{done.rest} {when}", f"{when} {done.rest}")


@phenomenon("verb phrase order")
def _object_before_verb(c: Chooser) -> Pair:
    """Clara fed the goats yesterday. / *Clara the goats fed yesterday."""
    subject, done = name(c), activity(c)
    if c.chance(0.5):
        return slot(f"{subject} _ {c.pick(lexicon.PAST_TIMES)}", done.past, f"{done.rest} {done.verb.past}")
    return slot(f"{subject} will _ tomorrow", done.base, f"{done.rest} {done.verb.base}")


@phenomenon("verb phrase order")
def _very(c: Chooser) -> Pair:
    """The guests opened the box very quietly. / *The guests opened the box quietly very."""
    done, how, much = done_to(c, HANDIWORK), c.pick(lexicon.MANNER), c.pick(("very", "quite", "rather"))
    return slot(f"{person(c)} {done.past} _", f"{much} {how}", f"{how} {much}")
