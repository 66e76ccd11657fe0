"""The order of words in noun phrases and around the verb."""

from __future__ import annotations

from typing import TYPE_CHECKING

from examples.sample_grammar import lexicon
from examples.sample_grammar.actions import DEEDS, HANDIWORK, PLAIN
from examples.sample_grammar.grammar import Pair, phenomenon, slot
from examples.sample_grammar.phrases import activity, any_number, deed, doing, done_to, habit, name, person
from examples.sample_grammar.words import with_article

if TYPE_CHECKING:
    from colacli.data.seeded_random import SeededRandom

_NUMERALS = ("two", "three", "four", "five")


@phenomenon("noun phrase order")
def _adjective(c: SeededRandom) -> Pair:
    """The old doctor sang. / *The doctor old sang."""
    noun, number = c.choice(lexicon.PEOPLE), any_number(c)
    quality, form = c.choice(lexicon.ADJECTIVES["person"]), noun.form(number)
    return slot(f"_ {doing(c).past}", f"the {quality} {form}", f"the {form} {quality}")


@phenomenon("noun phrase order")
def _adjective_of_object(c: SeededRandom) -> Pair:
    """Anna washed the red coat. / *Anna washed red the coat."""
    action = c.choice(PLAIN)
    noun, number = c.choice(action.objects), any_number(c)
    quality, form = c.choice(lexicon.ADJECTIVES[noun.kind]), noun.form(number)
    head = f"{person(c)} {action.verb.past} _ {c.choice(lexicon.PAST_TIMES)}"
    return slot(head, f"the {quality} {form}", f"{quality} the {form}")


@phenomenon("noun phrase order")
def _numeral(c: SeededRandom) -> Pair:
    """Paul found three old boxes. / *Paul found old three boxes."""
    noun, many = c.choice(lexicon.THINGS), c.choice(_NUMERALS)
    quality = c.choice(lexicon.ADJECTIVES[noun.kind])
    head = (
        f"{person(c)} {c.choice(('found', 'bought', 'sold', 'stole'))} _ {noun.plural} {c.choice(lexicon.PAST_TIMES)}"
    )
    return slot(head, f"{many} {quality}", f"{quality} {many}")


@phenomenon("noun phrase order")
def _predeterminer(c: SeededRandom) -> Pair:
    """All the guests sang. / *The all guests sang."""
    owner, people = c.choice(("the", "these", "those")), c.choice(lexicon.PEOPLE).plural
    if c.chance(0.5):
        owner, people = (
            c.choice(("my", "our", "your", "her")),
            c.choice(("friends", "guests", "students", "sisters", "uncles")),
        )
    word = c.choice(("all", "both"))
    wrong = c.choice((f"{owner} {word} {people}", f"{word} {people} {owner}"))
    return slot(f"_ {doing(c).past}", f"{word} {owner} {people}", wrong)


@phenomenon("noun phrase order")
def _two_determiners(c: SeededRandom) -> Pair:
    """My uncle sold the horse. / *The my uncle sold the horse."""
    owner, noun, extra = c.choice(("my", "our", "his", "her", "their")), c.choice(lexicon.KIN), c.choice(("the", "a"))
    wrong = c.choice((f"{extra} {owner} {noun.singular}", f"{owner} {extra} {noun.singular}"))
    return slot(f"_ {deed(c).past}", f"{owner} {noun.singular}", wrong)


@phenomenon("noun phrase order")
def _bare(c: SeededRandom) -> Pair:
    """The judge found a box. / *The judge found box."""
    noun = c.choice((*lexicon.THINGS, *lexicon.VEHICLES, *lexicon.PEOPLE)).singular
    right = c.choice((f"the {noun}", with_article(noun), f"that {noun}"))
    found = c.choice(("found", "saw", "described", "mentioned", "noticed"))
    return slot(f"{person(c)} {found} _ {c.choice((*lexicon.PAST_TIMES, *lexicon.PLACES))}", right, noun)


@phenomenon("verb phrase order")
def _manner(c: SeededRandom) -> Pair:
    """Thomas carefully opened the box. / *Thomas opened carefully the box."""
    done, how = done_to(c, HANDIWORK, chance=0), c.choice(lexicon.MANNER)
    verb, rest = done.verb.past, done.rest
    good = c.choice((f"{how} {verb} {rest}", f"{verb} {rest} {how}"))
    return slot(f"{person(c)} _", good, f"{verb} {how} {rest}")


@phenomenon("verb phrase order")
def _frequency(c: SeededRandom) -> Pair:
    """Thomas often visits the mayors. / *Thomas visits often the mayors."""
    done, often = habit(c), c.choice(lexicon.FREQUENCY)
    subject = person(c)
    present = done.present(subject.number)
    verb, _, rest = present.partition(" ")
    return slot(f"{subject} _", f"{often} {present}", f"{verb} {often} {rest}")


@phenomenon("verb phrase order")
def _place_inside(c: SeededRandom) -> Pair:
    """Thomas opened the box yesterday. / *Thomas opened yesterday the box."""
    # A long object may stand last; these are short.
    done, when = done_to(c, DEEDS, chance=0), c.choice((*lexicon.PAST_TIMES, *lexicon.PLACES))
    return slot(f"{person(c)} {done.verb.past} _", f"{done.rest} {when}", f"{when} {done.rest}")


@phenomenon("verb phrase order")
def _object_before_verb(c: SeededRandom) -> Pair:
    """Clara fed the goats yesterday. / *Clara the goats fed yesterday."""
    subject, done = name(c), activity(c)
    if c.chance(0.5):
        return slot(f"{subject} _ {c.choice(lexicon.PAST_TIMES)}", done.past, f"{done.rest} {done.verb.past}")
    return slot(f"{subject} will _ tomorrow", done.base, f"{done.rest} {done.verb.base}")


@phenomenon("verb phrase order")
def _very(c: SeededRandom) -> Pair:
    """The guests opened the box very quietly. / *The guests opened the box quietly very."""
    done, how, much = done_to(c, HANDIWORK), c.choice(lexicon.MANNER), c.choice(("very", "quite", "rather"))
    return slot(f"{person(c)} {done.past} _", f"{much} {how}", f"{how} {much}")
