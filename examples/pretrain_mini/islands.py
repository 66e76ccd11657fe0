"""Islands: phrases that nothing can be asked out of (Ross 1967)."""

from __future__ import annotations

from clauses import Clause
from draws import Draws
from pairing import Made, Pairer, pair
from questions import THINK

_FACTS = ("the claim", "the rumour", "the fact", "the news", "the story", "the report", "the idea")
_ABOUT = (
    "the story about",
    "a picture of",
    "the rumours about",
    "a letter about",
    "the news of",
    "a book about",
    "friends of",
)
_MOVED = ("annoyed", "pleased", "surprised", "amused", "worried", "interested", "disturbed", "irritated", "upset")
_BARE = {"annoyed": "annoy", "pleased": "please", "surprised": "surprise", "amused": "amuse", "worried": "worry",
         "interested": "interest", "disturbed": "disturb", "irritated": "irritate", "upset": "upset"}  # fmt: skip


@pair(2, "clause")
def adjunct_island(kit: Pairer, c: Clause, draws: Draws) -> Made:
    """'What did he open before she saw the man?' / 'What did he open the door before she saw?'; or 'before seeing'."""
    other = kit.clause(draws, "strict")
    if draws.random() < 0.5:
        adjunct = (
            f"{draws.choice(('before', 'after', 'while', 'because', 'when', 'until'))} {other.s} {other.verb.past}"
        )
    else:
        adjunct = f"{draws.choice(('before', 'after', 'without', 'while'))} {other.verb.ing}"
    head = f"did {c.s} {c.verb.base}"
    return f"{c.wh} {head} {adjunct} {other.o}", f"{other.wh} {head} {c.o} {adjunct}", "?"


@pair(2, "clause")
def coordination_island(kit: Pairer, c: Clause, draws: Draws) -> Made:
    """'What did he see and the dog?' beside 'What did he see?'; out of one of two verb phrases."""
    other = kit.clause(draws)
    if draws.random() < 0.5:
        bad = draws.choice(
            (f"{c.wh} did {c.s} {c.verb.base} and {other.o}", f"{c.wh} did {c.s} {c.verb.base} {other.o} and")
        )
        good = f"{c.wh} did {c.s} {c.verb.base} {draws.choice((c.tail, f'with {other.o}'))}"
        return good, bad, "?"
    if other.verb == c.verb:
        return None
    head = f"{c.wh} did {c.s} {c.verb.base}"
    if draws.random() < 0.5:
        return f"{head} and {other.verb.base}", f"{head} and {other.verb.base} {other.o}", "?"
    return f"{head} and {other.verb.base}", f"{head} {c.o} and {other.verb.base}", "?"


@pair(2, "clause")
def complex_noun_phrase(kit: Pairer, c: Clause, draws: Draws) -> Made:
    """'What did she believe that he found?' / 'What did she believe the claim that he found?'."""
    who, inner = kit.subject(draws).text, f"that {c.s} {c.verb.past}"
    fact = draws.choice(_FACTS)
    bad = f"{c.wh} did {who} {draws.choice(('believe', 'hear', 'forget', 'know', 'remember'))} {fact} {inner} {c.tail}"
    if draws.random() < 0.4:
        return f"{c.wh} did {who} {draws.choice(('believe', 'hear', 'forget', 'know'))} {inner} {c.tail}", bad, "?"
    return f"who {draws.choice(('believed', 'heard', 'forgot', 'knew'))} {fact} that {c}", bad, "?"


@pair(2, "noun_people")
def relative_island(kit: Pairer, c: Clause, draws: Draws) -> Made:
    """'Who did the man that found the book call?' / 'What did the man that found call the boy?'."""
    if c.s == c.subject.head or c.object is None:
        return None
    inner = kit.clause(draws, "strict")
    that = draws.choice(("who", "that"))
    if draws.random() < 0.5 or c.o == c.object.head:
        bad = f"{inner.wh} did {c.s} {that} {inner.verb.past} {c.verb.base} {c.o}"
        return f"who did {c.s} {that} {inner.verb.past} {inner.o} {c.verb.base}", bad, "?"
    bad = f"{inner.wh} did {c.s} {c.verb.base} {c.o} {that} {inner.verb.past}"
    return f"who {c.verb.past} {c.o} {that} {inner.verb.past} {inner.o}", bad, "?"


@pair(1.5, "clause")
def wh_island(kit: Pairer, c: Clause, draws: Draws) -> Made:
    """'What did she think that he found?' / 'What did she wonder whether he found?', 'What did she ask who found?'."""
    who = kit.subject(draws).text
    if draws.random() < 0.6:
        link = draws.choice(("wonder whether", "wonder why", "ask when", "ask whether", "wonder if", "ask why"))
        gap = f"{c.s} {c.verb.past} {c.tail}"
        return f"{c.wh} did {who} {draws.choice(THINK)} that {gap}", f"{c.wh} did {who} {link} {gap}", "?"
    verb = draws.choice(("wonder", "ask", "know", "remember", "discover"))
    if not c.subject.person:
        return None
    past = {"know": "knew"}.get(verb, verb + ("d" if verb.endswith("e") else "ed"))
    return f"who {past} {c.wh} {c.s} {c.verb.past} {c.tail}", f"{c.wh} did {who} {verb} who {c.verb.past} {c.tail}", "?"


@pair(1.5, "clause")
def left_branch(kit: Pairer, c: Clause, draws: Draws) -> Made:
    """'Which door did she open?' / 'Which did she open door?'."""
    first, _, noun = c.o.partition(" ")
    many = c.object is not None and c.object.plural
    head = draws.choice(("which", "whose", "what", "how many" if many else "which"))
    if first in ("some", "no", "any", "every") or noun == "":
        return None
    ask = f"did {c.s} {c.verb.base}"
    if draws.random() < 0.3:
        matrix = f"{kit.subject(draws).text} wondered {head}"
        return f"{matrix} {noun} {c.s} {c.verb.past} {c.tail}", f"{matrix} {c.s} {c.verb.past} {noun} {c.tail}", "."
    return f"{head} {noun} {ask} {c.tail}", f"{head} {ask} {noun} {c.tail}", "?"


@pair(1.5, "clause")
def subject_island(kit: Pairer, c: Clause, draws: Draws) -> Made:
    """'Who did the story about the boy please?' / 'Who did the story about please the boy?'."""
    verb, person = draws.choice(_MOVED), kit.subject(draws)
    if draws.random() < 0.5:
        about = draws.choice(_ABOUT)
        bad = f"{c.wh} did {about} {_BARE[verb]} {person.accusative}"
        return f"who did {about} {c.o} {_BARE[verb]}", bad, "?"
    subject = c.verb.ing if draws.random() < 0.5 else f"the fact that {c.s} {c.verb.past}"
    bad = f"{c.wh} did {subject} {c.tail} {_BARE[verb]} {person.accusative}"
    return f"who did {subject} {c.o} {c.tail} {_BARE[verb]}", bad, "?"
