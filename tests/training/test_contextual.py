"""Training sentences with words that the base model predicts: what is edited, and by which words."""

from __future__ import annotations

from itertools import islice, pairwise

import pytest
import torch
import torch.nn.functional as F

from colacli.data.edits import split_sources
from colacli.data.seeded_random import SeededRandom
from colacli.models.base import read_base
from colacli.models.tokenizer import load_tokenizer
from colacli.training import contextual
from colacli.training.contextual import contextual_sentences
from factories.languages import sentences_of, write_language
from factories.tiny import made_sentences

TEXTS = [text for text, _ in made_sentences()[:40]]
WORDS = {word for text in TEXTS for word in text.rstrip(".").lower().split()}


@pytest.fixture(scope="module")
def base(tiny_base):
    """The tiny base model."""
    return read_base(tiny_base)


def made(base, count=400, seed="0", texts=TEXTS):
    """The first so many."""
    return list(islice(contextual_sentences(base, texts, SeededRandom(seed)), count))


def words(text):
    """In lower case, without the full stop."""
    return text.rstrip(".").lower().split()


def test_a_seed_gives_the_same_sentences(base):
    """The first of many are those that few would be, and another seed gives others."""
    assert made(base, 400)[:50] == made(base, 50)
    assert made(base, 50, seed="1") != made(base, 50)


def test_only_words_of_training_sentences_are_used(base):
    """A token that begins a word and is none does not stand for one; capital and full stop stay."""
    sentences = made(base)

    assert {word for text in sentences for word in words(text)} <= WORDS
    assert all(text[0].isupper() and text.endswith(".") for text in sentences)


def test_a_source_keeps_its_first_word(base):
    """The model predicts nothing before it has read a word; another may change places with it."""
    texts = ["Yesterday the baker found a lamp.", "Yesterday my uncle saw the basket."]

    assert all("yesterday" in words(text) for text in made(base, texts=texts))


def test_each_source_is_edited_in_turn(base):
    """So the first sentences of a set come from all of train, not from its first sentences."""
    texts = ["Yesterday the baker found a lamp.", "Tomorrow my uncle carries bread.", "Here a sailor paints."]
    firsts = {"yesterday", "tomorrow", "here"}

    assert {word for text in made(base, 3, texts=texts) for word in words(text)} & firsts == firsts


@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        ("_replace", ["the", "baker", "finds", "a", "lamp"]),
        ("_insert", ["the", "baker", "finds", "paints", "a", "lamp"]),
        ("_drop", ["the", "baker", "a", "lamp"]),
        ("_swap", ["the", "paints", "baker", "a", "lamp"]),
    ],
)
def test_an_edit_changes_one_place(edit, expected):
    """Words come from what was drawn there, and what an edit brought is not edited again."""
    source = [contextual._Word(word, ["finds"]) for word in ["the", "baker", "paints", "a", "lamp"]]
    edited = getattr(contextual, edit)(source, 2, SeededRandom("0"))

    assert [word.text for word in edited] == expected
    assert [word.text for word in edited if not word.drawn] == (["finds"] if "finds" in expected else [])


def test_words_are_drawn_after_what_precedes_them(base):
    """A model that expects each token to come again draws, in a word's place, the word before it."""
    tokenizer, sources = load_tokenizer(base.tokenizer, base.folder), split_sources(TEXTS)
    known = contextual._words_of_one_token(tokenizer, sources)

    def again(tokens):
        return 1000.0 * F.one_hot(tokens.ids, base.config.vocab_size)

    drawn = contextual._with_draws(again, list(contextual._encode(tokenizer, sources)), known, torch.Generator())
    pairs = [
        (one.text, two.drawn) for words, _ in drawn for one, two in pairwise(words[1:]) if one.text in known.values()
    ]

    assert len(pairs) > 40
    assert [before for before, drawn in pairs if set(drawn) != {before}] == []


@pytest.mark.parametrize("texts", [[], ["Go."], ["猫は本を見た。", "先生は古い家を買った。"]])
def test_where_there_are_no_words_there_are_no_sentences(base, texts):
    """One word has none before it; a language without spaces has no words here."""
    assert made(base, 5, texts=texts) == []


@pytest.mark.parametrize("language", ["italian", "russian"])
def test_other_tokenizers_have_words_too(tmp_path, language):
    """Word pieces, or a Unigram model, and templates that put tokens before and after a text."""
    write_language(tmp_path / "base", language)
    texts = [text for text, _ in sentences_of(language)]
    known = {word for text in texts for word in words(text)}
    sentences = made(read_base(tmp_path / "base"), 60, texts=texts)

    assert {word for text in sentences for word in words(text)} <= known
    assert len(set(sentences) - set(texts)) > 20


def test_a_sentence_longer_than_the_model_reads_is_left_out(base):
    """It is no source; others are."""
    long = "The baker " + "paints a lamp and " * 40 + "finds bread."

    assert all(len(words(text)) < 20 for text in made(base, 50, texts=[long, *TEXTS]))
