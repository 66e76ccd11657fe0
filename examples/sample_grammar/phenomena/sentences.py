"""Kinds of sentences: imperatives, tag questions, negative inversion. Training never shows them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from examples.sample_grammar import lexicon
from examples.sample_grammar.actions import HANDIWORK
from examples.sample_grammar.grammar import Pair, phenomenon, slot
from examples.sample_grammar.phrases import (
    NounPhrase,
    activity,
    any_number,
    both_numbers,
    deed,
    doing,
    done_to,
    gendered,
    habit,
    person,
    state,
    the,
)
from examples.sample_grammar.words import BE, DO, HAVE, agree

if TYPE_CHECKING:
    from colacli.data.seeded_random import SeededRandom

_held_out = partial(phenomenon, in_training=False)


@_held_out("imperatives", framed=False)
def _base(c: SeededRandom) -> Pair:
    """Please open the box. / *Please opens the box."""
    done, when = done_to(c, HANDIWORK), c.choice(("", "now", "before dinner", "tomorrow morning"))
    return slot(f"please _ {when}", done.base, c.choice((done.third, done.gerund, done.past)))


@_held_out("imperatives", framed=False)
def _negative(c: SeededRandom) -> Pair:
    """Do not open the box. / *Not open the box."""
    done, when = activity(c), c.choice(("", "tomorrow", "again", "now"))
    wrong = c.choice((f"not {done.base}", f"does not {done.base}", f"do not {done.gerund}", f"did not {done.base}"))
    return slot(f"please _ {when}", f"do not {done.base}", wrong)


@_held_out("imperatives", framed=False)
def _yourself(c: SeededRandom) -> Pair:
    """Please introduce yourself to the queen. / *Please introduce herself to the queen."""
    verb, rest = c.choice(_ONESELF)
    wrong = c.choice(("herself", "himself", "themselves", "myself"))
    return slot(f"please {verb} _ {rest} {the(c, lexicon.PEOPLE)}", c.choice(("yourself", "yourselves")), wrong)


_ONESELF = (("introduce", "to"), ("describe", "to"), ("defend", "against"), ("protect", "from"), ("hide", "from"))


@_held_out("imperatives", framed=False)
def _let_us(c: SeededRandom) -> Pair:
    """Let us open the box. / *Let us to open the box."""
    done = done_to(c, HANDIWORK)
    wrong = c.choice((f"let us to {done.base}", f"let us {done.gerund}", f"let we {done.base}", f"let us {done.past}"))
    return slot(f"_ {c.choice(('', 'tomorrow', 'together'))}", f"let us {done.base}", wrong)


@_held_out("imperatives", framed=False)
def _be(c: SeededRandom) -> Pair:
    """Please be quiet. / *Please are quiet."""
    how = c.choice(("quiet", "careful", "polite", "patient"))
    return slot(f"please _ {how} {c.choice(lexicon.PLACES)}", "be", c.choice(("are", "is", "being", "was")))


@_held_out("tag questions", framed=False)
def _after_be(c: SeededRandom) -> Pair:
    """The queen is tired, isn't she? / *The queen is tired, doesn't she?"""
    subject, past = _known(c), c.chance(0.4)
    pronoun, (be, wrong) = subject.pronouns[0], both_numbers(BE, subject.number, past=past)
    do = agree(DO, subject.number, past=past)
    others = (f"{do}n't {pronoun}", f"{be}n't {_stranger(subject)}", f"{wrong}n't {pronoun}")
    # Not the third of them in the past: *weren't she* is said in places.
    return slot(f"{subject} {be} {state(c)}, _?", f"{be}n't {pronoun}", c.choice(others[:2] if past else others))


def _known(c: SeededRandom) -> NounPhrase:
    return gendered(c) if c.chance(0.7) else the(c, lexicon.PEOPLE, "plural")


def _stranger(subject: NounPhrase) -> str:
    """A pronoun that can't be the subject's."""
    return "he" if subject.gender == "feminine" or subject.number == "plural" else "she"


@_held_out("tag questions", framed=False)
def _after_verb(c: SeededRandom) -> Pair:
    """Mary fed the goat, didn't she? / *Mary fed the goat, wasn't she?"""
    subject = _known(c)
    pronoun, was, do = subject.pronouns[0], agree(BE, subject.number, past=True), agree(DO, subject.number)
    if c.chance(0.4):
        often = f"{c.choice(('often', 'always', 'sometimes'))} {habit(c).present(subject.number)}"
        return slot(f"{subject} {often}, _ {pronoun}?", f"{do}n't", c.choice((f"{was}n't", "can't", "didn't")))
    wrong = c.choice((f"{was}n't {pronoun}", f"didn't {_stranger(subject)}", f"can't {pronoun}"))
    return slot(f"{subject} {doing(c).past}, _?", f"didn't {pronoun}", wrong)


@_held_out("tag questions", framed=False)
def _after_auxiliary(c: SeededRandom) -> Pair:
    """Mary can sing, can't she? / *Mary can sing, doesn't she?"""
    subject = _known(c)
    pronoun, has, do = subject.pronouns[0], agree(HAVE, subject.number), agree(DO, subject.number)
    if c.chance(0.5):
        return slot(f"{subject} {has} {deed(c).participle}, _ {pronoun}?", f"{has}n't", c.choice((f"{do}n't", "can't")))
    return slot(
        f"{subject} can {activity(c).base}, _ {pronoun}?", "can't", c.choice((f"{do}n't", f"{has}n't", "isn't"))
    )


@_held_out("tag questions", framed=False)
def _negative_tag(c: SeededRandom) -> Pair:
    """Mary did not sing, did she? / *Mary did not sing, didn't she?"""
    subject = _known(c)
    pronoun, was = subject.pronouns[0], agree(BE, subject.number, past=True)
    return slot(f"{subject} did not {doing(c).base}, _ {pronoun}?", "did", c.choice(("didn't", was, "can")))


