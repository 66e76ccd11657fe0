"""Raising and control: predicates with any subject (seem), one of their own (try), or a missing object (easy)."""

from __future__ import annotations

from clauses import Clause, NounPhrase
from draws import Draws
from pairing import Made, Pairer, pair

_RAISE = (
    *("seemed", "appeared", "happened", "turned out", "proved", "tended", "began", "ceased", "was likely", "was bound"),
    *("was sure", "was certain", "was supposed", "was going", "was about"),
)
_CONTROL = (
    *(
        "tried",
        "hoped",
        "wanted",
        "decided",
        "refused",
        "agreed",
        "promised",
        "attempted",
        "managed",
        "longed",
        "wished",
    ),
    *("was eager", "was willing", "was anxious", "was ready", "was afraid", "was glad", "was reluctant"),
)
_RAISE_OBJECT = ("believed", "expected", "wanted", "found", "declared", "supposed", "considered", "proved", "imagined")
_CONTROL_OBJECT = (
    "persuaded",
    "forced",
    "asked",
    "told",
    "urged",
    "advised",
    "ordered",
    "begged",
    "convinced",
    "invited",
)
_TOUGH = ("easy", "hard", "difficult", "impossible", "simple", "pleasant", "dangerous", "tough", "fun")
_EAGER = ("eager", "willing", "likely", "anxious", "ready", "certain", "able", "sure", "reluctant", "keen", "glad")
_WEATHER = ("rain", "snow", "be raining", "be getting late", "be getting dark", "be too late", "be very cold")
_COPULA = ("was", "seemed", "looked", "proved", "became")


def _agreeing(predicate: str, phrase: NounPhrase) -> str:
    return predicate.replace("was ", f"{phrase.was} ")


@pair(3, "there")
def there_raising(kit: Pairer, item: tuple[str, NounPhrase, str], draws: Draws) -> Made:
    """'There seemed to be a man at the door.' / 'There tried to be a man at the door.'."""
    _, phrase, tail = item
    rest = f"to be {phrase.text} {tail}"
    good, bad = draws.choice(_RAISE), draws.choice(_CONTROL)
    return f"there {_agreeing(good, phrase)} {rest}", f"there {_agreeing(bad, phrase)} {rest}", "."


@pair(2.5, "there")
def there_object(kit: Pairer, item: tuple[str, NounPhrase, str], draws: Draws) -> Made:
    """'She expected there to be a man at the door.' / 'She persuaded there to be a man at the door.'."""
    _, phrase, tail = item
    who = kit.subject(draws).text
    rest = f"there to be {phrase.text} {tail}"
    return f"{who} {draws.choice(_RAISE_OBJECT)} {rest}", f"{who} {draws.choice(_CONTROL_OBJECT)} {rest}", "."


@pair(1, "clause")
def it_raising(kit: Pairer, c: Clause, draws: Draws) -> Made:
    """'It seemed that he found it.' / 'It tried that he found it.'; 'It began to rain.' / 'It hoped to rain.'."""
    if draws.random() < 0.4:
        rest = f"to {draws.choice(_WEATHER)} when {c}"
        return f"it {draws.choice(_RAISE)} {rest}", f"it {draws.choice(_CONTROL)} {rest}", "."
    good = draws.choice(("seemed", "appeared", "turned out", "happened", "was likely", "was certain", "was possible"))
    bad = draws.choice(
        ("tried", "hoped", "was eager", "was able", "tended", "was willing", "refused", "wanted", "was ready")
    )
    return f"it {good} that {c}", f"it {bad} that {c}", "."


@pair(1.5, "strict")
def thing_raising(kit: Pairer, c: Clause, draws: Draws) -> Made:
    """'The book seemed to have been found by the man.' / 'The book hoped to have been found by the man.'."""
    if c.object is None or c.object.person:
        return None
    rest = f"to {draws.choice(('be', 'have been'))} {c.verb.participle} by {c.subject.accusative}"
    good, bad = (
        draws.choice(("seemed", "appeared", "was likely", "was sure", "was bound", "turned out")),
        draws.choice(_CONTROL),
    )
    return f"{c.o} {_agreeing(good, c.object)} {rest}", f"{c.o} {_agreeing(bad, c.object)} {rest}", "."


@pair(2.5, "strict")
def tough(kit: Pairer, c: Clause, draws: Draws) -> Made:
    """'The door was hard to reach.' / 'The door was likely to reach.', 'The door was hard to reach it.'."""
    if c.object is None or c.o == c.object.head:
        return None
    was = draws.choice(("was", "seemed", "proved")).replace("was", c.object.was)
    easy = draws.choice(_TOUGH)
    agent = f"for {c.subject.accusative}" if draws.random() < 0.4 else ""
    good = f"{c.o} {was} {easy} {agent} to {c.verb.base}"
    it = "them" if c.object.plural else "it"
    if not c.object.person and draws.random() < 0.35:
        return good, f"{good} {it}", "."
    return good, f"{c.o} {was} {draws.choice(_EAGER)} {agent} to {c.verb.base}", "."


@pair(2, "clause")
def eager(kit: Pairer, c: Clause, draws: Draws) -> Made:
    """'She was eager to open the door.' / 'She was easy to open the door.'; with 'it ... for' the other way."""
    if not c.subject.person:
        return None
    easy, keen, rest = draws.choice(_TOUGH), draws.choice(_EAGER), f"to {c.verb.base} {c.rest}"
    if draws.random() < 0.4:
        was = draws.choice(("was", "is", "seemed", "would be"))
        return (
            f"it {was} {easy} for {c.subject.accusative} {rest}",
            f"it {was} {keen} for {c.subject.accusative} {rest}",
            ".",
        )
    was = draws.choice((c.subject.was, "seemed"))
    bad = draws.choice((easy, easy, "possible", "probable", "necessary"))
    return f"{c.s} {was} {keen} {rest}", f"{c.s} {was} {bad} {rest}", "."


@pair(2, "clause")
def control_frame(kit: Pairer, c: Clause, draws: Draws) -> Made:
    """'She persuaded him to open the door.' / 'She said him to open the door.'."""
    if not c.subject.person:
        return None
    who, whom = kit.subject(draws).text, c.subject.accusative
    if who == c.s:
        return None
    rest = f"{c.verb.base} {c.rest}"
    verb = draws.choice(_CONTROL_OBJECT)
    kind = draws.random()
    if kind < 0.4:
        bad = draws.choice(("said", "hoped", "thought", "decided", "tried", "agreed", "refused", "knew"))
        return f"{who} {verb} {whom} to {rest}", f"{who} {bad} {whom} to {rest}", "."
    if kind < 0.7:
        plain = draws.choice(("tried", "hoped", "decided", "refused", "agreed", "managed"))
        bad = draws.choice(
            ("persuaded", "thought", "said", "told", "urged", "made", "let", "saw", "enjoyed", "considered")
        )
        return f"{c.s} {plain} to {rest}", f"{c.s} {bad} to {rest}", "."
    bare_verb = draws.choice(("made", "let", "saw", "heard"))
    return (
        f"{who} {bare_verb} {whom} {rest}",
        f"{who} {bare_verb} {whom} {draws.choice(('to ' + rest, c.verb.past + ' ' + c.rest))}",
        ".",
    )
