"""Clauses that verbs take: finite ones, infinitives and gerunds; raising, control and tough movement."""

from __future__ import annotations

from typing import TYPE_CHECKING

from examples.sample_grammar import lexicon
from examples.sample_grammar.actions import STATES
from examples.sample_grammar.grammar import Pair, phenomenon, slot
from examples.sample_grammar.phrases import (
    VerbPhrase,
    activity,
    deed,
    doing,
    done_to,
    name,
    pastime,
    people,
    person,
    some,
    state,
    the,
)
from examples.sample_grammar.words import BE, agree, verbs

if TYPE_CHECKING:
    from colacli.data.seeded_random import SeededRandom


def _fact(c: SeededRandom) -> str:
    """A clause about the past."""
    return f"{person(c)} had {doing(c).participle}"


@phenomenon("complement clauses")
def _believed(c: SeededRandom) -> Pair:
    """Ruth believed that the king had left. / *Ruth believed whether the king had left."""
    head = f"{person(c)} {c.choice(verbs('think/thought believe claim hope suspect assume')).past}"
    return slot(f"{head} _ {_fact(c)}", "that", "whether")


@phenomenon("complement clauses")
def _wondered(c: SeededRandom) -> Pair:
    """Ruth wondered whether the king had left. / *Ruth wondered the king had left."""
    head = f"{person(c)} {c.choice(('wondered', 'asked', 'inquired'))}"
    return slot(f"{head} _ {_fact(c)}", c.choice(("whether", "if")), "")


@phenomenon("complement clauses")
def _told(c: SeededRandom) -> Pair:
    """Ruth told the king that we had left. / *Ruth claimed the king that we had left."""
    right = c.choice(("told", "reminded", "convinced", "informed", "warned"))
    wrong = c.choice(("said", "claimed", "thought", "hoped"))
    return slot(f"{person(c)} _ {the(c, lexicon.PEOPLE)} that {_fact(c)}", right, wrong)


@phenomenon("complement clauses")
def _nobody_told(c: SeededRandom) -> Pair:
    """Ruth claimed that the king had left. / *Ruth told that the king had left."""
    right = c.choice(("said", "claimed", "believed", "thought", "hoped"))
    return slot(f"{person(c)} _ that {_fact(c)}", right, c.choice(("told", "reminded", "convinced", "informed")))


_LEFT = ("stole the car", "broke the mirror", "wrote the letter", "slept in the barn",
         "drew the portrait", "sang at the wedding", "gave the key away", "lied", "ate the cake")  # fmt: skip


@phenomenon("complement clauses", framed=False)
def _as_subject(c: SeededRandom) -> Pair:
    """That the king lied annoyed Ruth. / *The king lied annoyed Ruth."""
    moved = c.choice(("surprised", "annoyed", "shocked", "upset"))
    return slot(f"_ {person(c)} {c.choice(_LEFT)} {moved} {person(c)}", c.choice(("that", "the fact that")), "")


@phenomenon("complement clauses")
def _about(c: SeededRandom) -> Pair:
    """They talked about whether Paul had left. / *They talked about that Paul had left."""
    head = c.choice(("talked about", "thought about", "argued about", "worried about", "disagreed about"))
    return slot(f"{people(c)} {head} _ {_fact(c)}", "whether", "that")


_DECIDING = verbs("decide hope agree refuse promise pretend want")


@phenomenon("infinitives and gerunds")
def _gerund(c: SeededRandom) -> Pair:
    """They enjoyed painting the chair. / *They enjoyed to paint the chair."""
    if c.chance(0.7):
        enjoyed, done = c.choice(("enjoyed", "avoided", "denied", "admitted")), activity(c)
    else:
        enjoyed = c.choice(("enjoyed", "denied"))
        done = c.choice((done_to(c, STATES), VerbPhrase(BE, c.choice(("late", "busy", "alone", "famous")))))
    return slot(f"{person(c)} {enjoyed} _", done.gerund, c.choice((f"to {done.base}", done.base)))


@phenomenon("infinitives and gerunds")
def _infinitive(c: SeededRandom) -> Pair:
    """They decided to paint the chair. / *They decided painting the chair."""
    done = activity(c)
    wrong = c.choice((done.gerund, done.base, f"to {done.past}"))
    return slot(f"{person(c)} {c.choice(_DECIDING).past} _", f"to {done.base}", wrong)


@phenomenon("infinitives and gerunds")
def _bare(c: SeededRandom) -> Pair:
    """The queen made them sing. / *The queen made them to sing."""
    done = activity(c) if c.chance(0.6) else pastime(c)
    head = f"{person(c)} {c.choice(('made', 'let'))} {person(c)}"
    return slot(f"{head} _", done.base, f"to {done.base}")


@phenomenon("infinitives and gerunds")
def _with_to(c: SeededRandom) -> Pair:
    """The queen persuaded them to sing. / *The queen persuaded them sing."""
    done = doing(c)
    head = f"{person(c)} {c.choice(('persuaded', 'told', 'allowed', 'forced', 'encouraged'))} {person(c)}"
    return slot(f"{head} _", f"to {done.base}", c.choice((done.base, f"to {done.past}")))