_SELDOM = ("never", "rarely", "seldom", "not once", "at no time")


@_held_out("negative inversion", framed=False)
def _never(c: SeededRandom) -> Pair:
    """Never has Mary sung. / *Never Mary has sung."""
    subject, done = person(c), deed(c)
    auxiliary, rest = c.choice(
        ((agree(HAVE, subject.number), done.participle), ("would", done.base), ("did", done.base))
    )
    order = (f"{auxiliary} {subject} {rest}", f"{subject} {auxiliary} {rest}")
    return slot(f"{c.choice(_SELDOM)} _", *order)


@_held_out("negative inversion", framed=False)
def _only(c: SeededRandom) -> Pair:
    """Only yesterday did Mary find the key. / *Only yesterday Mary found the key."""
    subject, done = person(c), deed(c)
    when = c.choice(("only then", "only after the war", "only at midnight", "only last week"))
    wrong = c.choice(
        (f"did {subject} {done.past}", f"{done.verb.past} {subject} {done.rest}", f"did {done.base} {subject}")
    )
    return slot(f"{when} _", f"did {subject} {done.base}", wrong)


@_held_out("negative inversion", framed=False)
def _positive(c: SeededRandom) -> Pair:
    """Yesterday Mary found the key. / *Yesterday did Mary find the key."""
    subject, done = person(c), deed(c)
    when = c.choice(("yesterday", "last week", "in the end", "after the war", "fortunately"))
    return slot(f"{when} _", f"{subject} {done.past}", f"did {subject} {done.base}")


@_held_out("negative inversion", framed=False)
def _not_only(c: SeededRandom) -> Pair:
    """Not only did Mary sing, but she also danced. / *Not only Mary sang, but she also danced."""
    subject, done = gendered(c, any_number(c)), deed(c)
    rest = f"but {subject.pronouns[0]} also {doing(c).past}"
    wrong = c.choice((f"{subject} {done.past}", f"did {subject} {done.past}"))
    return slot(f"not only _, {rest}", f"did {subject} {done.base}", wrong)
