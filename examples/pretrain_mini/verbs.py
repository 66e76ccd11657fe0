"""Argument structure: how many and which phrases a verb takes, its passive and its causative."""

from __future__ import annotations

from clauses import Clause
from draws import Draws
from pairing import Made, Pairer, pair
from phrases import Words, bare
from words import listed

_HAPPENS = ("seem", "happen", "appear", "exist", "occur", "belong")
_CLAUSAL = ("thought", "said", "knew", "hoped", "believed", "felt", "feared", "declared", "supposed", "explained")
_EITHER = frozenset(listed("open close shut shake break clean tell know drop wave move lead strike lift read write"))
"""Their objects may be left out, or become subjects."""
_NO_INCHOATIVE = frozenset(
    listed(
        "visit hire greet thank praise admire examine describe discuss enjoy like hate love find buy carry "
        "defend kick kiss pat hit touch see hear want need seize fetch invite write read watch meet follow "
        "receive choose answer help bring destroy cut"
    )
)


@pair(2, "strict")
def object_lost(kit: Pairer, c: Clause, draws: Draws) -> Made:
    """'She caught the ball.' / 'She caught.'; 'She seemed to catch the ball' / 'She seemed to catch'."""
    if c.verb.base in _EITHER:
        return None
    before = draws.choice(("", "", f"{kit.subject(draws).text} {draws.choice(_CLAUSAL)} that"))
    if draws.random() < 0.3:
        modal = draws.choice(("will", "could", "must", "should", "would"))
        return f"{before} {c.s} {modal} {c.verb.base} {c.rest}", f"{before} {c.s} {modal} {c.verb.base} {c.tail}", "."
    return f"{before} {c}", f"{before} {c.s} {c.verb.past} {c.tail}", "."


@pair(2.5, "clause")
def object_too_many(kit: Pairer, c: Clause, draws: Draws) -> Made:
    """'She opened the door.' / 'She arrived the door.': an intransitive verb in a transitive one's place."""
    verb = draws.choice(kit.lexicon.intransitive)
    form = draws.choice(("past", "modal", "had", "passive"))
    if form == "past":
        return str(c), f"{c.s} {verb.past} {c.rest}", "."
    if form == "modal":
        modal = draws.choice(("will", "could", "must", "should", "may"))
        return f"{c.s} {modal} {c.verb.base} {c.rest}", f"{c.s} {modal} {verb.base} {c.rest}", "."
    if form == "had":
        return f"{c.s} had {c.verb.participle} {c.rest}", f"{c.s} had {verb.participle} {c.rest}", "."
    return f"who {c.verb.past} {c.rest}", f"who {verb.past} {c.rest}", "?"


@pair(2.5, "clause")
def passive(kit: Pairer, c: Clause, draws: Draws) -> Made:
    """'The door was opened by her.' / 'The door was arrived by her.', 'The door opened by her.'."""
    if c.object is None:
        return None
    intransitive = draws.choice(kit.lexicon.intransitive)
    was = draws.choice((c.object.was, c.object.was, "had been", "could be"))
    by = draws.choice((f"by {c.subject.accusative}", "", c.tail))
    good = f"{c.o} {was} {c.verb.participle} {by}"
    if draws.random() < 0.8:
        return good, f"{c.o} {was} {intransitive.participle} {by}", "."
    return good, f"{c.o} {was} {draws.choice((c.verb.base, c.verb.ing + ' by ' + c.subject.accusative))} {by}", "."


@pair(2, "intransitive")
def causative(kit: Pairer, c: Clause, draws: Draws) -> Made:
    """'The king made the boy laugh.' / 'The king laughed the boy.', or the verb that does take one beside it."""
    other = kit.clause(draws, "strict")
    if not other.subject.person:
        return None
    thing = c.subject.accusative
    if thing == other.subject.accusative:
        return None
    if draws.random() < 0.5:
        return f"{other.s} made {thing} {c.verb.base} {c.tail}", f"{other.s} {c.verb.past} {thing} {c.tail}", "."
    return f"{other.s} {other.verb.past} {thing} {c.tail}", f"{other.s} {c.verb.past} {thing} {c.tail}", "."


@pair(1.5, "strict")
def inchoative(kit: Pairer, c: Clause, draws: Draws) -> Made:
    """'The book was found.' / 'The book found.': verbs without a causer only where English has such a use."""
    if c.object is None or c.verb.base not in _NO_INCHOATIVE or c.object.person:
        return None
    verb = draws.choice(kit.lexicon.intransitive)
    good = draws.choice(
        (
            f"{c.object.was} {c.verb.participle}",
            verb.past if verb.base in ("vanish", "disappear", "fall") else f"{c.object.was} {c.verb.participle}",
        )
    )
    return f"{c.o} {good} {c.tail}", f"{c.o} {c.verb.past} {c.tail}", "."


@pair(2, "clause")
def roles(kit: Pairer, c: Clause, draws: Draws) -> Made:
    """'The man opened the book.' / 'The book opened the man.': who acts is a person."""
    uses = kit.lexicon.uses[c.verb.base]
    if c.object is None or c.object.person or not c.subject.person or uses.it > 0.01 * uses.all:
        return None
    if draws.random() < 0.35:
        was = "were" if c.subject.plural else "was"
        was = "was" if c.s == "I" else was
        return (f"{c.o} {c.object.was} {c.verb.participle} by {c.subject.accusative}",
                f"{c.s} {was} {c.verb.participle} by {c.o}", ".")  # fmt: skip
    if draws.random() < 0.5:
        thing = next((o.object for _ in range(4) if (o := kit.clause(draws)).object and not o.object.person), c.object)
        return f"{c}", f"{thing.text} {c.verb.past} {c.rest}", "."
    return f"{c}", f"{c.o} {c.verb.past} {c.subject.accusative} {c.tail}", "."


@pair(1.5, "that")
def clause_taken(kit: Pairer, item: tuple[Words, str], draws: Draws) -> Made:
    """A real sentence, 'She knew that he came.' / 'She caught that he came.': a verb that takes no clause."""
    words, mark = item
    if words[2] != "that" or bare(words[1]) != words[1]:
        return None
    verb = draws.choice((*kit.lexicon.intransitive, *kit.lexicon.no_clause, *kit.lexicon.no_clause))
    if verb.base in _HAPPENS:
        return None
    return " ".join(words), " ".join([words[0], verb.past, *words[2:]]), mark


@pair(1, "clause")
def complement(kit: Pairer, c: Clause, draws: Draws) -> Made:
    """'She enjoyed opening the door.' / 'She enjoyed to open the door.'; 'wanted to open' / 'wanted opening'."""
    if not c.subject.person:
        return None
    ing, base = f"{c.verb.ing} {c.rest}", f"to {c.verb.base} {c.rest}"
    if draws.random() < 0.5:
        verb = draws.choice(
            ("enjoyed", "avoided", "finished", "denied", "suggested", "kept", "gave up", "practised", "imagined")
        )
        return f"{c.s} {verb} {ing}", f"{c.s} {verb} {base}", "."
    verb = draws.choice(
        ("decided", "hoped", "agreed", "refused", "managed", "promised", "expected", "offered", "wished")
    )
    return f"{c.s} {verb} {base}", f"{c.s} {verb} {ing}", "."
