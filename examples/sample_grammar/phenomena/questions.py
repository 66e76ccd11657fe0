"""Questions and negation: inversion, *do*, and where each auxiliary stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from examples.sample_grammar import lexicon
from examples.sample_grammar.actions import FINDING, PLAIN
from examples.sample_grammar.grammar import Pair, phenomenon, slot
from examples.sample_grammar.phrases import deed, doing, done_to, habit, name, pastime, people, person, state, the
from examples.sample_grammar.words import BE, DO, HAVE, agree

if TYPE_CHECKING:
    from colacli.data.seeded_random import SeededRandom

_MODALS = ("can", "will", "must", "should", "could")


@phenomenon("subject-auxiliary inversion", framed=False)
def _did(c: SeededRandom) -> Pair:
    """Did the boy wash the horse? / *Did the boy washed the horse?"""
    subject, done = person(c), doing(c)
    return slot(
        f"did {subject} _ {c.choice(('', *lexicon.PAST_TIMES))}?", done.base, c.choice((done.past, done.gerund))
    )


@phenomenon("subject-auxiliary inversion", framed=False)
def _without_do(c: SeededRandom) -> Pair:
    """Did the boy wash the horse? / *Washed the boy the horse?"""
    # Not where two objects could follow the verb: "Sold the boy the horse?" only lacks its *you*.
    subject, done = person(c), done_to(c, PLAIN)
    return Pair(f"did {subject} {done.base}?", f"{done.verb.past} {subject} {done.rest}?")


@phenomenon("subject-auxiliary inversion", framed=False)
def _auxiliary_first(c: SeededRandom) -> Pair:
    """Has the boy washed the horse? / *Has washed the boy the horse?"""
    subject = person(c)
    done = done_to(c, PLAIN)
    if c.chance(0.5):
        auxiliary, verb, right = agree(HAVE, subject.number), done.verb.participle, done.participle
    else:
        auxiliary, verb, right = c.choice(_MODALS), done.verb.base, done.base
    return Pair(f"{auxiliary} {subject} {right}?", f"{auxiliary} {verb} {subject} {done.rest}?")


@phenomenon("subject-auxiliary inversion", framed=False)
def _which_auxiliary(c: SeededRandom) -> Pair:
    """Is the man who is late angry? / *Is the man who late is angry?"""
    subject, (one, two) = the(c, lexicon.PEOPLE), c.pair(lexicon.FEELINGS)
    be = agree(BE, subject.number, past=c.chance(0.4))
    return Pair(f"{be} {subject} who {be} {one} {two}?", f"{be} {subject} who {one} {be} {two}?")


@phenomenon("subject-auxiliary inversion", framed=False)
def _after_question_word(c: SeededRandom) -> Pair:
    """What did the nurse find? / *What the nurse found?"""
    subject, verb, when = person(c), c.choice(FINDING), c.choice(("", *lexicon.PAST_TIMES))
    word = c.choice(
        ("what", f"which {c.choice(lexicon.THINGS).singular}", f"how many {c.choice(lexicon.THINGS).plural}")
    )
    return Pair(f"{word} did {subject} {verb.base} {when}?", f"{word} {subject} {verb.past} {when}?")


@phenomenon("subject-auxiliary inversion", framed=False)
def _adverbial(c: SeededRandom) -> Pair:
    """Why is the nurse tired? / *Why the nurse is tired?"""
    subject, word = person(c), c.choice(("why", "since when"))
    be, how = agree(BE, subject.number), state(c)
    return Pair(f"{word} {be} {subject} {how}?", f"{word} {subject} {be} {how}?")


@phenomenon("subject-auxiliary inversion", framed=False)
def _embedded(c: SeededRandom) -> Pair:
    """Emma knows what the pilot bought. / *Emma knows what did the pilot buy."""
    asker = c.choice(("I know", "we know", f"{name(c)} knows", f"{name(c)} remembers", "nobody knows"))
    subject, verb, done = person(c), c.choice(FINDING), doing(c)
    if c.chance(0.5):
        word, right, wrong = "what", verb.past, verb.base
    else:
        word, right, wrong = c.choice(("why", "when", "how")), done.past, done.base
    return Pair(f"{asker} {word} {subject} {right}", f"{asker} {word} did {subject} {wrong}")


@phenomenon("negation")
def _did_not(c: SeededRandom) -> Pair:
    """Nora did not buy the pears. / *Nora not bought the pears."""
    subject, done = person(c), deed(c)
    verb, rest = done.verb, done.rest
    wrong = c.choice((f"not {verb.past}", f"did not {verb.past}", f"{verb.past} not"))
    return slot(f"{subject} _ {rest} {c.choice(('', *lexicon.PAST_TIMES))}", f"did not {verb.base}", wrong)


@phenomenon("negation")
def _does_not(c: SeededRandom) -> Pair:
    """Nora does not eat the eggs every day. / *Nora does not eats the eggs every day."""
    subject, done = person(c, "singular"), habit(c)
    verb = done.verb
    wrong = c.choice((f"not {verb.third}", f"does not {verb.third}", f"{verb.third} not", f"not does {verb.base}"))
    return slot(f"{subject} _ {done.rest} {c.choice(('every day', 'very often'))}", f"does not {verb.base}", wrong)


@phenomenon("negation")
def _do_not(c: SeededRandom) -> Pair:
    """The boys do not sing here. / *The boys not sing here."""
    subject, done = people(c), pastime(c)
    verb, rest = done.verb, done.rest or "here"
    wrong = c.choice((f"not {verb.base}", f"not do {verb.base}", f"do not {verb.gerund}"))
    return slot(f"{subject} _ {rest}", f"do not {verb.base}", wrong)


@phenomenon("negation")
def _after_auxiliary(c: SeededRandom) -> Pair:
    """The pilot has not sold the car. / *The pilot not has sold the car."""
    subject, done = person(c), deed(c)
    auxiliary, form = c.choice(((agree(HAVE, subject.number), done), (c.choice(_MODALS), done)))
    rest = form.participle if auxiliary in ("has", "have") else form.base
    return slot(f"{subject} _ {rest}", f"{auxiliary} not", f"not {auxiliary}")


@phenomenon("negation")
def _no_do_with_be(c: SeededRandom) -> Pair:
    """The pilots are not tired. / *The pilots do not be tired."""
    subject, how = person(c), state(c)
    do, be = agree(DO, subject.number), agree(BE, subject.number)
    wrong = c.choice((f"{do} not be", f"not {be}", f"{do} not {be}"))
    return slot(f"{subject} _ {how}", f"{be} not", wrong)
