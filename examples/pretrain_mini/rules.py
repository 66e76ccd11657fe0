"""What can be wrong with a sentence: a rule each, from its words to words with one thing wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from phrases import Words, bare, in_place_of, noun_phrases, pick
from words import (
    BEFORE_VERBS,
    BEHIND_VERBS,
    DANGLING,
    FUNCTION_WORDS,
    INSERTED,
    shape_of,
)

if TYPE_CHECKING:
    import numpy as np
    from fakes import Forger

AUXILIARIES = frozenset(("is", "are", "was", "were", "has", "have", "had", "can", "could", "will", "would", "did"))
OBJECTS = ("him", "her", "them", "it", "me", "us", "himself", "herself", "themselves", "there", "that")
Rule = Callable[["Forger", Words, "np.random.Generator"], Words | None]
"""Words without the final mark -> words with something wrong, or None where the rule finds no place."""
RULES: dict[str, tuple[float, Rule]] = {}
"""Name -> how often it is drawn, and the rule."""


def rule(weight: float) -> Callable[[Rule], Rule]:
    """Add a rule under its function's name."""

    def add(function: Rule) -> Rule:
        RULES[function.__name__] = (weight, function)
        return function

    return add


@rule(5)
def confuse(forger: Forger, words: Words, generator: np.random.Generator) -> Words | None:
    """A function word for another of its set: 'He depends at her', 'Each men', 'The man who she saw him'."""
    at = pick(generator, [i for i, word in enumerate(words) if bare(word) in forger.confused])
    if at is None:
        return None
    group = pick(generator, forger.confused[bare(words[at])])
    words[at] = in_place_of(words[at], pick(generator, group))
    return words


@rule(5)
def inflect(forger: Forger, words: Words, generator: np.random.Generator) -> Words | None:
    """Another form of a word: agreement, tense, participles, number, comparison."""
    at = pick(generator, [i for i, word in enumerate(words) if bare(word) in forger.forms])
    if at is None:
        return None
    words[at] = in_place_of(words[at], pick(generator, forger.forms[bare(words[at])]))
    return words


@rule(2.5)
def drop_word(forger: Forger, words: Words, generator: np.random.Generator) -> Words | None:
    """One word less, a function word three times in four."""
    places = [i for i, word in enumerate(words) if bare(word) in FUNCTION_WORDS]
    at = pick(generator, places if places and generator.random() < 0.75 else range(len(words)))
    del words[at]
    return words


@rule(2)
def drop_phrase(forger: Forger, words: Words, generator: np.random.Generator) -> Words | None:
    """A noun phrase less, so that something lacks its subject or object."""
    span = pick(generator, noun_phrases(words))
    if span is None:
        return None
    return words[: span[0]] + words[span[1] :]


@rule(2.5)
def insert_word(forger: Forger, words: Words, generator: np.random.Generator) -> Words | None:
    """A function word too many: doubled auxiliaries, resumptive pronouns, filled gaps."""
    at = int(generator.integers(len(words) + 1))
    return [*words[:at], pick(generator, INSERTED), *words[at:]]


@rule(1.5)
def insert_phrase(forger: Forger, words: Words, generator: np.random.Generator) -> Words | None:
    """A noun phrase too many: objects of intransitives, filled gaps."""
    at = int(generator.integers(len(words) + 1))
    return [*words[:at], *(bare(word) for word in pick(generator, forger.phrases.nouns)), *words[at:]]


@rule(2.5)
def swap_neighbours(forger: Forger, words: Words, generator: np.random.Generator) -> Words | None:
    """Two words that stand side by side change places."""
    if len(words) < 3:
        return None
    at = int(generator.integers(len(words) - 1))
    first, second = words[at], words[at + 1]
    words[at], words[at + 1] = in_place_of(first, bare(second)), in_place_of(second, bare(first))
    return words


@rule(2)
def move_word(forger: Forger, words: Words, generator: np.random.Generator) -> Words | None:
    """A word goes two to five places elsewhere."""
    if len(words) < 4:
        return None
    at = int(generator.integers(len(words)))
    word = bare(words.pop(at))
    to = at + int(generator.integers(2, 6)) * (1 if generator.random() < 0.5 else -1)
    words.insert(max(0, min(len(words), to)), word)
    return words


@rule(1.5)
def move_phrase(forger: Forger, words: Words, generator: np.random.Generator) -> Words | None:
    """A noun phrase goes elsewhere."""
    span = pick(generator, noun_phrases(words))
    if span is None:
        return None
    phrase = [bare(word) for word in words[span[0] : span[1]]]
    rest = words[: span[0]] + words[span[1] :]
    at = int(generator.integers(len(rest) + 1))
    return [*rest[:at], *phrase, *rest[at:]]


