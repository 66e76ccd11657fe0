"""Wh-movement: the gap that a question leaves, and the islands that it can't leave."""

from __future__ import annotations

from typing import TYPE_CHECKING

from examples.sample_grammar import lexicon
from examples.sample_grammar.actions import FINDING
from examples.sample_grammar.grammar import Pair, phenomenon, slot
from examples.sample_grammar.phrases import deed, described, doing, name, person, some, the
from examples.sample_grammar.words import verbs

if TYPE_CHECKING:
    from colacli.data.seeded_random import SeededRandom

_MEETING = verbs("visit thank invite rescue help insult greet interview")
_SAYING = ("say", "think", "believe", "claim", "hope")


def _asked_for(c: SeededRandom) -> tuple[str, str, str]:
    """A question word, the verb of its gap, and something that would fill the gap."""
    if c.chance(0.5):
        word = c.choice(("who", f"which {c.choice(lexicon.PEOPLE).singular}"))
        return word, c.choice(_MEETING).base, person(c).text
    word = c.choice(("what", f"which {described(c, c.choice(lexicon.THINGS), 'singular')}"))
    return word, c.choice(FINDING).base, some(c, lexicon.THINGS).text


@phenomenon("wh-movement", framed=False)
def _filled(c: SeededRandom) -> Pair:
    """What did Henry sell? / *What did Henry sell the ladder?"""
    word, verb, filler = _asked_for(c)
    return slot(f"{word} did {person(c)} {verb} _ {c.choice(('', *lexicon.PAST_TIMES))}?", "", filler)


@phenomenon("wh-movement", framed=False)
def _filled_below(c: SeededRandom) -> Pair:
    """What did Ruth say that Henry sold? / *What did Ruth say that Henry sold it?"""
    word, verb, filler = _asked_for(c)
    head = f"{word} did {person(c)} {c.choice(_SAYING)} that {person(c)} would {verb}"
    return slot(f"{head} _?", "", filler)


@phenomenon("wh-movement", framed=False)
def _indirect(c: SeededRandom) -> Pair:
    """We know what Henry found. / *We know what Henry found the ring."""
    knower = c.choice(("I know", "we know", "nobody knows", f"{name(c)} remembers", f"{name(c)} asked"))
    return slot(f"{knower} what {person(c)} {c.choice(FINDING).past} _", "", some(c, lexicon.THINGS).text)


@phenomenon("wh-movement", framed=False)
def _no_gap_word(c: SeededRandom) -> Pair:
    """We know that Henry found the ring. / *We know what Henry found the ring."""
    knower = c.choice(("we have heard", "I believe", f"{name(c)} hopes", f"{name(c)} thinks", "everyone knows"))
    return slot(f"{knower} _ {person(c)} {deed(c).past}", "that", c.choice(("what", "who")))


@phenomenon("wh-movement", framed=False)
def _superiority(c: SeededRandom) -> Pair:
    """Who found what? / *What did who find?"""
    verb, when = c.choice(FINDING), c.choice((*lexicon.PAST_TIMES, *lexicon.PLACES))
    return Pair(f"who {verb.past} what {when}?", f"what did who {verb.base} {when}?")


@phenomenon("wh-movement", framed=False)
def _that_trace(c: SeededRandom) -> Pair:
    """Who do you think sold the car? / *Who do you think that sold the car?"""
    head = f"{c.choice(('who', 'which guest', 'which child'))} {c.choice((f'does {name(c)}', 'do you', 'do they'))}"
    return slot(f"{head} {c.choice(('think', 'believe'))} _ {doing(c).past}?", "", "that")


@phenomenon("wh-movement", framed=False)
def _left_branch(c: SeededRandom) -> Pair:
    """Whose hat did Nancy find? / *Whose did Nancy find hat?"""
    thing, subject, verb = described(c, c.choice(lexicon.THINGS), "singular"), person(c), c.choice(FINDING).base
    word, when = c.choice(("whose", "which")), c.choice(("", *lexicon.PAST_TIMES))
    return Pair(f"{word} {thing} did {subject} {verb} {when}?", f"{word} did {subject} {verb} {thing} {when}?")


