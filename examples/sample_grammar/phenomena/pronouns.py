"""Anaphors and pronouns: what they agree with, what binds them, and which case they have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from examples.sample_grammar import lexicon
from examples.sample_grammar.grammar import Pair, phenomenon, slot
from examples.sample_grammar.phrases import (
    NounPhrase,
    deed,
    described,
    doing,
    gendered,
    man,
    opposites,
    people,
    person,
    state,
    the,
    woman,
)
from examples.sample_grammar.words import verbs

if TYPE_CHECKING:
    from colacli.data.seeded_random import SeededRandom

_BY_ONESELF = (
    "blamed", "admired", "praised", "described", "defended", "introduced", "amused", "forgave", "looked at",
    "laughed at", "talked about", "wrote about", "was proud of", "bought a hat for", "took care of",
)  # fmt: skip
"""What one can do to oneself, in the past; the same for one and for many, but for `was`."""
_DEFENDING = verbs("defend blame introduce describe forgive/forgave/forgiven protect help")
_SAID = ("said", "thought", "believed", "knew", "claimed", "admitted", "says", "thinks", "believes")
_SINGULAR_REFLEXIVES = ("himself", "herself")


@phenomenon("anaphor agreement")
def _gender(c: SeededRandom) -> Pair:
    """Mary blamed herself. / *Mary blamed himself."""
    subject = gendered(c)
    wrong = "himself" if subject.gender == "feminine" else "herself"
    return slot(
        f"{subject} {c.choice(_BY_ONESELF)} _ {c.choice(('', '', 'again', 'last night'))}", subject.reflexive, wrong
    )


@phenomenon("anaphor agreement")
def _number(c: SeededRandom) -> Pair:
    """The girls defended themselves. / *The girls defended herself."""
    subject, wrong = people(c), c.choice(_SINGULAR_REFLEXIVES)
    done = c.choice([done for done in _BY_ONESELF if not done.startswith("was")])
    return slot(f"{subject} {done} _ {c.choice(('', '', 'again', 'last night'))}", "themselves", wrong)


_SPEAKERS = (
    ("I", "myself", ("yourself", "themselves", "herself")),
    ("we", "ourselves", ("themselves", "yourself", "himself")),
    ("you", "yourself", ("myself", "themselves", "herself")),
)


@phenomenon("anaphor agreement")
def _person(c: SeededRandom) -> Pair:
    """We blamed ourselves. / *We blamed themselves."""
    subject, right, wrong = c.choice(_SPEAKERS)
    verb = c.choice(_DEFENDING)
    doing = c.choice((verb.past, f"will {verb.base}", f"must {verb.base}", f"have {verb.participle}"))
    return slot(f"{subject} {doing} _ {c.choice(('', 'again'))}", right, c.choice(wrong))


@phenomenon("anaphor agreement")
def _reciprocal(c: SeededRandom) -> Pair:
    """The boys greeted each other. / *The boy greeted each other."""
    noun, verbs_ = c.choice(lexicon.PEOPLE), verbs("greet help thank admire insult follow blame visit")
    rest = f"{c.choice(verbs_).past} {c.choice(('each other', 'one another'))} {c.choice(lexicon.PAST_TIMES)}"
    return slot(f"the _ {rest}", noun.plural, noun.singular)


@phenomenon("anaphor agreement")
def _emphatic(c: SeededRandom) -> Pair:
    """The queen herself opened the box. / *The queen himself opened the box."""
    subject = gendered(c) if c.chance(0.7) else the(c, lexicon.GENDERED, "plural")
    wrong = "himself" if subject.gender == "feminine" else "herself"
    return slot(f"{subject} _ {deed(c).past}", subject.reflexive, wrong)


@phenomenon("binding")
def _local(c: SeededRandom) -> Pair:
    """Mary said that the king blamed himself. / *Mary said that the king blamed herself."""
    outer, inner = opposites(c)
    return slot(f"{outer} {c.choice(_SAID)} that {inner} {c.choice(_BY_ONESELF)} _", inner.reflexive, outer.reflexive)


@phenomenon("binding")
def _commanding(c: SeededRandom) -> Pair:
    """John's mother praised herself. / *John's mother praised himself."""
    owner, kin = (man(c), lexicon.KINSWOMEN) if c.chance(0.5) else (woman(c), lexicon.KINSMEN)
    relative = NounPhrase(f"{owner}'s {c.choice(kin).singular}", "singular", c.choice(kin).gender)
    return slot(f"{relative} {c.choice(_BY_ONESELF)} _", relative.reflexive, owner.reflexive)


@phenomenon("binding")
def _after_relative(c: SeededRandom) -> Pair:
    """The man who helped Mary blamed himself. / *The man who helped Mary blamed herself."""
    head, near = opposites(c)
    while head.text.istitle():  # a name takes no such clause
        head, near = opposites(c)
    clause = f"who {c.choice(verbs('help visit thank follow admire rescue')).past} {near}"
    return slot(f"{head} {clause} {c.choice(_BY_ONESELF)} _", head.reflexive, near.reflexive)


@phenomenon("binding")
def _as_subject(c: SeededRandom) -> Pair:
    """Susan said that she was tired. / *Susan said that herself was tired."""
    subject = gendered(c)
    clause = f"was {state(c)}" if c.chance(0.5) else f"had {deed(c).participle}"
    return slot(f"{subject} {c.choice(_SAID[:6])} that _ {clause}", subject.pronouns[0], subject.reflexive)


@phenomenon("binding")
def _beyond(c: SeededRandom) -> Pair:
    """John says that Mary admires him. / *John says that Mary admires himself."""
    outer, inner = opposites(c)
    if c.chance(0.4):
        outer = people(c)
    done = c.choice([done for done in _BY_ONESELF if not done.startswith("intro")])
    return slot(f"{outer} {c.choice(_SAID[:6])} that {inner} {done} _", outer.pronouns[1], outer.reflexive)


@phenomenon("binding")
def _controlled(c: SeededRandom) -> Pair:
    """John persuaded Mary to defend herself. / *John persuaded Mary to defend himself."""
    outer, inner = opposites(c)
    head = f"{outer} {c.choice(('persuaded', 'told', 'forced', 'encouraged', 'taught', 'ordered'))} {inner}"
    return slot(f"{head} to {c.choice(_DEFENDING).base} _", inner.reflexive, outer.reflexive)


_CASES = (("he", "him"), ("she", "her"), ("they", "them"), ("we", "us"), ("I", "me"))
_TO_PEOPLE = verbs("thank greet admire help visit invite follow insult rescue")
_TOWARDS = (
    "talked to", "waited for", "looked at", "wrote a letter to", "bought a hat for", "sat next to", "laughed at",
    "gave the key to", "danced with", "borrowed a book from", "worked for",
)  # fmt: skip


@phenomenon("pronoun case")
def _subject(c: SeededRandom) -> Pair:
    """They visited the museum. / *Them visited the museum."""
    right, wrong = c.choice(_CASES)
    return slot(f"_ {doing(c).past} {c.choice(('', 'yesterday', 'last week'))}", right, wrong)


@phenomenon("pronoun case")
def _object(c: SeededRandom) -> Pair:
    """The guest thanked them. / *The guest thanked they."""
    right, wrong = c.choice(_CASES)
    head = f"{person(c)} {c.choice(_TO_PEOPLE).past}"
    return slot(f"{head} _ {c.choice(('', *lexicon.PAST_TIMES, *lexicon.PLACES))}", wrong, right)


@phenomenon("pronoun case")
def _after_preposition(c: SeededRandom) -> Pair:
    """Diana talked to him. / *Diana talked to he."""
    right, wrong = c.choice(_CASES)
    return slot(f"{person(c)} {c.choice(_TOWARDS)} _ {c.choice(('', 'yesterday', 'last week', 'again'))}", wrong, right)


@phenomenon("pronoun case")
def _before_infinitive(c: SeededRandom) -> Pair:
    """The nurse wanted him to leave. / *The nurse wanted he to leave."""
    right, wrong = c.choice(_CASES)
    head = f"{person(c)} {c.choice(('wanted', 'expected', 'asked', 'told', 'allowed', 'forced'))}"
    return slot(f"{head} _ to {doing(c).base}", wrong, right)


_OWNERS = (("he", "his", "him"), ("she", "her", "hers"), ("they", "their", "theirs"), ("we", "our", "ours"),
           ("I", "my", "mine"))  # fmt: skip


@phenomenon("pronoun case")
def _possessive(c: SeededRandom) -> Pair:
    """We sold our car. / *We sold ours car."""
    subject, right, wrong = c.choice(_OWNERS)
    lost = c.choice(verbs("lose/lost sell/sold find/found clean forget/forgot")).past
    thing = described(c, c.choice((*lexicon.MACHINES, *lexicon.SMALL_THINGS, *lexicon.CONTAINERS)), "singular")
    return slot(f"{subject} {lost} _ {thing} {c.choice(lexicon.PAST_TIMES)}", right, wrong)


_TWO_OWNERS = (
    ("my", ("her", "hers")), ("my", ("their", "theirs")), ("her", ("our", "ours")), ("her", ("their", "theirs")),
    ("our", ("her", "hers")), ("our", ("their", "theirs")), ("their", ("our", "ours")), ("their", ("her", "hers")),
)  # fmt: skip


@phenomenon("pronoun case", framed=False)
def _possessive_alone(c: SeededRandom) -> Pair:
    """Our car is red, but theirs is blue. / *Our car is red, but their is blue."""
    owner, (wrong, right) = c.choice(_TWO_OWNERS)
    thing = c.choice(lexicon.MACHINES + lexicon.CLOTHES).singular
    one, two = c.choice(
        (("old", "new"), ("red", "blue"), ("expensive", "cheap"), ("dirty", "clean"), ("small", "large"))
    )
    return slot(f"{owner} {thing} is {one}, but _ is {two}", right, wrong)
