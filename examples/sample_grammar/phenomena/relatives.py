"""Relative clauses: their gap, their pronoun, and what joins them to their head."""

from __future__ import annotations

from typing import TYPE_CHECKING

from examples.sample_grammar import lexicon
from examples.sample_grammar.actions import FINDING, PLAIN
from examples.sample_grammar.grammar import Pair, phenomenon, slot
from examples.sample_grammar.phrases import an, deed, done_to, name, person, some, state, the
from examples.sample_grammar.words import BE, agree, verbs

if TYPE_CHECKING:
    from colacli.data.chooser import Chooser
    from examples.sample_grammar.phrases import NounPhrase

_ADULTS = tuple(noun for noun in lexicon.PEOPLE if noun.singular != "child")  # which some call *which*
_MEETING = verbs("admire visit thank invite rescue follow help greet insult")


def _thing_found(c: Chooser) -> tuple[NounPhrase, str, str]:
    """A thing, who did something to it, and what is said of it."""
    noun = c.pick(lexicon.THINGS)
    thing = the(c, [noun], chance=0)
    said = f"{agree(BE, thing.number, past=c.chance(0.5))} {c.pick(lexicon.ADJECTIVES[noun.kind])}"
    return thing, f"{person(c)} {c.pick(FINDING).past}", said


def _person_met(c: Chooser) -> tuple[NounPhrase, str, str]:
    """Somebody, who met them, and what is said of them."""
    head = the(c, _ADULTS)
    said = f"{agree(BE, head.number, past=c.chance(0.5))} {state(c)}"
    return head, f"{person(c)} {c.pick(_MEETING).past}", said


@phenomenon("relative clauses")
def _resumptive(c: Chooser) -> Pair:
    """The book that Paul found is long. / *The book that Paul found it is long."""
    if c.chance(0.5):
        head, clause, said = _thing_found(c)
        pronoun = head.pronouns[1]
    else:
        head, clause, said = _person_met(c)
        pronoun = "them" if head.number == "plural" else c.pick(("him", "her"))
    return slot(f"{head} that {clause} _ {said}", "", pronoun)


@phenomenon("relative clauses")
def _no_gap(c: Chooser) -> Pair:
    """The book that Paul found is long. / *The book that Paul found the ring is long."""
    head, clause, said = _thing_found(c)
    return slot(f"{head} {c.pick(('that', 'which'))} {clause} _ {said}", "", some(c, lexicon.THINGS).text)


@phenomenon("relative clauses")
def _animacy(c: Chooser) -> Pair:
    """The lamp which Anna sold is old. / *The lamp who Anna sold is old."""
    if c.chance(0.5):
        head, clause, said = _thing_found(c)
        return slot(f"{head} _ {clause} {said}", c.pick(("which", "that")), c.pick(("who", "whom")))
    head, clause, said = _person_met(c)
    return slot(f"{head} _ {clause} {said}", c.pick(("who", "that", "whom")), "which")


@phenomenon("relative clauses")
def _after_preposition(c: Chooser) -> Pair:
    """The artist to whom she talked left. / *The artist to that she talked left."""
    if c.chance(0.6):
        head, _, said = _person_met(c)
        verb, preposition = c.pick(
            (("talked", "to"), ("waited", "for"), ("listened", "to"), ("laughed", "at"), ("worked", "for"))
        )
        right, wrong = "whom", "that"
    else:
        head = the(c, lexicon.FURNITURE[:3], chance=0)
        said = f"{agree(BE, head.number)} {c.pick(lexicon.ADJECTIVES['thing'])}"
        verb, preposition = c.pick((("slept", "on"), ("stood", "on"), ("sat", "on"), ("danced", "on")))
        right, wrong = "which", c.pick(("that", "what"))
    return slot(f"{head} {preposition} _ {person(c)} {verb} {said}", right, wrong)


@phenomenon("relative clauses")
def _no_relativiser(c: Chooser) -> Pair:
    """The clerk who thanked the king smiled. / *The clerk thanked the king smiled."""
    last = c.pick(verbs("smile laugh vanish arrive faint yawn")).past
    when = c.pick(lexicon.PAST_TIMES)
    return slot(f"{the(c, lexicon.PEOPLE)} _ {done_to(c, PLAIN).past} {last} {when}", c.pick(("who", "that")), "")


@phenomenon("relative clauses", framed=False)
def _subject_again(c: Chooser) -> Pair:
    """We know the queen who visited the barn. / *We know the queen who she visited the barn."""
    head = the(c, lexicon.GENDERED)
    knower = c.pick(("we know", "I remember", f"{name(c)} thanked", f"{name(c)} visited"))
    return slot(f"{knower} {head} who _ {done_to(c, PLAIN).past}", "", head.pronouns[0])


@phenomenon("relative clauses")
def _whose(c: Chooser) -> Pair:
    """We met a poet whose car was old. / *We met a poet which car was old."""
    head, thing = an(c, lexicon.PEOPLE), c.pick((*lexicon.VEHICLES, *lexicon.CLOTHES, *lexicon.MACHINES))
    said = f"was {c.pick(lexicon.ADJECTIVES[thing.kind])}"
    met = c.pick(("met", "helped", "greeted", "interviewed", "visited"))
    return slot(f"{person(c)} {met} {head} _ {thing.singular} {said}", "whose", c.pick(("which", "that")))


@phenomenon("relative clauses")
def _not_restrictive(c: Chooser) -> Pair:
    """Lucy, who works in the hotel, is ill. / *Lucy, that works in the hotel, is ill."""
    works = f"{c.pick(('works', 'lives'))} {c.pick(lexicon.HOMES)}" if c.chance(0.5) else f"is {c.pick(lexicon.PLACES)}"
    rest = f"is {c.pick(lexicon.FEELINGS)}" if c.chance(0.5) else deed(c).past
    return slot(f"{name(c)}, _ {works}, {rest}", "who", c.pick(("that", "which")))
