"""Fakes: a sentence with one thing wrong, made from a real one.

Real-or-fake pretraining for acceptability is from the CoLA paper (Warstadt, Singh and Bowman 2019). Its fakes were
samples and shuffles; most of these are subtler: one word, one form, one phrase. A fake that happens to be good English
is a wrong label; where a rule makes many of them it is drawn less often.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from words import (
    BEFORE_VERBS,
    BEHIND_VERBS,
    CONFUSED,
    DANGLING,
    DETERMINERS,
    FUNCTION_WORDS,
    INSERTED,
    NAMES,
    forms_of,
    shape_of,
    verbs_of,
)

if TYPE_CHECKING:
    import numpy as np

AUXILIARIES = frozenset(("is", "are", "was", "were", "has", "have", "had", "can", "could", "will", "would", "did"))

OBJECTS = ("him", "her", "them", "it", "me", "us", "himself", "herself", "themselves", "there", "that")

Words = list[str]
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


@dataclass
class Phrases:
    """What is taken from one sentence to be put into another."""

    nouns: list[Words]
    """Determiner and what follows up to the next function word: 'the old man'."""
    by_shape: dict[str, Words]
    """Content words by their ending."""
    verbs: dict[str, Words]
    """Forms of verbs by their ending."""
    sentences: list[Words]
    """Whole sentences, the mark left out."""


class Forger:
    """Makes fakes. It learns forms and phrases from real sentences first."""

    def __init__(self, sentences: list[str]) -> None:
        texts = [words_of(sentence)[0] for sentence in sentences]
        self.forms = forms_of(bare(word) for words in texts for word in words)
        self.confused: dict[str, list[Words]] = {}
        for group in CONFUSED:
            for word in group:
                self.confused.setdefault(word, []).append(group)
        self.verbs = verbs_of(self.forms)
        self.phrases = Phrases([], {}, {}, texts[:20_000])
        for words in texts[:20_000]:
            self.phrases.nouns += [words[a:b] for a, b in noun_phrases(words)]
            for word in words[1:]:
                if word.isalpha() and word.islower() and word not in FUNCTION_WORDS:
                    self.phrases.by_shape.setdefault(shape_of(word), []).append(word)
                if word in self.verbs:
                    self.phrases.verbs.setdefault(shape_of(word), []).append(word)
        self._names = list(RULES)
        total = sum(weight for weight, _ in RULES.values())
        self._chances = [weight / total for weight, _ in RULES.values()]

    def rename(self, sentence: str, generator: np.random.Generator) -> str:
        """A good sentence with a name for a pronoun, where one is the subject of its first clause."""
        first, _, rest = sentence.partition(" ")
        names = NAMES.get(first.lower())
        return f"{pick(generator, names)} {rest}" if names else sentence

    def verb_places(self, words: Words) -> list[int]:
        """Where words stand that are, or could be, forms of a verb."""
        return [i for i, word in enumerate(words) if bare(word) in self.verbs]

    def forge(self, sentence: str, generator: np.random.Generator) -> tuple[str, str]:
        """A fake of a sentence, and the rule's name."""
        words, mark = words_of(sentence)
        while True:
            name = str(generator.choice(self._names, p=self._chances))
            fake = RULES[name][1](self, list(words), generator)
            if fake and fake != words and [bare(word) for word in fake] != [bare(word) for word in words]:
                asks = name in ("front_phrase", "question_word") and generator.random() < 0.7
                return sentence_of(fake, "?" if asks else mark), name


def words_of(sentence: str) -> tuple[Words, str]:
    """Words, the first in small letters unless it is a name or 'I'; and the final mark."""
    words = sentence[:-1].split()
    first = bare(words[0])
    if first.lower() in FUNCTION_WORDS and first != "I":
        words[0] = words[0][0].lower() + words[0][1:]
    return words, sentence[-1]


def sentence_of(words: Words, mark: str) -> str:
    """Words as a sentence again; no comma before the final mark."""
    text = " ".join(words).rstrip(",;:- ")
    return text[:1].upper() + text[1:] + mark


def bare(word: str) -> str:
    """Without the comma behind it."""
    return word.rstrip(",;:")


def in_place_of(old: str, new: str) -> str:
    """A word with the comma of the one it replaces."""
    return new + old[len(bare(old)) :]


def noun_phrases(words: Words) -> list[tuple[int, int]]:
    """Rough noun phrases, as ranges: a determiner and one to three words that are no function words."""
    spans = []
    for begin, word in enumerate(words):
        if word in DETERMINERS:
            end = begin + 1
            while end < len(words) and end - begin < 4 and bare(words[end]) not in FUNCTION_WORDS:
                end += 1
                if words[end - 1] != bare(words[end - 1]):
                    break
            if end - begin > 1:
                spans.append((begin, end))
    return spans


def pick(generator: np.random.Generator, items):  # type: ignore[no-untyped-def]
    """One of them, or None of none."""
    return items[int(generator.integers(len(items)))] if len(items) else None


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
