"""Clefts and pseudo-clefts. Training never shows them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from examples.sample_grammar import lexicon
from examples.sample_grammar.actions import FINDING, HANDIWORK
from examples.sample_grammar.grammar import Pair, phenomenon, slot
from examples.sample_grammar.phrases import activity, an, doing, done_to, gendered, person, some

if TYPE_CHECKING:
    from colacli.data.seeded_random import SeededRandom

_held_out = partial(phenomenon, in_training=False)


@_held_out("clefts")
def _somebody(c: SeededRandom) -> Pair:
    """It was the nurse who found the key. / *It was the nurse who she found the key."""
    done, subject = doing(c), gendered(c)
    wrong = c.choice((f"which {done.past}", f"who {subject.pronouns[0]} {done.past}", f"who {done.gerund}"))
    return slot(f"it was {subject} _", f"{c.choice(('who', 'that'))} {done.past}", wrong)


@_held_out("clefts")
def _something(c: SeededRandom) -> Pair:
    """It was a key that Mary found. / *It was a key that Mary found it."""
    thing, subject, verb = an(c, lexicon.THINGS), person(c), c.choice(FINDING).past
    return slot(f"it was {thing} that {subject} {verb} _", "", c.choice(("it", some(c, lexicon.THINGS).text)))


@_held_out("clefts")
def _somewhere(c: SeededRandom) -> Pair:
    """It was in the park that Mary sang. / *It was in the park which Mary sang."""
    place, done = c.choice(lexicon.PLACES), activity(c)
    return slot(f"it was {place} _ {person(c)} {done.past}", "that", c.choice(("which", "who", "what")))


@_held_out("clefts")
def _pseudo(c: SeededRandom) -> Pair:
    """What Mary bought was a hat. / *What Mary bought the ring was a hat."""
    thing, subject = an(c, lexicon.THINGS), person(c)
    head = f"what {subject} {c.choice(FINDING).past} _ was {thing}"
    return slot(head, "", some(c, lexicon.THINGS).text)


@_held_out("clefts")
def _what_happened(c: SeededRandom) -> Pair:
    """What Mary did was open the box. / *What Mary did was opens the box."""
    done = done_to(c, HANDIWORK)
    wrong = c.choice((done.third, f"to {done.past}", f"has {done.participle}"))
    return slot(f"what {person(c)} did was _", done.base, wrong)
