"""Ellipsis: what may be left out, and what must stand before it."""

from __future__ import annotations

from clauses import Clause
from draws import Draws
from lexicon import Lexicon
from pairing import Made, Pairer, pair
from words import listed

_PLURAL = ("two", "three", "four", "five", "several", "many", "some", "a few", "ten")
_ALONE = (
    "two",
    "three",
    "four",
    "several",
    "many",
    "some",
    "a few",
    "ten",
    "more",
    "only two",
    "just three",
    "even more",
)
_LINKS = ("before", "but", "while", "because", "and then", "when", "after", "although", "so")
_NEVER_ALONE = ("the", "a", "every", "my", "her", "their", "our", "no")
_OTHERS = ("did", "could", "would", "will", "can", "must")


def _adjective(lexicon: Lexicon, c: Clause, draws: Draws) -> tuple[str, str] | None:
    """A plural noun of the clause's object, and an adjective."""
    if c.object is None or not (c.object.head in lexicon.plurals or c.object.plural):
        return None
    noun = lexicon.plurals.get(c.object.head, c.object.head)
    own = [word for word in c.o.split()[1:-1] if word in lexicon.adjectives]
    return noun, own[0] if own else draws.choice(_COMMON)


_COMMON = listed("old new small large red young great little good beautiful strange heavy poor rich clever black green "
                "big cheap famous ugly pretty broken empty clean dirty fresh strong quiet long")  # fmt: skip


@pair(3.5, "clause")
def noun_ellipsis(kit: Pairer, c: Clause, draws: Draws) -> Made:
    """'He saw two old men, and she saw three.' / 'He saw two men, and she saw three old.'."""
    found = _adjective(kit.lexicon, c, draws)
    if found is None:
        return None
    noun, adjective = found
    other, link = kit.subject(draws).text, draws.choice(_LINKS)
    verb = draws.choice((c.verb.past, c.verb.past, "had " + c.verb.participle, kit.clause(draws, "strict").verb.past))
    first, second = draws.choice(_PLURAL), draws.choice(_ALONE)
    if draws.random() < 0.35:
        first, second = (
            draws.choice(("one", "another", "only one")),
            draws.choice(("two", "another", "several", "many", "one")),
        )
        noun = kit.lexicon.singulars.get(noun, noun)
    comma = "," if draws.random() < 0.3 else ""
    head, end = f"{c.s} {c.verb.past} {first}", f"{link} {other} {verb} {second}"
    tail = c.tail if draws.random() < 0.3 else ""
    return f"{head} {adjective} {noun} {tail}{comma} {end}", f"{head} {noun} {tail}{comma} {end} {adjective}", "."


@pair(1.2, "clause")
def determiner_alone(kit: Pairer, c: Clause, draws: Draws) -> Made:
    """'He saw two men and she saw several.' / 'He saw two men and she saw the.'; 'mine' / 'my'."""
    found = _adjective(kit.lexicon, c, draws)
    if found is None:
        return None
    other = kit.subject(draws).text
    start = f"{c.s} {c.verb.past} {draws.choice(_PLURAL)} {found[0]} {draws.choice(_LINKS)} {other} {c.verb.past}"
    return f"{start} {draws.choice(_ALONE)}", f"{start} {draws.choice(_NEVER_ALONE)}", "."


@pair(0.8, "clause")
def one_s(kit: Pairer, c: Clause, draws: Draws) -> Made:
    """'She liked the old houses and he liked the new ones.' / '... the new one houses', '... liked ones'."""
    found = _adjective(kit.lexicon, c, draws)
    if found is None:
        return None
    noun, adjective = found
    new = draws.choice([word for word in _COMMON if word != adjective])
    start = (
        f"{c.s} {c.verb.past} the {adjective} {noun} {draws.choice(_LINKS)} {kit.subject(draws).text} {c.verb.past} the"
    )
    return f"{start} {new} ones", f"{start} {draws.choice((f'{new} ones {noun}', f'ones {new}', f'ones {noun}'))}", "."


@pair(2, "clause")
def verb_phrase_ellipsis(kit: Pairer, c: Clause, draws: Draws) -> Made:
    """'He could open the door, and she could too.' / '... and she could open too', '... and too she could'."""
    other = kit.subject(draws).text
    if other == c.s:
        return None
    modal = draws.choice(_OTHERS[1:])
    first = f"{c.s} {modal} {c.verb.base} {c.rest}"
    kind = draws.random()
    if kind < 0.3 and c.verb in kit.lexicon.transitive:
        return f"{first} and {other} {modal} too", f"{first} and {other} {modal} {c.verb.base} too", "."
    if kind < 0.5:
        return f"{first} and so {modal} {other}", f"{first} and so {c.verb.base} {other}", "."
    if kind < 0.75:
        bad = draws.choice((f"so {modal} {other}", f"neither {other} {modal}", f"{other} {modal} neither"))
        return (
            f"{c.s} {modal} not {c.verb.base} {c.rest} and neither {modal} {other}",
            f"{c.s} {modal} not {c.verb.base} {c.rest} and {bad}",
            ".",
        )
    link = draws.choice(("but", "although", "because", "if"))
    want = draws.choice(("wanted", "tried", "hoped", "agreed", "had"))
    start = f"{c.s} {want} to {c.verb.base} {c.rest} {link} {other}"
    return f"{start} did not", f"{start} {draws.choice(('not', 'not did', 'to did', 'did not to'))}", "."


@pair(1.2, "clause")
def sluice(kit: Pairer, c: Clause, draws: Draws) -> Made:
    """'He found something, but I know not what' / '... but I don't know that'."""
    if c.object is None:
        return None
    thing, wh = ("someone", "who") if c.object.person else ("something", "what")
    who = draws.choice(("I", "we", "they", "you"))
    do = draws.choice(("do", "did"))
    start = (
        f"{c.s} {c.verb.past} {thing} {c.tail}, but {who} {do} not {draws.choice(('know', 'remember', 'understand'))}"
    )
    return f"{start} {wh}", f"{start} {draws.choice(('that', 'whether', 'if', f'the {wh}', f'what {wh}'))}", "."


@pair(1, "clause")
def gapping(kit: Pairer, c: Clause, draws: Draws) -> Made:
    """'He found the key, and she the door.' / 'He found the key because she the door.'; pronouns left out."""
    other, thing = kit.subject(draws), kit.clause(draws).o
    if other.text in ("we", "they", "I") or other.text == c.s or thing == c.o:
        return None
    start, end = f"{c.s} {c.verb.past} {c.o}", f"{other.text} {thing}"
    return (
        f"{start}, and {end}",
        f"{start} {draws.choice(('because', 'although', 'when', 'if', 'after', 'that'))} {end}",
        ".",
    )
