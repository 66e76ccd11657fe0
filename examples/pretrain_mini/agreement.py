"""Agreement of subject and verb, near and far, and which form of a verb stands behind which auxiliary."""

from __future__ import annotations

from clauses import Clause, noun_phrase
from draws import Draws
from lexicon import PREPOSITIONS
from pairing import Made, Pairer, pair
from phrases import Words, bare, in_place_of

_OTHER = {"is": "are", "are": "is", "was": "were", "were": "was", "has": "have", "have": "has"}
_BETWEEN = ("near", "behind", "beside", "with", "between", "of", "from", "in front of", "opposite")


@pair(2.5, "agreeing")
def verb_number(kit: Pairer, item: tuple[Words, str], draws: Draws) -> Made:
    """A real sentence, 'The houses in the street were old.' / 'The houses in the street was old.'."""
    words, mark = item
    found = noun_phrase(kit.lexicon, words, 0)
    if found is None:
        return None
    phrase, at = found
    if words[at - 1] != phrase.head:
        return None
    while at < len(words) - 1 and words[at] in PREPOSITIONS and (inner := noun_phrase(kit.lexicon, words, at + 1)):
        at = inner[1]
    if at >= len(words) or words[at] not in _OTHER or (words[at] in ("are", "were", "have")) != phrase.plural:
        return None
    return " ".join(words), " ".join([*words[:at], _OTHER[words[at]], *words[at + 1 :]]), mark


@pair(2.5, "agreeing")
def attractor(kit: Pairer, item: tuple[Words, str], draws: Draws) -> Made:
    """The same with a phrase of the other number put between: 'The house near the rivers was old' / '... were old'."""
    words, mark = item
    found = noun_phrase(kit.lexicon, words, 0)
    if found is None or found[1] >= len(words):
        return None
    phrase, at = found
    verb = words[at]
    if words[at - 1] != phrase.head or verb not in _OTHER or (verb in ("are", "were", "have")) != phrase.plural:
        return None
    other = kit.clause(draws)
    if other.object is None:
        return None
    head = other.object.head
    noun = kit.lexicon.singulars.get(head, head) if phrase.plural else kit.lexicon.plurals.get(head, head)
    if draws.random() < 0.65:
        between = f"{draws.choice(_BETWEEN)} the {noun}"
    else:
        that = ("who" if phrase.person else "which", "that")
        between = (
            f"{draws.choice(that)} {other.verb.past} the {noun}"
            if phrase.person
            else f"that the {noun} {other.verb.past}"
        )
    start, rest = f"{phrase.text} {between}", " ".join(words[at + 1 :])
    return f"{start} {verb} {rest}", f"{start} {_OTHER[verb]} {rest}", mark


@pair(1.5, "clause")
def present_number(kit: Pairer, c: Clause, draws: Draws) -> Made:
    """'The boys open the door.' / 'The boys opens the door.', perhaps with an attractor between."""
    if c.subject.text == c.subject.head and c.subject.text in ("I", "you") and draws.random() < 0.7:
        return None
    plural = c.subject.plural or c.s == "I"
    right, wrong = (c.verb.base, c.verb.third) if plural else (c.verb.third, c.verb.base)
    between = ""
    if c.s != c.subject.head and draws.random() < 0.5:
        head = draws.choice(kit.sources["clause"]).object.head
        lexicon = kit.lexicon
        noun = lexicon.singulars.get(head, head) if plural else lexicon.plurals.get(head, head)
        between = f"{draws.choice(_BETWEEN)} the {noun}"
    return f"{c.s} {between} {right} {c.rest}", f"{c.s} {between} {wrong} {c.rest}", "."


@pair(0.7, "clause")
def do_number(kit: Pairer, c: Clause, draws: Draws) -> Made:
    """'Does she open it?' / 'Do she open it?'; 'She does not open it.' / 'She do not open it.'."""
    do, wrong = ("do", "does") if c.subject.plural or c.s == "I" else ("does", "do")
    if draws.random() < 0.5:
        return f"{do} {c.s} {c.verb.base} {c.rest}", f"{wrong} {c.s} {c.verb.base} {c.rest}", "?"
    return f"{c.s} {do} not {c.verb.base} {c.rest}", f"{c.s} {wrong} not {c.verb.base} {c.rest}", "."


@pair(1.5, "perfect")
def participle(kit: Pairer, item: tuple[Words, str], draws: Draws) -> Made:
    """A real sentence, 'She has broken it.' / 'She has broke it.'; 'She broke it.' / 'She broken it.'."""
    words, mark = item
    pasts, participles = kit.lexicon.pasts, kit.lexicon.participles
    for at in range(1, len(words)):
        word, previous = bare(words[at]), words[at - 1]
        if previous in ("has", "have", "had") and word in participles:
            new = participles[word].past
        elif previous in ("he", "she", "they", "I", "we") and word in pasts:
            if at > 1 and bare(words[at - 2]) in ("had", "have", "has", "did"):
                continue
            new = pasts[word].participle
        else:
            continue
        if new != word:
            return " ".join(words), " ".join([*words[:at], in_place_of(words[at], new), *words[at + 1 :]]), mark
    return None


@pair(1, "clause")
def verb_form(kit: Pairer, c: Clause, draws: Draws) -> Made:
    """'She could open it.' / 'She could opened it.'; 'was opening' / 'was open'; 'has opened' / 'has open'."""
    verb = c.verb
    auxiliary, right, wrong = draws.choice((
        ("could", verb.base, verb.past), ("would", verb.base, verb.ing), (c.subject.has, verb.participle, verb.base),
        (c.subject.was, verb.ing, verb.base), ("had", verb.participle, verb.ing),
        ("did not", verb.base, verb.past), ("must have", verb.participle, verb.base), ("might", verb.base, verb.third),
    ))  # fmt: skip
    return f"{c.s} {auxiliary} {right} {c.rest}", f"{c.s} {auxiliary} {wrong} {c.rest}", "."