@phenomenon("infinitives and gerunds")
def _after_preposition(c: SeededRandom) -> Pair:
    """Peter left without opening the box. / *Peter left without to open the box."""
    done = deed(c)
    verb = f"{person(c)} {c.choice(('left', 'smiled', 'fell asleep', 'went home'))}"
    head = f"{verb} {c.choice(('without', 'before', 'after'))}"
    return slot(f"{head} _", done.gerund, c.choice((f"to {done.base}", done.base)))


@phenomenon("infinitives and gerunds")
def _wanted(c: SeededRandom) -> Pair:
    """My uncle wanted us to sing. / *My uncle wanted that we sang."""
    subject, other, done = person(c), person(c), doing(c)
    return slot(f"{subject} wanted _", f"{other} to {done.base}", f"that {other} {done.past}")


_RAISING = ("seemed", "appeared", "happened", "turned out")
_CONTROL = ("tried", "wanted", "hoped", "refused", "decided", "agreed")
_PRESENCE = (
    "a problem with the car", "a fire in the village", "a cat in the garden", "a mistake in the report",
    "a hole in the roof", "a letter in the drawer", "an accident at the station", "a doctor on the bus",
    "a ghost in the castle", "a queue outside the museum", "a stranger at the door",
)  # fmt: skip


@phenomenon("raising and control")
def _there(c: SeededRandom) -> Pair:
    """There seemed to be a hole in the roof. / *There tried to be a hole in the roof."""
    if c.chance(0.4):
        right, wrong = ("likely", "certain", "sure"), ("eager", "willing", "happy")
        return slot(f"there was _ to be {c.choice(_PRESENCE)}", c.choice(right), c.choice(wrong))
    return slot(f"there _ to be {c.choice(_PRESENCE)}", c.choice(_RAISING), c.choice(_CONTROL))


@phenomenon("raising and control")
def _there_below(c: SeededRandom) -> Pair:
    """Ruth believed there to be a hole in the roof. / *Ruth forced there to be a hole in the roof."""
    right, wrong = ("expected", "believed", "wanted"), ("persuaded", "asked", "forced", "told")
    return slot(f"{person(c)} _ there to be {c.choice(_PRESENCE)}", c.choice(right), c.choice(wrong))


@phenomenon("raising and control")
def _it_seems(c: SeededRandom) -> Pair:
    """It seemed that the pilot had left. / *It wanted that the pilot had left."""
    clause = f"that {person(c)} had {doing(c).participle}"
    if c.chance(0.5):
        wrong = c.choice(("tried", "wanted", "managed", "refused"))
        return slot(f"it _ {clause}", c.choice(("seemed", "appeared", "turned out")), wrong)
    right = c.choice(("clear", "likely", "obvious", "possible", "certain"))
    return slot(f"it was _ {clause}", right, c.choice(("eager", "able", "easy", "willing")))


@phenomenon("raising and control")
def _seems_that(c: SeededRandom) -> Pair:
    """Clara seems to be tired. / *Clara seems that she is tired."""
    subject, how = name(c), state(c)
    pronoun = subject.pronouns[0]
    if c.chance(0.5):
        seems = c.choice(("seems", "appears"))
        return slot(f"{subject} {seems} _ {how}", "to be", f"that {pronoun} is")
    return slot(f"{subject} is {c.choice(('certain', 'sure', 'bound'))} _ {how}", "to be", "being")


@phenomenon("raising and control")
def _with_subject(c: SeededRandom) -> Pair:
    """Paul wanted Mary to leave. / *Paul tried Mary to leave."""
    right, wrong = ("wanted", "expected", "told", "asked"), ("tried", "decided", "hoped", "refused", "managed")
    return slot(f"{person(c)} _ {person(c)} to {doing(c).base}", c.choice(right), c.choice(wrong))


_HARD = ("easy", "hard", "difficult", "impossible")


@phenomenon("raising and control")
def _tough(c: SeededRandom) -> Pair:
    """This key is easy to find. / *This key is easy to find it."""
    thing = the(c, lexicon.THINGS)
    verb = c.choice(("find", "buy", "sell", "steal", "borrow"))
    head = f"{thing} {agree(BE, thing.number)} {c.choice(_HARD)} to {verb}"
    return slot(f"{head} _", "", c.choice((thing.pronouns[1], some(c, lexicon.THINGS).text)))


@phenomenon("raising and control")
def _eager(c: SeededRandom) -> Pair:
    """The poets were eager to find the key. / *The poets were difficult to find the key."""
    subject = person(c)
    be = agree(BE, subject.number, past=c.chance(0.5))
    right = c.choice(("eager", "ready", "happy", "able", "willing"))
    return slot(f"{subject} {be} _ to {activity(c).base}", right, c.choice(_HARD))
