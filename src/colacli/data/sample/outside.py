"""Phenomena that training never shows: what a model knows of them it knows from elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from colacli.data.sample import lexicon
from colacli.data.sample.grammar import Pair, phenomenon
from colacli.data.sample.phrases import activity, be, definite, do, event, name, other, person
from colacli.data.sample.words import verbs

if TYPE_CHECKING:
    from colacli.data.sample.chooser import Chooser

_FOUND = verbs("find/found buy/bought borrow sell/sold paint repair clean steal/stole/stolen")


@phenomenon("islands", in_training=False, framed=False)
def _adjunct(c: Chooser) -> Pair:
    """What did Ruth buy before Paul left? / *What did Ruth leave before Paul bought?"""
    one, two = person(c), name(c)
    verb, leave = c.pick(_FOUND), c.pick(verbs("smile sneeze laugh arrive fall/fell/fallen complain"))
    when, what = c.pick(["before", "after", "because", "while"]), c.pick(["what", "which lamp", "which coat"])
    good = f"{what} did {one.text} {verb.base} {when} {two.text} {leave.past}?"
    return Pair(good, f"{what} did {one.text} {leave.base} {when} {two.text} {verb.past}?")


@phenomenon("islands", in_training=False, framed=False)
def _coordinate(c: Chooser) -> Pair:
    """What did Ruth buy? / *What did Ruth buy the lamp and?"""
    subject, verb, thing = person(c), c.pick(_FOUND), definite(c, lexicon.THINGS)
    head = f"{c.pick(['what', 'which ring', 'which vase'])} did {subject.text} {verb.base}"
    when = c.pick([" yesterday", " last week", " in the morning"])
    return Pair(f"{head}{when}?", f"{head} {thing.text} and{when}?")


@phenomenon("islands", in_training=False, framed=False)
def _relative(c: Chooser) -> Pair:
    """What did Ruth say that the man sold? / *What did Ruth see the man that sold?"""
    subject, other_one, verb = name(c), definite(c, lexicon.PEOPLE), c.pick(_FOUND)
    what = c.pick(["what", "which mirror", "which clock"])
    good = f"{what} did {subject.text} {c.pick(['say', 'think', 'believe'])} that {other_one.text} {verb.past}?"
    bad = f"{what} did {subject.text} {c.pick(['meet', 'see', 'visit'])} {other_one.text} that {verb.past}?"
    return Pair(good, bad)


@phenomenon("tag questions", in_training=False, framed=False)
def _tag(c: Chooser) -> Pair:
    """The nurse is tired, isn't she? / *The nurse is tired, doesn't she?"""
    subject = definite(c, lexicon.GENDERED)
    verb, feeling = be(subject.number), c.pick(lexicon.FEELINGS)
    head, pronoun = f"{subject.text} {verb} {feeling}", subject.pronoun
    auxiliary = c.pick([do(subject.number), be(other(subject.number))])
    wrong = c.pick([f"{auxiliary}n't {pronoun}", f"{pronoun} {verb}n't"])
    return Pair(f"{head}, {verb}n't {pronoun}?", f"{head}, {wrong}?")


@phenomenon("tag questions", in_training=False, framed=False)
def _tag_verb(c: Chooser) -> Pair:
    """Mary fed the goat, didn't she? / *Mary fed the goat, wasn't she?"""
    subject, (verb, thing) = name(c), activity(c)
    other_pronoun = "he" if subject.pronoun == "she" else "she"
    wrong = c.pick([f"wasn't {subject.pronoun}", f"didn't {other_pronoun}", f"{subject.pronoun} didn't"])
    return Pair(f"{subject.text} {verb.past} {thing.text}, didn't {subject.pronoun}?",
                f"{subject.text} {verb.past} {thing.text}, {wrong}?")  # fmt: skip


_PARTICLES = [
    ("pick/picked", "up", lexicon.THINGS),
    ("throw/threw", "away", lexicon.THINGS),
    ("put/put", "down", lexicon.THINGS),
    ("write/wrote", "down", lexicon.TEXTS[3:4]),
    ("hand", "over", lexicon.TEXTS),
    ("bring/brought", "back", lexicon.PORTABLE),
    ("give/gave", "away", lexicon.PORTABLE),
]


@phenomenon("particles", in_training=False)
def _particle(c: Chooser) -> Pair:
    """Susan picked it up. / *Susan picked up it."""
    form, particle, nouns = c.pick(_PARTICLES)
    subject, past = person(c), verbs(form)[0].past
    when = c.pick(["", " yesterday", " last week", " at once", " again"])
    if c.chance(0.6):
        pronoun = c.pick(["it", "them"])
        head = f"{subject.text} {past}"
        return Pair(f"{head} {pronoun} {particle}{when}", f"{head} {particle} {pronoun}{when}")
    thing = definite(c, nouns).text
    right = c.pick([f"{past} {particle} {thing}", f"{past} {thing} {particle}"])
    return Pair(f"{subject.text} {right}{when}", f"{subject.text} {particle} {past} {thing}{when}")


@phenomenon("coordination", in_training=False)
def _unlike(c: Chooser) -> Pair:
    """Peter bought a lamp and a chair. / *Peter bought a lamp and quickly."""
    subject, verb, (one, two) = person(c), c.pick(lexicon.ON_THINGS), c.two(lexicon.THINGS)
    first, second = f"the {one.singular}", f"the {two.singular}"
    wrong = c.pick([f"and {c.pick(lexicon.MANNER)}", f"and {c.pick(lexicon.COLORS)}", f"{second} and"])
    head = f"{subject.text} {verb.past} {first}"
    return Pair(f"{head} and {second}", f"{head} {wrong}")


@phenomenon("coordination", in_training=False)
def _both(c: Chooser) -> Pair:
    """Both Ruth and Paul slept. / *Both Ruth or Paul slept."""
    (one, two), verb = c.two(lexicon.NAMES), c.pick(lexicon.INTRANSITIVE)
    pair, link, wrong = c.pick([("both", "and", "or"), ("either", "or", "and"), ("neither", "nor", "and")])
    return Pair(f"{pair} {one} {link} {two} {verb.past}", f"{pair} {one} {wrong} {two} {verb.past}")


@phenomenon("possessives", in_training=False)
def _possessive(c: Chooser) -> Pair:
    """The sailor's dog barked. / *The sailor dog's barked."""
    owner, thing, verb = c.pick(lexicon.NEUTRAL).singular, c.pick(lexicon.ANIMALS).singular, c.pick(_ANIMAL_VERBS)
    tail = f"{verb.past} {c.pick(['yesterday', 'again', 'in the garden', 'last night'])}"
    wrong = c.pick([f"the {owner} {thing}'s", f"the {owner}'s the {thing}", f"the {thing} the {owner}'s"])
    return Pair(f"the {owner}'s {thing} {tail}", f"{wrong} {tail}")


_ANIMAL_VERBS = verbs("sleep/slept disappear arrive sneeze yawn escape")


@phenomenon("possessives", in_training=False)
def _pronoun(c: Chooser) -> Pair:
    """This car is mine. / *This car is my."""
    right, wrong = c.pick([("mine", "my"), ("hers", "her"), ("ours", "our"), ("theirs", "their"), ("yours", "your")])
    noun = c.pick([*lexicon.THINGS, *lexicon.VEHICLES, *lexicon.TEXTS]).singular
    if c.chance(0.5):
        this = c.pick(["this", "that"])
        return Pair(f"{this} {noun} is {right}", f"{this} {noun} is {wrong}")
    head = f"{person(c).text} {c.pick(verbs('find/found clean repair borrow')).past}"
    return Pair(f"{head} {wrong} {noun}", f"{head} {right} {noun}")


@phenomenon("imperatives", in_training=False, framed=False)
def _imperative(c: Chooser) -> Pair:
    """Don't feed the tiger. / *Don't feeding the tiger."""
    verb, thing = activity(c)
    if c.chance(0.5):
        wrong = c.pick([verb.gerund, verb.third, f"to {verb.base}"])
        return Pair(f"don't {verb.base} {thing.text}", f"don't {wrong} {thing.text}")
    polite = c.pick(["please", "kindly"])
    return Pair(f"{polite} {verb.base} {thing.text}", f"{polite} {verb.third} {thing.text}")


@phenomenon("complementizer and trace", in_training=False, framed=False)
def _that_trace(c: Chooser) -> Pair:
    """Who do you think sold the car? / *Who do you think that sold the car?"""
    (verb, thing), think = event(c), c.pick(["think", "believe", "say", "suppose"])
    which = f"which {c.pick(lexicon.NEUTRAL).singular}"
    head = c.pick([f"who do you {think}", f"who did {name(c).text} {think}", f"{which} do they {think}"])
    return Pair(f"{head} {verb.past} {thing.text}?", f"{head} that {verb.past} {thing.text}?")


@phenomenon("conditionals", in_training=False)
def _conditional(c: Chooser) -> Pair:
    """If Paul had asked, Ruth would have helped him. / *If Paul had asked, Ruth would helped."""
    one, two = c.two(lexicon.NAMES)
    (verb, thing), ask = activity(c), c.pick(verbs("ask arrive complain wait agree"))
    head = f"if {one} had {ask.participle}, {two} would"
    wrong = c.pick([verb.gerund, f"had {verb.participle}", f"has {verb.participle}", f"to have {verb.participle}"])
    return Pair(f"{head} have {verb.participle} {thing.text}", f"{head} {wrong} {thing.text}")
