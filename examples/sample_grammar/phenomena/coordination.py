"""Coordination, and the ellipsis that it makes room for. Training never shows them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from examples.sample_grammar import lexicon
from examples.sample_grammar.actions import FINDING
from examples.sample_grammar.grammar import Pair, phenomenon, slot
from examples.sample_grammar.phrases import activity, an, doing, name, person, some
from examples.sample_grammar.words import with_article

if TYPE_CHECKING:
    from colacli.data.seeded_random import SeededRandom

_held_out = partial(phenomenon, in_training=False)


_CORRELATIVES = (("both", "and", "or"), ("both", "and", "nor"), ("either", "or", "and"), ("neither", "nor", "and"))


@_held_out("coordination")
def _correlative(c: SeededRandom) -> Pair:
    """Both Mary and the judge sang. / *Both Mary or the judge sang."""
    one, two, rest = person(c, "singular"), person(c, "singular"), doing(c).past
    word, right, wrong = c.choice(_CORRELATIVES)
    return slot(f"{word} {one} _ {two} {rest}", right, wrong)


@_held_out("coordination")
def _unlike(c: SeededRandom) -> Pair:
    """Mary bought a hat and a ring. / *Mary bought a hat and quickly."""
    one, two = some(c, lexicon.THINGS), some(c, lexicon.THINGS)
    wrong = c.choice((f"that {name(c)} sang", "to sing", "very old", "slowly", "because"))
    return slot(f"{person(c)} {c.choice(('bought', 'sold', 'lost', 'stole'))} {one} and _", two.text, wrong)


@_held_out("coordination")
def _unlike_forms(c: SeededRandom) -> Pair:
    """Mary is singing and painting a chair. / *Mary is singing and paint a chair."""
    subject, one, two = person(c, "singular"), c.choice(lexicon.PASTIMES), activity(c)
    if c.chance(0.5):
        return slot(f"{subject} is {one.gerund} and _", two.gerund, two.base)
    return slot(f"{subject} will {one.base} and _", two.base, two.gerund)


_QUALITIES = (
    ("old", "heavy"), ("small", "expensive"), ("large", "beautiful"), ("cheap", "dirty"), ("new", "expensive"),
    ("old", "dirty"), ("small", "beautiful"), ("large", "heavy"), ("cheap", "small"), ("beautiful", "heavy"),
)  # fmt: skip


@_held_out("coordination")
def _unlike_words(c: SeededRandom) -> Pair:
    """Mary found an old and heavy box. / *Mary found an old and box."""
    noun, (one, two) = c.choice((*lexicon.MACHINES, *lexicon.FURNITURE, *lexicon.DISHES)), c.choice(_QUALITIES)
    head = f"{person(c)} {c.choice(FINDING).past} {with_article(one)}"
    wrong = c.choice((f"and {noun.singular}", f"{two} and {noun.singular}", f"and {noun.singular} {two}"))
    return slot(f"{head} _ {c.choice(lexicon.PAST_TIMES)}", f"and {two} {noun.singular}", wrong)


@_held_out("ellipsis")
def _too(c: SeededRandom) -> Pair:
    """Ruth can swim, and Paul can too. / *Ruth can swim, and Paul is too."""
    done, wrong = activity(c), c.choice(("is", "was"))
    right, form = c.choice((("can", done.base), ("will", done.base), ("has", done.participle), ("must", done.base)))
    if c.chance(0.4):
        right, form, wrong = c.choice(("is", "was")), c.choice(lexicon.FEELINGS), c.choice(("does", "has", "can"))
    return slot(f"{name(c)} {right} {form}, and {name(c)} _ too", right, wrong)


@_held_out("ellipsis")
def _so_did(c: SeededRandom) -> Pair:
    """Ruth sang, and so did Paul. / *Ruth sang, and neither did Paul."""
    done, subject = doing(c), person(c)
    if c.chance(0.5):
        return slot(f"{name(c)} {done.past}, and _ {subject}", "so did", c.choice(("neither did", "so was", "too did")))
    return slot(
        f"{name(c)} did not {done.base}, and _ {subject}",
        "neither did",
        c.choice(("so did", "either did", "neither was")),
    )


@_held_out("ellipsis", framed=False)
def _but_not(c: SeededRandom) -> Pair:
    """Ruth fed the dog, but Paul did not. / *Ruth fed the dog, but Paul fed not."""
    done = activity(c)
    wrong = c.choice((f"{done.verb.past} not", "not did", "did not be"))
    return slot(f"{name(c)} {done.past}, but {person(c)} _", "did not", wrong)


@_held_out("ellipsis", framed=False)
def _sluice(c: SeededRandom) -> Pair:
    """Somebody sang, but we do not know who. / *Somebody sang, but we do not know whether."""
    knower = c.choice(("I do not know", "nobody knows", f"{name(c)} does not know", "we never learned"))
    if c.chance(0.5):
        return slot(f"somebody {doing(c).past}, but {knower} _", "who", c.choice(("whether", "he", "if")))
    return slot(
        f"{person(c)} {doing(c).past}, but {knower} _",
        c.choice(("why", "when")),
        c.choice(("whether", "because", "if")),
    )


@_held_out("ellipsis")
def _gapping(c: SeededRandom) -> Pair:
    """Ruth bought a hat, and Paul a ring. / *Ruth bought a hat because Paul a ring."""
    one, two = an(c, lexicon.THINGS), an(c, lexicon.THINGS)
    head = f"{name(c)} {c.choice(FINDING).past} {one}"
    return slot(f"{head}_ {name(c)} {two}", ", and", c.choice((" because", " although", " when")))


@_held_out("ellipsis")
def _noun_left_out(c: SeededRandom) -> Pair:
    """Ruth bought two hats, and Paul bought three. / *Ruth bought two hats, and Paul bought every."""
    verb, things = c.choice(FINDING).past, c.choice(lexicon.THINGS).plural
    tail = f"and {person(c)} {verb} _"
    return slot(
        f"{name(c)} {verb} two {things}, {tail}",
        c.choice(("three", "several", "none")),
        c.choice(("every", "a", "the", "no")),
    )
