"""A transfer set is new sentences, as many as were asked for, and the same ones every time."""

from __future__ import annotations

import itertools

import pytest

from colacli.data.corpus import Corpus, Sentence, Split
from colacli.data.transfer import TransferSet, gather, read_text, shuffled
from colacli.errors import DataError

CORPUS = Corpus(
    "made",
    {
        "train": Split("train", (Sentence("The dog barks.", 1),)),
        "in_domain_dev": Split("in_domain_dev", (Sentence("A cat sleeps.", 1),)),
    },
)


def gathered(*streams, size=100, longest=10):
    """What comes of these sentences."""
    return gather([iter(one) for one in streams], size, CORPUS, longest, lambda _: None)


def test_no_sentence_of_the_corpus_is_taken():
    """Neither of train nor of dev, whatever its capitals and blanks."""
    assert gathered(["THE DOG barks.", "a  cat sleeps.", "The dog sleeps."]) == ["The dog sleeps."]


def test_none_is_taken_twice():
    """Also where another stream has it."""
    assert gathered(["It rains.", "It snows."], ["it rains.", "It pours."]) == ["It rains.", "It snows.", "It pours."]


def test_single_words_and_long_sentences_are_left_out():
    """One word is no sentence, and what is longer than any in train is nothing to learn for it."""
    assert gathered(["Yes.", "", "one two three", "one two three four"], longest=3) == ["one two three"]


def test_streams_take_turns_and_no_more_are_taken_than_asked_for():
    """Each gives its share; where one ends, the others go on."""
    first, second = (f"a {n}" for n in itertools.count()), ["b 0"]
    assert gathered(first, second, size=4) == ["a 0", "b 0", "a 1", "a 2"]


def test_a_stream_that_repeats_itself_comes_to_an_end():
    """It has no end of its own, but no new sentence either."""
    assert gathered(itertools.repeat("It rains."), size=3) == ["It rains."]


def test_it_is_told_how_far_it_is():
    """Every thousand sentences."""
    told = []
    gather([(f"a {n}" for n in itertools.count())], 2500, CORPUS, 10, told.append)
    assert [(event.done, event.total) for event in told] == [(1000, 2500), (2000, 2500)]


def test_a_text_file_is_its_lines(tmp_path):
    """Blank ones are passed over, blanks become one, Unicode's own separators too."""
    path = tmp_path / "text.txt"
    path.write_bytes("\ufeffIt rains.\r\n\r\n  She\tis\u2028here.  \n".encode())
    assert read_text(path).texts == ["It rains.", "She is here."]


@pytest.mark.parametrize(("content", "problem"), [(b"\n \n", "no sentence"), (b"", "empty"), (b"\xff\n", "not UTF-8")])
def test_a_file_that_is_no_text_is_refused(tmp_path, content, problem):
    """The message names it."""
    path = tmp_path / "text.txt"
    path.write_bytes(content)
    with pytest.raises(DataError, match=rf"text\.txt.*{problem}"):
        read_text(path)


def test_more_of_a_file_begin_with_the_fewer():
    """The order hangs on the seed alone."""
    texts = [f"line {n}" for n in range(20)]
    assert sorted(shuffled(texts, 3)) == sorted(texts)
    assert list(shuffled(texts, 3)) == list(shuffled(texts, 3)) != list(shuffled(texts, 4))


def test_the_digest_is_of_the_sentences_in_order():
    """What they are called is not in it."""
    assert TransferSet(["a b", "c"], "x").digest == TransferSet(["a b", "c"], "y").digest
    assert len({TransferSet(texts).digest for texts in (["a b", "c"], ["c", "a b"], ["a b c"], ["a", "b c"])}) == 4


def test_a_language_without_spaces_is_counted_in_characters():
    """Its sentences are one word each, and all of them would be too short."""
    texts = ["猫が本を読む。", "猫", "猫がとても長い本を読む。"]

    assert gather([iter(texts)], 3, CORPUS, 8, lambda _: None, unspaced=True) == ["猫が本を読む。"]
    assert gather([iter(texts)], 3, CORPUS, 8, lambda _: None) == []
