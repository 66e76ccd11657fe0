"""Relative clauses: their gap, their pronoun, and what joins them to their head."""

from __future__ import annotations

from typing import TYPE_CHECKING

from examples.sample_grammar import lexicon
from examples.sample_grammar.actions import FINDING, PLAIN
from examples.sample_grammar.grammar import Pair, phenomenon, slot
from examples.sample_grammar.phrases import an, deed, done_to, name, person, some, state, the
from examples.sample_grammar.words import BE, agree, verbs

if TYPE_CHECKING:
    from colacli.data.seeded_random import SeededRandom
    from examples.sample_grammar.phrases import NounPhrase

_ADULTS = tuple(noun for noun in lexicon.PEOPLE if noun.singular != "child")  # which some call *which*
_MEETING = verbs("admire visit thank invite rescue follow help greet insult")


def _thing_found(c: SeededRandom) -> tuple[NounPhrase, str, str]:
    """A thing, who did something to it, and what is said of it."""
    noun = c.choice(lexicon.THINGS)
    thing = the(c, [noun], chance=0)
    said = f"{agree(BE, thing.number, past=c.chance(0.5))} {c.choice(lexicon.ADJECTIVES[noun.kind])}"
    return thing, f"{person(c)} {c.choice(FINDING).past}", said


def _person_met(c: SeededRandom) -> tuple[NounPhrase, str, str]:
    """Somebody, who met them, and what is said of them."""
    head = the(c, _ADULTS)
    said = f"{agree(BE, head.number, past=c.chance(0.5))} {state(c)}"
    return head, f"{person(c)} {c.choice(_MEETING).past}", said


@phenomenon("relative clauses")
def _resumptive(c: SeededRandom) -> Pair:
    """The book that Paul found is long. / *The book that Paul found it is long."""
    if c.chance(0.5):
        head, clause, said = _thing_found(c)
        pronoun = head.pronouns[1]
    else:
        head, clause, said = _person_met(c)
        pronoun = "them" if head.number == "plural" else c.choice(("him", "her"))
    return slot(f"{head} that {clause} _ {said}", "", pronoun)


@phenomenon("relative clauses")
def _no_gap(c: SeededRandom) -> Pair:
    """The book that Paul found is long. / *The book that Paul found the ring is long."""
    head, clause, said = _thing_found(c)
    return slot(f"{head} {c.choice(('that', 'which'))} {clause} _ {said}", "", some(c, lexicon.THINGS).text)


@phenomenon("relative clauses")
def _animacy(c: SeededRandom) -> Pair:
    """The lamp which Anna sold is old. / *The lamp who Anna sold is old."""
    if c.chance(0.5):
        head, clause, said = _thing_found(c)
        return slot(f"{head} _ {clause} {said}", c.choice(("which", "that")), c.choice(("who", "whom")))
    head, clause, said = _person_met(c)
    return slot(f"{head} _ {clause} {said}", c.choice(("who", "that", "whom")), "which")


@phenomenon("relative clauses")
def _after_preposition(c: SeededRandom) -> Pair:
    """The artist to whom she talked left. / *The artist to that she talked left."""
    if c.chance(0.6):
        head, _, said = _person_met(c)
        verb, preposition = c.choice(
            (("talked", "to"), ("waited", "for"), ("listened", "to"), ("laughed", "at"), ("worked", "for"))
        )
        right, wrong = "whom", "that"
    else:
        head = the(c, lexicon.FURNITURE[:3], chance=0)
        said = f"{agree(BE, head.number)} {c.choice(lexicon.ADJECTIVES['thing'])}"
        verb, preposition = c.choice((("slept", "on"), ("stood", "on"), ("sat", "on"), ("danced", "on")))
        right, wrong = "which", c.choice(("that", "what"))
    return slot(f"{head} {preposition} _ {person(c)} {verb} {said}", right, wrong)


@phenomenon("relative clauses")
def _no_relativiser(c: SeededRandom) -> Pair:
    """The clerk who thanked the king smiled. / *The clerk thanked the king smiled."""
    last = c.choice(verbs("smile laugh vanish arrive faint yawn")).past
    when = c.choice(lexicon.PAST_TIMES)
    return slot(f"{the(c, lexicon.PEOPLE)} _ {done_to(c, PLAIN).past} {last} {when}", c.choice(("who", "that")), "")


@phenomenon("relative clauses", framed=False)
def _subject_again(c: SeededRandom) -> Pair:
    """We know the queen who visited the barn. / *We know the queen who she visited the barn."""
    head = the(c, lexicon.GENDERED)
    knower = c.choice(("we know", "I remember", f"{name(c)} thanked", f"{name(c)} visited"))
    return slot(f"{knower} {head} who _ {done_to(c, PLAIN).past}", "", head.pronouns[0])


@phenomenon("relative clauses")
def _whose(c: SeededRandom) -> Pair:
    """We met a poet whose car was old. / *We met a poet which car was old."""
    head, thing = an(c, lexicon.PEOPLE), c.choice((*lexicon.VEHICLES, *lexicon.CLOTHES, *lexicon.MACHINES))
    said = f"was {c.choice(lexicon.ADJECTIVES[thing.kind])}"
    met = c.choice(("met", "helped", "greeted", "interviewed", "visited"))
    return slot(f"{person(c)} {met} {head} _ {thing.singular} {said}", "whose", c.choice(("which", "that")))


@phenomenon("relative clauses")
def _not_restrictive(c: SeededRandom) -> Pair:
    """Lucy, who works in the hotel, is ill. / *Lucy, that works in the hotel, is ill."""
    works = (
        f"{c.choice(('works', 'lives'))} {c.choice(lexicon.HOMES)}"
        if c.chance(0.5)
        else f"is {c.choice(lexicon.PLACES)}"
    )
    rest = f"is {c.choice(lexicon.FEELINGS)}" if c.chance(0.5) else deed(c).past
    return slot(f"{name(c)}, _ {works}, {rest}", "who", c.choice(("that", "which")))