_LEAVING = verbs("smile sneeze laugh arrive faint yawn giggle")
_CONJUNCTIONS = ("before", "after", "because", "while", "when")


@phenomenon("islands", framed=False)
def _adjunct(c: SeededRandom) -> Pair:
    """What did Ruth think that Paul bought? / *What did Ruth smile because Paul bought?"""
    what, subject, clause = _what(c), person(c), f"{person(c)} {c.choice(FINDING).past}"
    because = f"{subject} {c.choice(_LEAVING).base} {c.choice(_CONJUNCTIONS)} {clause}"
    bad = f"{what} did {because}?"
    if c.chance(0.5):
        return Pair(f"did {because} {some(c, lexicon.THINGS)}?", bad)
    return Pair(f"{what} did {subject} {c.choice(_SAYING)} that {clause}?", bad)


def _what(c: SeededRandom) -> str:
    return "what" if c.chance(0.4) else f"which {described(c, c.choice(lexicon.THINGS), 'singular')}"


@phenomenon("islands", framed=False)
def _from_adjunct_or_not(c: SeededRandom) -> Pair:
    """What did Ruth buy before Paul arrived? / *What did Ruth arrive before Paul bought?"""
    one, two, verb, leave = person(c), person(c), c.choice(FINDING), c.choice(verbs("arrive faint cry"))
    what, when = _what(c), c.choice(("before", "after", "when"))
    good = f"{what} did {one} {verb.base} {when} {two} {leave.past}?"
    return Pair(good, f"{what} did {one} {leave.base} {when} {two} {verb.past}?")


@phenomenon("islands", framed=False)
def _complex_noun_phrase(c: SeededRandom) -> Pair:
    """What did Ruth say that the man sold? / *What did Ruth thank the man who sold?"""
    what, subject, seller, verb = _what(c), person(c), the(c, lexicon.PEOPLE), c.choice(FINDING).past
    good = f"{what} did {subject} {c.choice(_SAYING)} that {seller} {verb}?"
    return Pair(good, f"{what} did {subject} {c.choice(_MEETING).base} {seller} who {verb}?")


@phenomenon("islands", framed=False)
def _coordinate(c: SeededRandom) -> Pair:
    """What did Ruth sell last week? / *What did Ruth sell the lamp and last week?"""
    thing, subject = some(c, lexicon.THINGS), person(c)
    first, second = c.pair(FINDING)
    head, when = f"{_what(c)} did {subject} {first.base}", c.choice(lexicon.PAST_TIMES)
    if c.chance(0.5):
        return slot(f"{head} _ {when}?", "", f"{thing} and")
    return slot(f"{head} _ and {person(c)} {second.base}?", "", thing.text)


@phenomenon("islands", framed=False)
def _subject(c: SeededRandom) -> Pair:
    """Who did Mary find a letter from? / *Who did a letter from surprise Mary?"""
    what, link = c.choice(
        (("letter", "from"), ("report", "about"), ("portrait", "of"), ("book", "about"), ("story", "about"))
    )
    who, moved = c.choice(("who", "which guest", "which judge")), c.choice(("surprise", "annoy", "amuse", "upset"))
    subject = person(c)
    bad = f"{who} did a {what} {link} {moved} {subject}?"
    if c.chance(0.5):
        return Pair(f"did a {what} {link} {the(c, lexicon.PEOPLE)} {moved} {subject}?", bad)
    return Pair(f"{who} did {subject} {c.choice(FINDING).base} a {what} {link}?", bad)


@phenomenon("islands", framed=False)
def _wh(c: SeededRandom) -> Pair:
    """What did Ruth say that Paul sold? / *What did Ruth ask who sold?"""
    what, subject, verb = _what(c), person(c), c.choice(FINDING).past
    ask = c.choice(("wonder", "ask", "discover"))
    bad = f"{what} did {subject} {ask} who {verb}?"
    if c.chance(0.5):
        return Pair(f"did {subject} {ask} who {verb} {some(c, lexicon.THINGS)}?", bad)
    return Pair(f"{what} did {subject} {c.choice(_SAYING)} that {name(c)} {verb}?", bad)