@rule(1)
def shuffle_window(forger: Forger, words: Words, generator: np.random.Generator) -> Words | None:
    """Three or four words in a row in another order."""
    size = min(len(words), int(generator.integers(3, 5)))
    at = int(generator.integers(len(words) - size + 1))
    order = generator.permutation(size)
    return [*words[:at], *(bare(words[at + i]) for i in order), *words[at + size :]]


@rule(1)
def cut_short(forger: Forger, words: Words, generator: np.random.Generator) -> Words | None:
    """The end is missing: the sentence stops at a word that something must follow."""
    at = pick(generator, [i for i, word in enumerate(words) if i > 1 and word in DANGLING])
    return None if at is None else words[: at + 1]


@rule(1.5)
def swap_content(forger: Forger, words: Words, generator: np.random.Generator) -> Words | None:
    """A content word for another with the same ending: what verbs take, what goes with what. Often harmless."""
    places = [i for i, word in enumerate(words) if i and bare(word).islower() and bare(word) not in FUNCTION_WORDS]
    at = pick(generator, places)
    if at is None:
        return None
    shape = shape_of(bare(words[at])) if generator.random() < 0.5 else pick(generator, list(forger.phrases.by_shape))
    words[at] = in_place_of(words[at], pick(generator, forger.phrases.by_shape[shape]))
    return words


@rule(1)
def two_faults(forger: Forger, words: Words, generator: np.random.Generator) -> Words | None:
    """Another form of one word and a function word confused."""
    inflected = inflect(forger, words, generator)
    return inflected and confuse(forger, inflected, generator)


@rule(1)
def front_auxiliary(forger: Forger, words: Words, generator: np.random.Generator) -> Words | None:
    """An auxiliary from further back goes first, or the first one goes back: "Is the man who here is happy?"."""
    auxiliaries = [i for i, word in enumerate(words) if word in AUXILIARIES]
    at = pick(generator, auxiliaries)
    if at is None or len(words) < 4:
        return None
    word = words.pop(at)
    words.insert(0 if at else int(generator.integers(1, len(words))), word)
    return words


@rule(1)
def question_word(forger: Forger, words: Words, generator: np.random.Generator) -> Words | None:
    """A question without a gap: 'What did he buy the book', 'Who she likes him'."""
    head = pick(generator, ["who", "what", "which", "whom", "what did", "who did", "why who", "how"])
    return [*head.split(), *words]


@rule(2.5)
def swap_verb(forger: Forger, words: Words, generator: np.random.Generator) -> Words | None:
    """A verb for another in the same form: 'He laughed the door', 'She put.' Harmless where both take the same."""
    at = pick(generator, [i for i in forger.verb_places(words) if words[i] not in FUNCTION_WORDS])
    if at is None:
        return None
    words[at] = in_place_of(words[at], pick(generator, forger.phrases.verbs[shape_of(bare(words[at]))]))
    return words


@rule(1.5)
def add_object(forger: Forger, words: Words, generator: np.random.Generator) -> Words | None:
    """A noun phrase or pronoun behind a verb or at the end: 'He slept the letter', 'She arrived him'."""
    places = [i + 1 for i in forger.verb_places(words)]
    at = pick(generator, [*places, len(words)])
    phrase = pick(generator, forger.phrases.nouns) if generator.random() < 0.7 else [pick(generator, OBJECTS)]
    return [*words[:at], *(bare(word) for word in phrase), *words[at:]]


@rule(2)
def beside_verb(forger: Forger, words: Words, generator: np.random.Generator) -> Words | None:
    """An auxiliary before a verb that has none, or a complementiser or preposition behind it that it doesn't take."""
    at = pick(generator, forger.verb_places(words))
    if at is None:
        return None
    if generator.random() < 0.5:
        return [*words[:at], pick(generator, BEFORE_VERBS), *words[at:]]
    return [*words[: at + 1], pick(generator, BEHIND_VERBS), *words[at + 1 :]]


@rule(1)
def front_phrase(forger: Forger, words: Words, generator: np.random.Generator) -> Words | None:
    """A noun phrase is asked for from where it stands: 'What did he close the door and opened?'."""
    span = pick(generator, noun_phrases(words))
    if span is None or len(words) < 4:
        return None
    head = pick(generator, ["what", "who", "what did", "who did", "which one"])
    return [*head.split(), *words[: span[0]], *words[span[1] :]]


@rule(1)
def cross(forger: Forger, words: Words, generator: np.random.Generator) -> Words | None:
    """The beginning of one sentence and the end of another."""
    other = pick(generator, forger.phrases.sentences)
    if len(words) < 4 or len(other) < 4:
        return None
    cut, begin = int(generator.integers(2, len(words) - 1)), int(generator.integers(1, len(other) - 1))
    return [*words[:cut], *other[begin : begin + len(words) - cut + 2]]
