"""Pairs for pretraining: what each rule makes of a clause, and the file that many processes write."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from factories.pretrain_scripts import SCRIPTS, importable

if TYPE_CHECKING:
    from collections.abc import Iterator

TRANSITIVE = ("carry", "paint", "visit", "thank", "fetch", "greet", "hire", "watch")
INTRANSITIVE = ("laugh", "sleep", "arrive", "vanish")
PEOPLE = ("king", "woman", "teacher", "sister", "boy")
THINGS = ("table", "letter", "basket", "lamp", "coat")


def _past(verb: str) -> str:
    irregular = {"carry": "carried", "sleep": "slept"}
    return irregular.get(verb, verb + ("d" if verb.endswith("e") else "ed"))


def _text() -> list[str]:
    """Sentences in which every word is used as what it is, often enough to be learnt."""
    made = []
    for verb, noun, who in itertools.product(TRANSITIVE, PEOPLE + THINGS, PEOPLE):
        past, ing = _past(verb), (verb[:-1] if verb.endswith("e") else verb) + "ing"
        made += [f"She {past} the {noun} in the garden.", f"They will {verb} the {noun}.", f"They were {ing} it."]
        made += [f"The {who} {past} the {noun}.", f"The {who} {past} him.", f"I met a {who} who {past} the {noun}."]
        made += [f"There was a {noun} at the table.", f"He saw a {noun} and two {noun.replace('man', 'men')}s."]
    for verb, who in itertools.product(INTRANSITIVE, PEOPLE):
        past, ing = _past(verb), (verb[:-1] if verb.endswith("e") else verb) + "ing"
        made += [
            f"They {past}.",
            f"They will {verb}.",
            f"She was {ing}.",
            f"The {who} {past}.",
            f"He {past} again.",
        ] * 3
    made += ["A very old king carried an old coat.", "The old king had an old table."] * 9
    made += ["He never carried any letters.", "She greeted herself.", "She knew that he carried the coat."] * 5
    made += [
        "The tables in the garden were old.",
        "The table was old.",
        "She has taken these letters to several teachers.",
    ] * 5
    made += [f"A {noun} carried these {noun}s, and two {noun}s were there." for noun in (*THINGS, "king", "boy")] * 5
    return made


@pytest.fixture(scope="module")
def pairer() -> Iterator[Any]:
    """A pairer of the text, with every rule registered, and the scripts as modules."""
    with importable() as load:
        yield load("forge").Pairer(_text())


def _clause(pairer: Any, sentence: str) -> Any:
    from clauses import clause_of  # type: ignore[import-not-found]
    from phrases import words_of  # type: ignore[import-not-found]

    return clause_of(pairer.lexicon, words_of(sentence)[0])


def _made(pairer: Any, rule: str, item: Any, count: int = 400) -> set[tuple[str, str]]:
    """What a rule makes of an item, over many draws."""
    from draws import Draws  # type: ignore[import-not-found]
    from pairing import PAIR_RULES  # type: ignore[import-not-found]

    draws = Draws(1)
    made = (PAIR_RULES[rule][2](pairer, item, draws) for _ in range(count))
    return {(" ".join(m[0].split()), " ".join(m[1].split())) for m in made if m}


CLAUSE = "The king carried the basket."
EXPECTED = {
    "filled_gap": ("what did the king carry", "what did the king carry the basket"),
    "question_form": ("what did the king carry", "what did the king carried"),
    "embedded_order": ("she knew what the king carried", "she knew what did the king carry"),
    "what_or_that": ("she knew what the king carried", "she knew that the king carried"),
    "what_or_that_far": (
        "she knew that she said that the king carried the basket",
        "she knew what she said that the king carried the basket",
    ),
    "subject_gap": ("she knew who carried the basket", "she knew that carried the basket"),
    "that_trace": ("who did she think carried the basket", "who did she think that carried the basket"),
    "far_gap": ("what did she think that the king carried", "what did she think that the king carried the basket"),
    "relative_gap": ("she saw the basket that the king carried", "she saw the basket that the king carried it"),
    "wh_island": ("what did she think that the king carried", "what did she wonder whether the king carried"),
    "left_branch": ("which basket did the king carry", "which did the king carry basket"),
    "complex_noun_phrase": (
        "who heard the news that the king carried the basket",
        "what did she hear the news that the king carried",
    ),
    "tough": ("the basket was hard to carry", "the basket was eager to carry"),
    "eager": ("the king was eager to carry the basket", "the king was easy to carry the basket"),
    "thing_raising": ("the basket seemed to be carried by the king", "the basket tried to be carried by the king"),
    "it_raising": ("it seemed that the king carried the basket", "it tried that the king carried the basket"),
    "control_frame": ("she told the king to carry the basket", "she said the king to carry the basket"),
    "sluice": (
        "the king carried something , but I do not know what",
        "the king carried something , but I do not know that",
    ),
    "verb_phrase_ellipsis": (
        "the king could carry the basket and so could she",
        "the king could carry the basket and so carry she",
    ),
    "ever": ("nobody had ever carried the basket", "somebody had ever carried the basket"),
    "any_object": ("the king did not carry any basket", "the king carried any basket"),
    "any_clause": (
        "she doubted that anyone had carried the basket",
        "she knew that anyone had carried the basket",
    ),
    "superlative": (
        "the king never carried more than two baskets",
        "the king never carried at least two baskets",
    ),
    "quantifier_number": ("the king carried every basket", "the king carried every baskets"),
    "almost": ("almost every king carried the basket", "almost some king carried the basket"),
    "reflexive_case": ("the king said that he carried the basket", "the king said that himself carried the basket"),
    "present_number": ("the king carries the basket", "the king carry the basket"),
    "do_number": ("does the king carry the basket", "do the king carry the basket"),
    "verb_form": ("the king could carry the basket", "the king could carried the basket"),
    "object_lost": ("the king carried the basket", "the king carried"),
    "object_too_many": ("the king carried the basket", "the king slept the basket"),
    "passive": ("the basket was carried by the king", "the basket was slept by the king"),
    "roles": ("the king carried the basket", "the basket carried the king"),
    "complement": ("the king enjoyed carrying the basket", "the king enjoyed to carry the basket"),
}


@pytest.mark.parametrize("rule", EXPECTED)
def test_a_rule_makes_its_pair(pairer: Any, rule: str) -> None:
    """Of one clause, over many draws, each rule makes the pair of its docstring ('she': the other person)."""
    assert EXPECTED[rule] in {
        tuple(text.replace("they ", "she ") for text in pair)
        for pair in _made(pairer, rule, _clause(pairer, CLAUSE), 4000)
    }


@pytest.mark.parametrize(
    ("rule", "sentence", "bad"),
    [
        ("licensor_lost", "He never carried any letters", "he often carried any letters"),
        ("verb_number", "The tables near the lamp were old", "the tables near the lamp was old"),
        ("participle", "She has taken the letters", "she has took the letters"),
        ("determiner_number", "She carried these letters", "she carried these letter"),
        ("reflexive_text", "She greeted herself", "she greeted himself"),
    ],
)
def test_a_rule_edits_a_real_sentence(pairer: Any, rule: str, sentence: str, bad: str) -> None:
    """The good sentence stays as it is."""
    words = sentence[0].lower() + sentence[1:]
    assert (words, bad) in _made(pairer, rule, (words.split(), "."))


def test_a_simple_clause_is_taken_apart(pairer: Any) -> None:
    """Subject, verb, object and tail; what is not simple is None."""
    clause = _clause(pairer, "The old king carried two letters in the garden.") or _clause(pairer, CLAUSE)
    assert (clause.subject.head, clause.verb.base, clause.subject.person) == ("king", "carry", True)
    assert _clause(pairer, "The king of whom they spoke carried it.") is None


def test_pairs_are_a_function_of_the_seed(pairer: Any) -> None:
    """The same draws make the same pairs, and good and bad always differ."""
    from draws import Draws

    first, second = Draws("7"), Draws("7")
    made = [pairer.pair(first) for _ in range(500)]
    assert made == [pairer.pair(second) for _ in range(500)]
    assert all(good != bad for good, bad, _ in made)


def _forge(work: Path, out: Path, *more: object) -> dict[str, np.ndarray]:
    done = subprocess.run(
        [sys.executable, SCRIPTS / "forge.py", work, out, *map(str, more)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    assert done.returncode == 0, done.stderr
    with np.load(out) as file:
        return dict(file)


def test_the_number_of_workers_does_not_change_the_pairs(tmp_path: Path) -> None:
    """End to end: shapes, lengths within the width, where rows begin to differ; the same by one worker and by two."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    (tmp_path / "train-sentences.txt").write_text("\n".join(_text()) + "\n")
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=400, special_tokens=["<|endoftext|>"], initial_alphabet=alphabet, show_progress=False
    )
    tokenizer.train_from_iterator(_text(), trainer)
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    options = ("--pairs", 5000, "--width", 24, "--seed", 3)
    one = _forge(tmp_path, tmp_path / "one.npz", *options, "--workers", 1)
    two = _forge(tmp_path, tmp_path / "two.npz", *options, "--workers", 2)

    assert all(np.array_equal(one[name], two[name]) for name in one)
    assert (one["ids"].shape, one["ids"].dtype) == ((2, 5000, 24), np.uint16)
    assert one["lengths"].max() <= 24
    assert one["kinds"].max() < len(one["names"])
    for (good, bad), (_, length), first in zip(
        one["ids"].swapaxes(0, 1), one["lengths"].T, one["first_wrong"], strict=True
    ):
        assert np.array_equal(good[:first], bad[:first])
        assert good[first] != bad[first] or first == length - 1


def test_sentences_of_pairs_are_a_transfer_set(pairer: Any) -> None:
    """Each stands there once, none is longer than asked for but for what is wrong with it; one seed, one text."""
    from pair_text import pair_lines  # type: ignore[import-not-found]

    lines = list(itertools.islice(pair_lines(pairer, 9, 1), 300))

    assert lines == list(itertools.islice(pair_lines(pairer, 9, 1), 300))
    assert lines[:50] != list(itertools.islice(pair_lines(pairer, 9, 2), 50))
    assert len(set(lines)) == 300
    assert all(len(line.split()) <= 9 + 5 for line in lines)
    assert sum(len(line.split()) <= 9 for line in lines) > 250
