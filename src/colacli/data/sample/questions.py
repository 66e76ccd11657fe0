"""Questions, relative clauses and ellipsis: what moves, and what is left out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from colacli.data.sample import lexicon
from colacli.data.sample.grammar import Pair, phenomenon
from colacli.data.sample.phrases import (
    activity,
    any_number,
    be,
    definite,
    do,
    event,
    have,
    name,
    other,
    person,
    the,
)
from colacli.data.sample.words import verbs

if TYPE_CHECKING:
    from colacli.data.sample.chooser import Chooser


@phenomenon("questions", framed=False)
def _inversion(c: Chooser) -> Pair:
    """Did the boy wash the horse? / *Did the boy washed the horse?"""
    subject, (verb, thing) = person(c), activity(c)
    wrong = [f"did {subject.text} {verb.gerund}", f"did {verb.base} {subject.text}", f"{verb.past} did {subject.text}"]
    if verb.past != verb.base:
        wrong += [f"did {subject.text} {verb.past}"] * 3
    return Pair(f"did {subject.text} {verb.base} {thing.text}?", f"{c.pick(wrong)} {thing.text}?")


@phenomenon("questions", framed=False)
def _which_auxiliary(c: Chooser) -> Pair:
    """Is the man who is late angry? / *Is the man who late is angry?"""
    number = any_number(c)
    subject, feeling = definite(c, lexicon.PEOPLE, number), c.two(lexicon.FEELINGS)
    verb = be(number)
    head, (one, two) = f"{verb} {subject.text} who", feeling
    return Pair(f"{head} {verb} {one} {two}?", f"{head} {one} {verb} {two}?")


@phenomenon("questions", framed=False)
def _wh_inversion(c: Chooser) -> Pair:
    """What has the nurse found? / *What the nurse has found?"""
    subject, word = definite(c, lexicon.PEOPLE), c.pick(["what", "which book", "whose car", "which box"])
    seen, has = c.pick(_SEEN).participle, have(subject.number)
    wrong = c.pick([f"{word} {subject.text} {has} {seen}?", f"{has} {word} {subject.text} {seen}?"])
    return Pair(f"{word} {has} {subject.text} {seen}?", wrong)


_SEEN = verbs("find/found buy/bought see/saw/seen mention describe borrow")


@phenomenon("questions")
def _indirect(c: Chooser) -> Pair:
    """Emma asked what the pilot bought. / *Emma asked what did the pilot buy."""
    asker, subject, verb = person(c), definite(c, lexicon.PEOPLE), c.pick(_GAP_VERBS)
    head = f"{asker.text} {c.pick(['asked', 'wondered', 'did not know', 'wanted to know'])}"
    word = c.pick(["what", "why", "where", "when", "how"])
    noun = definite(c, lexicon.THINGS, "singular").text
    rest, base = (verb.past, verb.base) if word == "what" else (f"{verb.past} {noun}", f"{verb.base} {noun}")
    return Pair(f"{head} {word} {subject.text} {rest}", f"{head} {word} did {subject.text} {base}")


_GAP_VERBS = verbs("find/found buy/bought borrow sell/sold steal/stole/stolen paint repair hide/hid/hidden")


@phenomenon("gaps", framed=False)
def _filled(c: Chooser) -> Pair:
    """What did Henry sell? / *What did Henry sell the ladder?"""
    subject, verb, thing = person(c), c.pick(_GAP_VERBS), definite(c, lexicon.THINGS)
    when = c.pick(["", " yesterday", " last week", " in the morning"])
    word = c.pick(["what", "which ring", "how many cups", "which basket"])
    head = f"{word} did {subject.text} {verb.base}"
    return Pair(f"{head}{when}?", f"{head} {thing.text}{when}?")


@phenomenon("gaps")
def _statement_gap(c: Chooser) -> Pair:
    """I know what Henry sold. / *I know that Henry repaired."""
    knower = c.pick(["I know", "we know", "everyone knows", f"{name(c).text} knows", f"{name(c).text} remembers"])
    subject, verb = person(c), c.pick(verbs("repair borrow find/found fix examine carry"))
    thing = definite(c, lexicon.THINGS).text
    if c.chance(0.5):
        return Pair(f"{knower} what {subject.text} {verb.past}", f"{knower} that {subject.text} {verb.past}")
    tail = f"{subject.text} {verb.past} {thing}"
    return Pair(f"{knower} that {tail}", f"{knower} what {tail}")


@phenomenon("gaps", framed=False)
def _preposition(c: Chooser) -> Pair:
    """Who did Anna talk to? / *Who did Anna talk to the mayor?"""
    subject, target = person(c), definite(c, lexicon.PEOPLE)
    verb, preposition = c.pick([("talk", "to"), ("wait", "for"), ("listen", "to"), ("look", "at"), ("rely", "on")])
    head = f"{c.pick(['who', 'which teacher', 'which guest'])} did {subject.text} {verb}"
    wrong = c.pick([f"{head} {preposition} {target.text}?", f"{head}?"])
    return Pair(f"{head} {preposition}?", wrong)


@phenomenon("relative clauses")
def _resumptive(c: Chooser) -> Pair:
    """The nurse that Paul met left. / *The nurse that Paul met her left."""
    head, subject, verb = definite(c, lexicon.GENDERED), name(c), c.pick(lexicon.ON_PEOPLE)
    start, tail = f"{head.text} that {subject.text} {verb.past}", c.pick(lexicon.INTRANSITIVE).past
    return Pair(f"{start} {tail}", f"{start} {head.pronoun_object} {tail}")


@phenomenon("relative clauses")
def _animacy(c: Chooser) -> Pair:
    """The lamp which Anna sold is old. / *The lamp who Anna sold is old."""
    subject = name(c).text
    if c.chance(0.5):
        verb, noun = c.pick(_GAP_VERBS), definite(c, lexicon.THINGS)
        right, wrong, tail = c.pick(["which", "that"]), c.pick(["who", "whom"]), c.pick(lexicon.THING_ADJECTIVES)
    else:
        verb, noun = c.pick(lexicon.ON_PEOPLE), definite(c, lexicon.PEOPLE)
        right, wrong, tail = c.pick(["who", "that"]), c.pick(["which", "what"]), c.pick(lexicon.FEELINGS)
    tail = f"{subject} {verb.past} {be(noun.number)} {tail}"
    return Pair(f"{noun.text} {right} {tail}", f"{noun.text} {wrong} {tail}")


@phenomenon("relative clauses")
def _after_preposition(c: Chooser) -> Pair:
    """The artist to whom she spoke left. / *The artist to that she spoke left."""
    subject, head = name(c), definite(c, lexicon.NEUTRAL)
    verb, preposition = c.pick([("talked", "to"), ("waited", "for"), ("listened", "to"), ("looked", "at")])
    tail = f"{subject.text} {verb} {c.pick(lexicon.INTRANSITIVE).past}"
    wrong = c.pick(["that", "which"])
    return Pair(f"{head.text} {preposition} whom {tail}", f"{head.text} {preposition} {wrong} {tail}")


@phenomenon("relative clauses")
def _subject_gap(c: Chooser) -> Pair:
    """The clerk who found the key smiled. / *The clerk who he found the key smiled."""
    head, (verb, thing) = definite(c, lexicon.GENDERED), event(c)
    last = c.pick(verbs("smile laugh frown complain wait"))
    if c.chance(0.5):
        wrong = f"{head.text} who {head.pronoun} {verb.past} {thing.text} {last.past}"
        return Pair(f"{head.text} who {verb.past} {thing.text} {last.past}", wrong)
    tail = f"{verb.past} {thing.text} {last.past}"
    return Pair(f"{head.text} who {tail}", f"{head.text} {verb.gerund} who {thing.text} {last.past}")


@phenomenon("verb phrase ellipsis")
def _auxiliary(c: Chooser) -> Pair:
    """Ruth can swim, and Paul can too. / *Ruth can swim, and Paul does too."""
    (one, two), verb = c.two(lexicon.NAMES), c.pick(lexicon.AGENTIVE)
    modal, wrong = c.pick(_MISMATCHED)
    form = {"can": verb.base, "will": verb.base, "has": verb.participle, "is": verb.gerund}[modal]
    head = f"{one} {modal} {form}, and {two}"
    return Pair(f"{head} {modal} too", f"{head} {wrong} too")


_MISMATCHED = [("can", "has"), ("will", "has"), ("has", "does"), ("has", "is"), ("is", "does"), ("is", "has")]


@phenomenon("verb phrase ellipsis")
def _polarity(c: Chooser) -> Pair:
    """Alice did not sing, and Frank did not either. / *Alice did not sing, and Frank did not too."""
    (one, two), verb = c.two(lexicon.NAMES), c.pick(lexicon.AGENTIVE)
    if c.chance(0.5):
        head = f"{one} did not {verb.base}, and {two} did not"
        return Pair(f"{head} either", f"{head} too")
    return Pair(f"{one} {verb.past}, and so did {two}", f"{one} {verb.past}, and neither did {two}")


@phenomenon("verb phrase ellipsis")
def _no_auxiliary(c: Chooser) -> Pair:
    """Mary fed the dog, but Tom did not. / *Mary fed the dog, but Tom not."""
    (one, two), (verb, thing) = c.two(lexicon.NAMES), activity(c)
    head = f"{one} {verb.past} {thing.text}, but {two}"
    return Pair(f"{head} did not", f"{head} {c.pick(['not', 'not did', 'does not have', 'did not be'])}")


@phenomenon("verb phrase ellipsis")
def _number(c: Chooser) -> Pair:
    """The boy sings often, and the girls do too. / *The boy sings often, and the girls does too."""
    first, second = definite(c, lexicon.PEOPLE, "singular"), the(c.pick(lexicon.NEUTRAL), any_number(c))
    head = f"{first.text} {c.pick(lexicon.AGENTIVE).third} {c.pick(['here', 'a lot', 'often'])}"
    tail = f"and {second.text}"
    return Pair(f"{head}, {tail} {do(second.number)} too", f"{head}, {tail} {do(other(second.number))} too")
