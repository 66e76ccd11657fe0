"""Questions and relative clauses: what is asked for leaves a gap, and only there."""

from __future__ import annotations

from clauses import Clause
from draws import Draws
from pairing import Made, Pairer, pair

WONDER = ("wondered", "asked")
KNOW = ("knew", "remembered", "discovered", "forgot", "saw", "learned", "noticed")
THINK = ("think", "say", "believe", "hope", "suppose", "claim")
THINKS = ("thought", "said", "believed", "knew", "hoped", "claimed")


@pair(1.5, "clause")
def filled_gap(kit: Pairer, c: Clause, draws: Draws) -> Made:
    """'What did the man find in the garden?' / 'What did the man find the book in the garden?'."""
    return f"{c.wh} did {c.s} {c.verb.base} {c.tail}", f"{c.wh} did {c.s} {c.verb.base} {c.o} {c.tail}", "?"


@pair(1, "clause")
def question_form(kit: Pairer, c: Clause, draws: Draws) -> Made:
    """'What did she find?' / 'What she found?', 'What did she found?', 'What she did find?'."""
    base, past = c.verb.base, c.verb.past
    bad = draws.choice((f"{c.s} {past}", f"did {c.s} {past}", f"{c.s} did {base}"))
    if base == past:
        bad = f"{c.s} did {base}"
    return f"{c.wh} did {c.s} {base} {c.tail}", f"{c.wh} {bad} {c.tail}", "?"


@pair(1, "clause")
def embedded_order(kit: Pairer, c: Clause, draws: Draws) -> Made:
    """'I wondered what she found.' / 'I wondered what did she find.'."""
    who, verb = kit.subject(draws).text, draws.choice(WONDER + KNOW)
    return (
        f"{who} {verb} {c.wh} {c.s} {c.verb.past} {c.tail}",
        f"{who} {verb} {c.wh} did {c.s} {c.verb.base} {c.tail}",
        ".",
    )


@pair(2.5, "strict")
def what_or_that(kit: Pairer, c: Clause, draws: Draws) -> Made:
    """'I knew what he caught.' / 'I knew that he caught.'; with an object the other way."""
    matrix = f"{kit.subject(draws).text} {draws.choice(KNOW)}"
    if draws.random() < 0.5:
        gap = f"{c.s} {c.verb.past} {c.tail}"
        return f"{matrix} {c.wh} {gap}", f"{matrix} that {gap}", "."
    return f"{matrix} that {c}", f"{matrix} {c.wh} {c}", "."


@pair(1.5, "clause")
def what_or_that_far(kit: Pairer, c: Clause, draws: Draws) -> Made:
    """'I knew what Tom said that he caught.' / 'I knew that Tom said that he caught.', or the other way."""
    matrix = f"{kit.subject(draws).text} {draws.choice(KNOW)}"
    middle = f"{kit.subject(draws).text} {draws.choice(THINKS)} that"
    gap = f"{middle} {c.s} {c.verb.past} {c.tail}"
    if draws.random() < 0.5 and c.verb in kit.lexicon.transitive:
        return f"{matrix} {c.wh} {gap}", f"{matrix} that {gap}", "."
    return f"{matrix} that {middle} {c}", f"{matrix} {c.wh} {middle} {c}", "."


@pair(1, "clause")
def subject_gap(kit: Pairer, c: Clause, draws: Draws) -> Made:
    """'I knew who opened the door.' / 'I knew who he opened the door.', 'I knew that opened the door.'."""
    if not c.subject.person:
        return None
    matrix = f"{kit.subject(draws).text} {draws.choice(KNOW)}"
    bad = draws.choice((f"who {c}", f"that {c.verb.past} {c.rest}"))
    return f"{matrix} who {c.verb.past} {c.rest}", f"{matrix} {bad}", "."


@pair(1.5, "clause")
def that_trace(kit: Pairer, c: Clause, draws: Draws) -> Made:
    """'Who did she think opened the door?' / 'Who did she think that opened the door?'."""
    if not c.subject.person:
        return None
    head = f"who did {kit.subject(draws).text} {draws.choice(THINK)}"
    return f"{head} {c.verb.past} {c.rest}", f"{head} that {c.verb.past} {c.rest}", "?"


@pair(1, "clause")
def far_gap(kit: Pairer, c: Clause, draws: Draws) -> Made:
    """'What did she say that he found?' / 'What did she say that he found the book?'."""
    head = f"{c.wh} did {kit.subject(draws).text} {draws.choice(THINK)} {draws.choice(('that', ''))}"
    return f"{head} {c.s} {c.verb.past} {c.tail}", f"{head} {c}", "?"


@pair(1.5, "strict")
def relative_gap(kit: Pairer, c: Clause, draws: Draws) -> Made:
    """'We saw the boy that she caught.' / 'We saw the boy that she caught him.'."""
    if c.object is None or c.tail:
        return None
    it = "them" if c.object.plural else {"m": "him", "f": "her"}.get(c.object.gender, "" if c.object.person else "it")
    fill = it if it and draws.random() < 0.6 else kit.clause(draws).o
    start = f"{kit.subject(draws).text} {draws.choice(('saw', 'remembered', 'knew', 'liked', 'wanted', 'described'))}"
    gap = (
        f"{start} {_definite(c.o)} {draws.choice(('that', 'who' if c.object.person else 'which'))} {c.s} {c.verb.past}"
    )
    return gap, f"{gap} {fill}", "."


@pair(0.7, "noun_subject")
def who_or_which(kit: Pairer, c: Clause, draws: Draws) -> Made:
    """'The man who opened the door smiled.' / 'The man which opened the door smiled.'."""
    if not c.subject.person or c.s == c.subject.head or c.subject.head in ("creature", "creatures"):
        return None
    other = kit.clause(draws)
    rest = f"{c.verb.past} {c.rest} {other.verb.past} {other.rest}"
    return f"{c.s} who {rest}", f"{c.s} {draws.choice(('which', 'whom', 'what'))} {rest}", "."


def _definite(text: str) -> str:
    first, _, rest = text.partition(" ")
    return f"the {rest}" if first in ("a", "an", "my", "his", "her", "our", "their", "your", "its") else text
