"""The sample's words are inflected as English is, and its choices are fair."""

from __future__ import annotations

from collections import Counter

import pytest

from colacli.data.seeded_random import SeededRandom
from examples.sample_grammar.words import BE, agree, verb, with_article, with_s


@pytest.mark.parametrize(
    ("written", "forms"),
    [
        ("agree", "agree agrees agreed agreed agreeing"),
        ("carry", "carry carries carried carried carrying"),
        ("hug", "hug hugs hugged hugged hugging"),
        ("open", "open opens opened opened opening"),
        ("describe", "describe describes described described describing"),
        ("hide/hid/hidden", "hide hides hid hidden hiding"),
        ("find/found", "find finds found found finding"),
        ("watch", "watch watches watched watched watching"),
        ("lie", "lie lies lied lied lying"),
        ("quit/quit", "quit quits quit quit quitting"),
    ],
)
def test_verbs_are_inflected(written: str, forms: str) -> None:
    """The spelling rules, and irregular forms as written."""
    found = verb(written)

    assert [found.base, found.third, found.past, found.participle, found.gerund] == forms.split()


def test_be_agrees_in_the_past_too() -> None:
    """The one verb with five finite forms."""
    assert [agree(BE, "singular"), agree(BE, "plural")] == ["is", "are"]
    assert [agree(BE, "singular", past=True), agree(BE, "plural", past=True)] == ["was", "were"]


def test_plurals_and_articles() -> None:
    """-ies after a consonant, -es after a hiss; `an` by sound where spelling misleads."""
    assert [with_s(one) for one in ("diary", "toy", "box", "bus")] == ["diaries", "toys", "boxes", "buses"]
    assert [with_article(one) for one in ("apple", "useful box", "honest king", "old box", "box")] == [
        "an apple",
        "a useful box",
        "an honest king",
        "an old box",
        "a box",
    ]


def test_choices_are_fair() -> None:
    """Nothing is left out, `two` gives different ones, and a shuffle loses nothing."""
    c = SeededRandom("fair")
    picked = Counter(c.choice("abc") for _ in range(3000))
    assert all(900 < picked[one] < 1100 for one in "abc")
    assert {c.pair("abc") for _ in range(300)} == {(one, two) for one in "abc" for two in "abc" if one != two}
    items = list(range(20))
    c.shuffle(items)
    assert (sorted(items), items != sorted(items)) == (list(range(20)), True)
