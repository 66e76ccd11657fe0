"""Sentences made from others: what kinds there are, and that they are always the same ones."""

from __future__ import annotations

from itertools import islice

import pytest

from colacli.data.edits import changed_words, exchanged_parts
from colacli.data.seeded_random import SeededRandom

TEXTS = ["The old man saw a dog.", "A dog saw the cat?", "Mary thinks that the man left.", "It rains!", "Go"]
VOCABULARY = {"the", "old", "man", "saw", "a", "dog", "cat", "Mary", "thinks", "that", "left", "It", "rains", "Go"}


def made(recipe, count=400, seed="0", texts=TEXTS):
    """The first so many."""
    return list(islice(recipe(texts, SeededRandom(seed)), count))


def words(text):
    """A made sentence's words, without its end; the first as it is elsewhere."""
    first, *rest = text.rstrip(".?!").split() or [""]
    small = first[:1].lower() + first[1:]
    return [small if small in VOCABULARY else first, *rest]


@pytest.mark.parametrize("recipe", [changed_words, exchanged_parts])
def test_a_seed_gives_the_same_sentences(recipe):
    """The first of many are those that few would be, and another seed gives others."""
    assert made(recipe, 400)[:50] == made(recipe, 50)
    assert made(recipe, 50, seed="1") != made(recipe, 50)


@pytest.mark.parametrize("recipe", [changed_words, exchanged_parts])
def test_only_known_words_are_used(recipe):
    """Nothing is made up: every word stands in a training sentence, and the first is written large."""
    sentences = [text for text in made(recipe) if text.rstrip(".?!")]
    assert {word for text in sentences for word in words(text)} <= VOCABULARY
    assert all(text[0].isupper() for text in sentences)


def test_every_edit_of_words_occurs():
    """A word dropped, two neighbours exchanged, one replaced, one put in; each by a word that follows the same."""
    found = {tuple(words(text)) for text in made(changed_words, 4000)}
    assert ("old", "man", "saw", "a", "dog") in found
    assert ("the", "man", "old", "saw", "a", "dog") in found
    assert ("the", "old", "man", "left", "a", "dog") in found
    assert ("the", "old", "man", "left", "saw", "a", "dog") in found


def test_parts_cross_at_a_word_that_both_have():
    """A beginning goes on as another sentence does after the same word, with that one's end; or parts change places."""
    found = set(made(exchanged_parts, 4000))
    assert "The old man left." in found
    assert "Mary thinks that the cat?" in found
    assert "Dog saw a?" not in found
    assert "Saw a dog the old man." in found


@pytest.mark.parametrize("recipe", [changed_words, exchanged_parts])
def test_a_corpus_of_single_words_breaks_nothing(recipe):
    """There is little to make of it, and that is no error."""
    for text in made(recipe, 50, texts=["Go", "Stop!"]):
        assert set(text.rstrip("!").split()) <= {"Go", "Stop"}
