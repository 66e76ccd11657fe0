"""Fakes: a sentence with one thing wrong, made from a real one.

Real-or-fake pretraining for acceptability is from the CoLA paper (Warstadt, Singh and Bowman 2019). Its fakes were
samples and shuffles; most of these are subtler: one word, one form, one phrase. A fake that happens to be good English
is a wrong label; where a rule makes many of them it is drawn less often.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from phrases import Words, bare, noun_phrases, pick, sentence_of, words_of
from rules import RULES
from words import (
    CONFUSED,
    FUNCTION_WORDS,
    NAMES,
    forms_of,
    shape_of,
    verbs_of,
)

if TYPE_CHECKING:
    import numpy as np


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
