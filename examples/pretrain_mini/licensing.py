"""Negative polarity: 'any', 'ever', 'yet', 'at all' need a negation, a question or the like that commands them."""

from __future__ import annotations

from clauses import Clause
from draws import Draws
from pairing import Made, Pairer, pair
from phrases import Words, bare, in_place_of
from words import listed

_NEGATIONS = {
    "never": ("often", "always", "sometimes", "once", "also"),
    "not": ("also", "really", "probably", "surely", ""),
    "nobody": ("somebody", "everybody"),
    "none": ("some", "most", "all"),
    "no": ("some", "the", "this"),
    "nothing": ("something", "everything"),
    "hardly": ("certainly", "clearly"),
    "scarcely": ("certainly", "clearly"),
    "rarely": ("often", "always"),
    "neither": ("both",),
    "few": ("many", "most"),
    "without": ("with",),
}
_OTHER = frozenset(
    listed(
        "if whether than before unless only too doubt deny who what how until refuse refused forbid hard nor "
        "nobody nothing every all any hardly"
    )
)
_ITEMS = frozenset(listed("any anyone anybody anything ever yet"))


@pair(2.5, "polarity")
def licensor_lost(kit: Pairer, item: tuple[Words, str], draws: Draws) -> Made:
    """'He never saw anything.' / 'He often saw anything.': a real sentence and what is left without its negation."""
    words, mark = item
    place = next((at for at, word in enumerate(words) if bare(word) in _NEGATIONS or word.endswith("n't")), None)
    first = next(at for at, word in enumerate(words) if word in _ITEMS)
    if mark != "." or place is None or place > first or first - place > 8:
        return None
    others = [word for at, word in enumerate(words) if at != place]
    if any(bare(word) in _NEGATIONS or word.endswith("n't") or bare(word) in _OTHER - _ITEMS for word in others):
        return None
    if place == 0 and words[0].endswith("n't"):
        return None
    word = words[place]
    if word.endswith("n't"):
        verb = {"won't": "will", "can't": "can", "shan't": "shall", "don't": "do", "ain't": "is"}.get(word, word[:-3])
        new = f"{verb} {draws.choice(('really', 'also', 'surely', 'certainly'))}"
    else:
        new = draws.choice(_NEGATIONS[bare(word)])
    changed = [*words[:place], in_place_of(word, new) if new else "", *words[place + 1 :]]
    return " ".join(words), " ".join(changed), mark


@pair(2.5, "clause")
def ever(kit: Pairer, c: Clause, draws: Draws) -> Made:
    """'Nobody has ever opened the door.' / 'Somebody has ever opened the door.'; in questions."""
    had = draws.choice(("had", "had", c.subject.has))
    rest = f"ever {c.verb.participle} {c.rest}"
    kind = draws.random()
    if kind < 0.3:
        return f"{had} {c.s} {rest}", f"{c.s} {had} {rest}", "?"
    if kind < 0.5:
        bad = draws.choice(("somebody", "everybody", "someone"))
        return f"{draws.choice(('nobody', 'no one', 'none of them'))} had {rest}", f"{bad} had {rest}", "."
    if kind < 0.75:
        if not c.subject.person:
            return None
        name = c.subject.text if c.s not in ("I", "he", "she", "they", "we", "you") else c.subject.accusative
        if name == c.subject.accusative and c.s != name:
            name = draws.choice(("Tom", "Mary", "his sister", "my father", "the doctor", "our teacher"))
        bad = draws.choice(("also", "surely", "perhaps", "certainly"))
        return f"only {name} had {rest}", f"{bad} {name} had {rest}", "."
    neg = draws.choice(("not", "never", "hardly"))
    negated = f"{had} {neg} {'' if neg == 'never' else 'ever'} {c.verb.participle} {c.rest}"
    return f"{c.s} {negated}", f"{c.s} {had} {draws.choice(('', 'also', 'really', 'now', 'already'))} {rest}", "."


@pair(2.5, "noun_subject")
def scope(kit: Pairer, c: Clause, draws: Draws) -> Made:
    """'No man that she saw ever opened it.' / 'The man that no one saw ever opened it.': the negation must command."""
    noun = c.subject.head
    if not c.subject.person or c.s == noun:
        return None
    other = kit.clause(draws, "strict")
    rest = draws.choice(
        (f"ever {c.verb.past} {c.rest}", f"had ever {c.verb.participle} {c.rest}", f"{c.verb.past} {c.rest} at all")
    )
    no = "no" if draws.random() < 0.7 or not c.subject.plural else "few"
    if draws.random() < 0.5:
        some = draws.choice(("the", "some", "that" if not c.subject.plural else "those"))
        negative = draws.choice(("no one", "nobody", "none of them", "no man"))
        relative = f"that {other.s} {other.verb.past}"
        return f"{no} {noun} {relative} {rest}", f"{some} {noun} that {negative} {other.verb.past} {rest}", "."
    with_it = f"who {other.verb.past} {other.o}"
    negated = f"who {other.verb.past} no {other.o.partition(' ')[2]}"
    return f"{no} {noun} {with_it} {rest}", f"the {noun} {negated} {rest}", "."


@pair(1.5, "clause")
def any_object(kit: Pairer, c: Clause, draws: Draws) -> Made:
    """'She did not open any doors.' / 'She opened any doors.'; and 'at all', 'either', 'yet'."""
    if c.object is None:
        return None
    noun = c.o.partition(" ")[2]
    if draws.random() < 0.6 and noun:
        rest = f"any {noun} {c.tail}"
        good = draws.choice((f"{c.s} did not {c.verb.base} {rest}", f"{c.s} never {c.verb.past} {rest}"))
        return good, draws.choice((f"{c.s} {c.verb.past} {rest}", f"{c.s} often {c.verb.past} {rest}")), "."
    end = draws.choice(("at all", "either", "any more", "yet"))
    had = f"had {c.verb.participle}" if end == "yet" else c.verb.past
    not_ = f"had not {c.verb.participle}" if end == "yet" else f"did not {c.verb.base}"
    return f"{c.s} {not_} {c.rest} {end}", f"{c.s} {had} {c.rest} {end}", "."


@pair(0.8, "clause")
def any_clause(kit: Pairer, c: Clause, draws: Draws) -> Made:
    """'She doubted that anyone opened the door.' / 'She knew that anyone ...'; 'if anyone' / 'because anyone'."""
    who = kit.subject(draws).text
    anyone = draws.choice(("anyone", "anybody", "any man", "any of them"))
    inner = f"{anyone} had {draws.choice(('', 'ever'))} {c.verb.participle} {c.rest}"
    good = draws.choice(("doubted that", "did not think that", "denied that", "wondered whether", "asked if"))
    return (
        f"{who} {good} {inner}",
        f"{who} {draws.choice(('knew that', 'said that', 'thought that', 'was glad that'))} {inner}",
        ".",
    )
