"""Reflexives: they agree with a subject of their own clause, and are no subjects."""

from __future__ import annotations

from clauses import Clause
from draws import Draws
from pairing import Made, Pairer, pair
from phrases import Words, in_place_of
from questions import THINKS

_SELVES = ("himself", "herself", "themselves", "myself", "itself", "ourselves")
_SUBJECT = {"he": "himself", "she": "herself", "they": "themselves", "we": "ourselves"}
_NO_WORD = {
    "himself": ("hisself", "heself"),
    "themselves": ("theirselves", "theyselves"),
    "herself": ("sheself",),
    "ourselves": ("usselves",),
}


def _wrong(own: str, draws: Draws) -> str:
    return draws.choice([word for word in _SELVES if word != own])


@pair(1.5, "reflexive")
def reflexive_text(kit: Pairer, item: tuple[Words, str], draws: Draws) -> Made:
    """'She saw herself.' / 'She saw himself.', in a real sentence that speaks of one person."""
    words, mark = item
    own = next(word for word in words if word in _SELVES or word == "ourselves")
    at = words.index(own)
    pronouns = {word for word in words[:at] if word in _SUBJECT}
    if len(pronouns) != 1 or _SUBJECT[pronouns.pop()] != own:
        return None
    changed = list(words)
    changed[at] = in_place_of(words[at], _wrong(own, draws) if draws.random() < 0.9 else draws.choice(_NO_WORD[own]))
    return " ".join(words), " ".join(changed), mark


@pair(2, "people")
def reflexive(kit: Pairer, c: Clause, draws: Draws) -> Made:
    """'The boy saw himself.' / 'The boy saw herself.', 'Himself saw the boy.', 'The boy's mother saw himself.'."""
    own = c.subject.self
    if own is None:
        return None
    good = f"{c.s} {c.verb.past} {own} {c.tail}"
    if draws.random() < 0.2:
        return good, f"{own} {c.verb.past} {c.subject.accusative} {c.tail}", "."
    return good, f"{c.s} {c.verb.past} {_wrong(own, draws)} {c.tail}", "."


@pair(3, "people")
def reflexive_far(kit: Pairer, c: Clause, draws: Draws) -> Made:
    """'Mary said that he saw himself.' / 'Mary said that he saw herself.'; across a relative clause."""
    own, other = c.subject.self, kit.subject(draws)
    wrong = other.self
    if own is None or wrong is None or wrong == own:
        return None
    kind = draws.random()
    if kind < 0.5 or c.s == c.subject.head:
        start = f"{other.text} {draws.choice(THINKS)} that {c.s} {c.verb.past}"
        return f"{start} {own} {c.tail}", f"{start} {wrong} {c.tail}", "."
    if kind < 0.8:
        inner = kit.clause(draws, "people")
        start = f"{c.s} who {inner.verb.past} {other.accusative} {c.verb.past}"
    else:
        start = (
            f"{c.s} {draws.choice(('beside', 'behind', 'near', 'next to', 'with'))} {other.accusative} {c.verb.past}"
        )
    return f"{start} {own} {c.tail}", f"{start} {wrong} {c.tail}", "."


@pair(2, "clause")
def reflexive_case(kit: Pairer, c: Clause, draws: Draws) -> Made:
    """'He said that he opened it.' / 'He said that himself opened it.'; 'opened his door' / 'opened himself door'."""
    own = c.subject.self
    if own is None:
        return None
    pronoun = {"himself": "he", "herself": "she", "themselves": "they", "myself": "I", "ourselves": "we"}[own]
    if draws.random() < 0.6:
        start = f"{c.s} {draws.choice((*THINKS, 'knew', 'felt'))} that"
        return f"{start} {pronoun} {c.verb.past} {c.rest}", f"{start} {own} {c.verb.past} {c.rest}", "."
    noun = c.o.partition(" ")[2]
    his = {"he": "his", "she": "her", "they": "their", "I": "my", "we": "our"}[pronoun]
    bad = draws.choice((own, f"{own}'s"))
    return f"{c.s} {c.verb.past} {his} {noun} {c.tail}", f"{c.s} {c.verb.past} {bad} {noun} {c.tail}", "."


@pair(1, "people")
def pronoun_near(kit: Pairer, c: Clause, draws: Draws) -> Made:
    """'The men saw each other.' / 'The man saw each other.'; 'I saw myself.' / 'I saw me.'."""
    if c.s in ("I", "we", "you"):
        own = c.subject.self
        return own and (
            f"{c.s} {c.verb.past} {own} {c.tail}",
            f"{c.s} {c.verb.past} {c.subject.accusative} {c.tail}",
            ".",
        )
    many = kit.lexicon.plurals.get(c.subject.head)
    if many is None or c.s.split()[0] not in ("the", "his", "her", "my", "our", "their"):
        return None
    subject = c.s[: -len(c.subject.head)]
    return f"{subject}{many} {c.verb.past} each other {c.tail}", f"{c.s} {c.verb.past} each other {c.tail}", "."
