"""The passive: its participle, its auxiliary, its agent, and the verbs that have none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from examples.sample_grammar import lexicon
from examples.sample_grammar.actions import actions
from examples.sample_grammar.grammar import Pair, phenomenon, slot
from examples.sample_grammar.phrases import NounPhrase, an, person, some, the
from examples.sample_grammar.words import BE, HAVE, Verb, agree

if TYPE_CHECKING:
    from collections.abc import Sequence

    from colacli.data.seeded_random import SeededRandom
    from examples.sample_grammar.actions import Action


_WRITTEN = actions(
    ("write/wrote/written", lexicon.TEXTS),
    ("eat/ate/eaten", lexicon.FOODS),
    ("take/took/taken choose/chose/chosen", (*lexicon.SMALL_THINGS, *lexicon.CLOTHES)),
    ("throw/threw/thrown", lexicon.SMALL_THINGS),
)
"""With a past that is not the participle; none of them happens by itself."""
_DONE = actions(
    ("translate review print study publish", lexicon.TEXTS),
    ("devour order prepare", lexicon.FOODS),
    ("mend choose/chose/chosen borrow", lexicon.CLOTHES),
    ("repair examine buy/bought", lexicon.MACHINES),
    ("carry polish paint", lexicon.FURNITURE),
    ("steal/stole/stolen find/found", lexicon.SMALL_THINGS),
    ("repair rent buy/bought", lexicon.VEHICLES),
    ("photograph visit paint", lexicon.BUILDINGS),
)
"""What is done to things, and never happens by itself or right beside somebody."""
_WITH_PEOPLE = (*_DONE, *actions(("help visit thank follow rescue admire insult interview", lexicon.PEOPLE)))


def _done(c: SeededRandom, among: Sequence[Action]) -> tuple[NounPhrase, Verb]:
    """What something was done to, and the verb."""
    action = c.choice(among)
    return the(c, action.objects), action.verb


def _was(subject: NounPhrase) -> str:
    return agree(BE, subject.number, past=True)


@phenomenon("passive")
def _participle(c: SeededRandom) -> Pair:
    """The book was written by Anna. / *The book was wrote by Anna."""
    subject, verb = _done(c, _WRITTEN if c.chance(0.5) else _WITH_PEOPLE)
    wrong = verb.base if verb.past == verb.participle else c.choice((verb.past, verb.base))
    return slot(
        f"{subject} {_was(subject)} _ by {person(c)} {c.choice(('', *lexicon.PAST_TIMES))}", verb.participle, wrong
    )


@phenomenon("passive")
def _auxiliary(c: SeededRandom) -> Pair:
    """The book has been translated by Anna. / *The book has translated by Anna."""
    subject, verb = _done(c, _DONE)
    has = agree(HAVE, subject.number)
    auxiliaries = c.choice(
        ((f"{has} been", has), ("will be", "will"), ("must be", "must"), (f"{has} been", f"{has} being"))
    )
    return slot(f"{subject} _ {verb.participle} by {person(c)}", *auxiliaries)


@phenomenon("passive")
def _intransitive(c: SeededRandom) -> Pair:
    """The lamp was found by the pilot. / *The lamp was arrived by the pilot."""
    subject, verb = _done(c, _WITH_PEOPLE)
    wrong = c.choice(lexicon.INTRANSITIVE).participle
    return slot(f"{subject} {_was(subject)} _ by {person(c)}", verb.participle, wrong)


@phenomenon("passive")
def _object_kept(c: SeededRandom) -> Pair:
    """The letters were printed by Emma. / *The letters were printed the poem by Emma."""
    action = c.choice(_WITH_PEOPLE)
    subject = the(c, action.objects)
    head = f"{subject} {_was(subject)} {action.verb.participle}"
    return slot(f"{head} _ by {person(c)}", "", some(c, action.objects).text)


_QUALITIES = ("courage", "patience", "talent", "experience", "imagination")


@phenomenon("passive")
def _state(c: SeededRandom) -> Pair:
    """Anna had a red car. / *A red car was had by Anna."""
    subject, kind = person(c), int(3 * c.random())
    if kind == 0:
        return _turned(subject, "had", an(c, (*lexicon.CLOTHES, *lexicon.MACHINES, *lexicon.VEHICLES)))
    if kind == 1:
        return _turned(subject, "resembled", person(c))
    return _turned(subject, "lacked", NounPhrase(c.choice(_QUALITIES), "singular"))


def _turned(subject: NounPhrase, past: str, thing: NounPhrase) -> Pair:
    return Pair(f"{subject} {past} {thing}", f"{thing} {_was(thing)} {past} by {subject}")


_PREPOSITIONAL = (
    ("laughed", "at"),
    ("looked", "at"),
    ("relied", "on"),
    ("listened", "to"),
    ("shouted", "at"),
    ("stared", "at"),
)


@phenomenon("passive")
def _stranded(c: SeededRandom) -> Pair:
    """The mayor was laughed at by the guests. / *The mayor was laughed by the guests."""
    subject, (verb, preposition) = person(c), c.choice(_PREPOSITIONAL)
    return slot(f"{subject} {_was(subject)} {verb} _ by {the(c, lexicon.PEOPLE, 'plural')}", preposition, "")


@phenomenon("passive")
def _without_be(c: SeededRandom) -> Pair:
    """The letter was written by Emma. / *The letter wrote by Emma."""
    subject, verb = _done(c, _WRITTEN)
    rest = f"by {person(c)} {c.choice(('', *lexicon.PAST_TIMES))}"
    return slot(f"{subject} _ {rest}", f"{_was(subject)} {verb.participle}", verb.past)
