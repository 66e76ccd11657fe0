"""Quantifiers: which stand behind 'there is', which compare under negation, which number they take."""

from __future__ import annotations

from clauses import Clause, NounPhrase
from draws import Draws
from pairing import Made, Pairer, pair
from phrases import Words, bare

_WEAK_MANY = ("some", "many", "few", "several", "no", "two", "three", "a lot of", "no more than two", "at least three")
_STRONG_MANY = ("all", "most", "all the", "both", "most of the", "all of the", "both the", "each of the")
_WEAK_ONE = ("a", "no", "some", "one", "another", "only one")
_STRONG_ONE = ("every", "each", "every single", "neither", "each and every")
_NUMBERS = ("two", "three", "four", "five", "six", "ten", "twenty")
_ONE = ("every", "each", "another", "this", "that", "one", "a single", "neither")
_MANY = ("many", "several", "both", "these", "those", "few", "all", "most", "two", "three", "a few", "various")


@pair(2.5, "there")
def there_every(kit: Pairer, item: tuple[str, NounPhrase, str], draws: Draws) -> Made:
    """'There was a man at the door.' / 'There was every man at the door.'; 'there were many' / 'there were most'."""
    verb, phrase, tail = item
    noun = phrase.text.partition(" ")[2]
    if phrase.plural:
        good, bad = draws.choice(_WEAK_MANY), draws.choice(_STRONG_MANY)
    else:
        good, bad = draws.choice(_WEAK_ONE), draws.choice(_STRONG_ONE)
        if good == "a":
            good = "an" if noun[0] in "aeiou" else "a"
    verb = draws.choice((verb, verb, "had been", "must be", "will be", "may have been"))
    verb = f"has{verb[3:]}" if verb == "had been" and draws.random() < 0.3 and not phrase.plural else verb
    return f"there {verb} {good} {noun} {tail}", f"there {verb} {bad} {noun} {tail}", "."


@pair(2, "clause")
def superlative(kit: Pairer, c: Clause, draws: Draws) -> Made:
    """'He did not open more than two doors.' / 'He did not open at least two doors.'; also 'never', 'nobody had'."""
    if c.object is None:
        return None
    noun = kit.lexicon.plurals.get(c.object.head, c.object.head)
    number = f"{draws.choice(_NUMBERS)} {noun} {c.tail}"
    good, bad = draws.choice(("more than", "fewer than")), draws.choice(("at least", "at most"))
    verb = draws.choice(
        (
            f"{c.s} did not {c.verb.base}",
            f"{c.s} never {c.verb.past}",
            f"{c.s} could not {c.verb.base}",
            f"{c.s} {c.subject.has} not {c.verb.participle}",
            f"nobody had {c.verb.participle}",
        )
    )
    return f"{verb} {good} {number}", f"{verb} {bad} {number}", "."


@pair(1, "clause")
def quantifier_number(kit: Pairer, c: Clause, draws: Draws) -> Made:
    """'He opened every door.' / 'He opened every doors.', 'He opened many door.'."""
    if c.object is None:
        return None
    nouns = kit.lexicon.plurals
    one = c.object.head if c.object.head in nouns else kit.lexicon.singulars.get(c.object.head)
    if one is None:
        return None
    adjective = " ".join(word for word in c.o.split()[1:-1] if word in kit.lexicon.adjectives)
    start = f"{c.s} {c.verb.past}"
    many = nouns[one]
    if draws.random() < 0.5:
        word = draws.choice(_ONE)
        return f"{start} {word} {adjective} {one} {c.tail}", f"{start} {word} {adjective} {many} {c.tail}", "."
    word = draws.choice(_MANY)
    return f"{start} {word} {adjective} {many} {c.tail}", f"{start} {word} {adjective} {one} {c.tail}", "."


@pair(0.6, "clause")
def almost(kit: Pairer, c: Clause, draws: Draws) -> Made:
    """'Almost every man opened it.' / 'Almost some man opened it.': only the ends of a scale are approached."""
    noun = c.subject.head
    if noun not in kit.lexicon.plurals:
        return None
    return (
        f"almost {draws.choice(('every', 'no'))} {noun} {c.verb.past} {c.rest}",
        f"almost {draws.choice(('some', 'a', 'the', 'this'))} {noun} {c.verb.past} {c.rest}",
        ".",
    )


@pair(2, "determined")
def determiner_number(kit: Pairer, item: tuple[Words, str], draws: Draws) -> Made:
    """A real sentence, 'these old houses' / 'these old house', 'this old houses'."""
    words, mark = item
    lexicon = kit.lexicon
    for at, word in enumerate(words[:-1]):
        if word not in (
            "this",
            "these",
            "those",
            "several",
            "many",
            "both",
            "each",
            "every",
            "two",
            "three",
            "few",
            "another",
        ):
            continue
        end = at + 1
        while end < len(words) - 1 and end < at + 3 and words[end] in lexicon.adjectives:
            end += 1
        noun = bare(words[end])
        many = word not in ("this", "each", "every", "another")
        other = (lexicon.singulars if many else lexicon.plurals).get(noun)
        behind = words[end + 1] if end + 1 < len(words) else ""
        if (
            other is None
            or behind in lexicon.plurals
            or behind in lexicon.singulars
            or (at and words[at - 1] in ("a", "every"))
        ):
            continue
        changed = list(words)
        swapped = {"this": "these", "these": "this", "those": "that"}.get(word)
        if swapped and draws.random() < 0.5:
            changed[at] = swapped
        else:
            changed[end] = other + words[end][len(noun) :]
        return " ".join(words), " ".join(changed), mark
    return None
