"""Training sentences with words that a base model predicts there (Kobayashi 2018; Jiao et al. 2020, algorithm 1).

Their models read both sides of a word, to keep a sentence's sense. GPT-2 reads what comes before alone, so a new word
fits what precedes it and may break what follows: often the sentence is near to an acceptable one, and is none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import torch
from tokenizers import Tokenizer
from torch import Tensor

from colacli.data.edits import Source, join, split_sources
from colacli.data.seeded_random import SeededRandom
from colacli.kernels.packing import Batch
from colacli.models.base import Base
from colacli.models.gpt2 import LanguageModel
from colacli.models.tokenizer import encode_prompt, load_tokenizer
from colacli.models.weights import load_language_model

_BATCH = 64
_LIKELIEST = 200
"""Words that may be drawn at a position."""
_DRAWS = 32
"""Words drawn at each position; after as many edited sentences from each source new ones are drawn."""
_ANOTHER_EDIT = 0.5  # probability, so two edits on average


@dataclass(frozen=True)
class _Word:
    text: str
    drawn: Sequence[str]
    """Words for its place; empty for the source's first word and for what an edit brought: these stay."""


@dataclass(frozen=True)
class _Encoded:
    """A training sentence for the base model."""

    source: Source
    ids: list[int]
    before: list[int]
    """How many tokens come before each word; 0 for the first."""


def contextual_sentences(base: Base, sources: Sequence[str], rng: SeededRandom) -> Iterator[str]:
    """Without end: training sentences with words replaced, inserted, dropped or swapped; none where there are no words.

    A new word is one of the training sentences', drawn from the base model's 200 likeliest after the words before it,
    always in fp32 on the CPU, so that the sentences are the same ones.
    """
    tokenizer = load_tokenizer(base.tokenizer, base.folder)
    divided = split_sources(sources)
    words = _words_of_one_token(tokenizer, divided)
    encoded = [one for one in _encode(tokenizer, divided) if 1 < len(one.ids) <= base.config.n_positions]
    model = load_language_model(base).eval()
    generator = torch.Generator().manual_seed(int(rng.random() * 2**53))
    while encoded and words:
        sentences = list(_with_draws(model, encoded, words, generator))
        for _ in range(_DRAWS):
            rng.shuffle(sentences)
            yield from (join([word.text for word in _edited(words, rng)], end) for words, end in sentences)


def _words_of_one_token(tokenizer: Tokenizer, sources: Sequence[Source]) -> dict[int, str]:
    """The training sentences' words that are one token after another word, by token."""
    words = sorted({word for source in sources for word in source.words[1:]})
    first = encode_prompt(tokenizer, "a")
    pairs = [encode_prompt(tokenizer, f"a {word}") for word in words]
    return {ids[-1]: word for ids, word in zip(pairs, words, strict=True) if ids[:-1] == first}


def _encode(tokenizer: Tokenizer, sources: Sequence[Source]) -> Iterator[_Encoded]:
    """Sentences whose beginnings have the tokens that they have in the sentence."""
    for source in sources:
        prefixes = [join(source.words[:count], "") for count in range(1, len(source.words) + 1)]
        encoded = [encode_prompt(tokenizer, prefix) for prefix in prefixes]
        if encoded and all(encoded[-1][: len(ids)] == ids for ids in encoded):
            yield _Encoded(source, encoded[-1], [0, *map(len, encoded[:-1])])


def _with_draws(
    model: LanguageModel, encoded: Sequence[_Encoded], words: dict[int, str], generator: torch.Generator
) -> Iterator[tuple[list[_Word], str]]:
    """Each sentence's words, with what the model predicts in their places, and its end."""
    tokens = torch.tensor(list(words))
    for first in range(0, len(encoded), _BATCH):
        batch = encoded[first : first + _BATCH]
        drawn = iter(_draw(model, batch, tokens, generator).tolist())  # for the place after each token
        for one in batch:
            after = [[words[token] for token in next(drawn)] for _ in one.ids]
            places = zip(one.source.words, one.before, strict=True)
            yield [_Word(word, after[before - 1] if before else ()) for word, before in places], one.source.end


def _draw(model: LanguageModel, batch: Sequence[_Encoded], words: Tensor, generator: torch.Generator) -> Tensor:
    """Tokens (N, _DRAWS) to follow each token of some sentences."""
    ids = torch.tensor([token for one in batch for token in one.ids])  # (N,)
    lengths = torch.tensor([len(one.ids) for one in batch])
    with torch.inference_mode():
        logits = model(Batch(ids, lengths)).float()[:, words]  # (N, words)
        likeliest = logits.topk(min(_LIKELIEST, len(words)), dim=1)
        chosen = torch.multinomial(likeliest.values.softmax(1), _DRAWS, replacement=True, generator=generator)
        return words[likeliest.indices.gather(1, chosen)]


def _edited(words: list[_Word], rng: SeededRandom) -> list[_Word]:
    """The sentence after an edit or several."""
    while places := [place for place, word in enumerate(words) if word.drawn]:
        words = rng.choice(_EDITS)(words, rng.choice(places), rng)
        if not rng.chance(_ANOTHER_EDIT):
            break
    return words


def _replace(words: list[_Word], place: int, rng: SeededRandom) -> list[_Word]:
    return [*words[:place], _Word(rng.choice(words[place].drawn), ()), *words[place + 1 :]]


def _insert(words: list[_Word], place: int, rng: SeededRandom) -> list[_Word]:
    return [*words[:place], _Word(rng.choice(words[place].drawn), ()), *words[place:]]


def _drop(words: list[_Word], place: int, _: SeededRandom) -> list[_Word]:
    return words[:place] + words[place + 1 :]


def _swap(words: list[_Word], place: int, _: SeededRandom) -> list[_Word]:
    """With the word before it; a first word with the next."""
    place = max(place, 1)
    return [*words[: place - 1], words[place], words[place - 1], *words[place + 1 :]]


_Edit = Callable[[list[_Word], int, SeededRandom], list[_Word]]
_EDITS: tuple[_Edit, ...] = (_replace, _replace, _replace, _replace, _insert, _drop, _swap)
"""Four of seven replace a word: these have as many words as the source."""
