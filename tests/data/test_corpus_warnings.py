"""A corpus's flaws are said with numbers before anything is trained on it."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from colacli.data.corpus import Corpus, Sentence, Split
from colacli.data.corpus_warnings import warnings_of
from colacli.data.readers import read_corpus
from colacli.data.summary import summarise

COLA = Path(__file__).parents[2].parent / "shared" / "cola"
needs_cola = pytest.mark.skipif(not COLA.is_dir(), reason="the public release is not beside this checkout")


def warned(**splits):
    """Kind, split, and rows of each warning, and the message, for splits of (text, label, source) rows."""
    made = {name: Split(name, tuple(Sentence(*row) for row in rows)) for name, rows in splits.items()}
    found = warnings_of(summarise(Corpus("here", made)))
    return [(one.kind, one.split, one.sentences) for one in found], " ".join(one.message for one in found)


def test_a_sound_corpus_has_no_warning():
    """Both labels everywhere, no sentence twice; a source of one sentence can't have two labels."""
    assert warned(train=[("a", 1, "x"), ("b", 0, "x"), ("c", 1, "y")], in_domain_dev=[("d", 1), ("e", 0)]) == ([], "")


def test_a_constant_label():
    """A split with one label is named as such, and not its sources beside."""
    found, message = warned(train=[("a", 1, "x"), ("b", 1, "x")], in_domain_dev=[("c", 0), ("d", 0)])

    assert found == [("constant_label", "train", 2), ("constant_label", "in_domain_dev", 2)]
    assert "all 2 sentences of train are acceptable" in message
    assert "all 2 sentences of in_domain_dev are unacceptable" in message


def test_both_labels():
    """Sentences that stand twice with both labels are counted, and their rows; duplicates with one are no flaw."""
    found, message = warned(train=[("a", 1), ("a", 0), ("a", 1), ("b", 1), ("b", 1), ("c", 0)])

    assert found == [("both_labels", "train", 3)]
    assert message == "sentences of train that have both labels: 1, in 3 of 6 rows"


def test_sentences_of_train_in_dev():
    """With the number that have the other label there."""
    found, message = warned(train=[("a", 1), ("b", 0)], in_domain_dev=[("a", 0), ("b", 0), ("c", 1)])

    assert found == [("in_train", "in_domain_dev", 2)]
    assert "2 of 3 sentences of in_domain_dev are also in train, 1 of them with the other label" in message


def test_sources_of_one_label():
    """All are counted; the five largest are named with their label."""
    many = [(f"s{row}", 1, f"source {row // 2}") for row in range(14)]
    found, message = warned(train=[*many, ("x", 0, "mixed"), ("y", 1, "mixed"), *((f"z{n}", 0, "") for n in range(3))])

    assert found == [("one_label_sources", "train", 17)]
    assert "8 of 9 sources of train have one label only, 17 of 19 sentences" in message
    assert message.endswith(
        "the largest: — (3 unacceptable), source 0 (2 acceptable), source 1 (2 acceptable), "
        "source 2 (2 acceptable), source 3 (2 acceptable)"
    )


ROWS = st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from([0, 1]), st.sampled_from("xy")), min_size=1)


@given(train=ROWS, dev=ROWS)
def test_a_warning_is_there_exactly_where_there_is_a_flaw(train, dev):
    """Each kind agrees with a definition by sets."""
    found = {(kind, split) for kind, split, _ in warned(train=train, in_domain_dev=dev)[0]}
    for name, rows in {"train": train, "in_domain_dev": dev}.items():
        labels = {label for _, label, _ in rows}
        by_source = {source: [label for _, label, one in rows if one == source] for _, _, source in rows}
        pure = [one for one in by_source.values() if len(one) > 1 and len(set(one)) == 1]
        assert (("constant_label", name) in found) == (len(labels) == 1)
        assert (("one_label_sources", name) in found) == (len(labels) == 2 and bool(pure))
        assert (("both_labels", name) in found) == any(
            {0, 1} <= {label for text, label, _ in rows if text == one} for one in "abc"
        )
    assert (("in_train", "in_domain_dev") in found) == bool({row[0] for row in train} & {row[0] for row in dev})


@needs_cola
def test_the_public_release():
    """CoLA: 11 sentences of train have both labels; 6 of dev stand there, 2 judged otherwise."""
    found = {(one.kind, one.split): one.message for one in warnings_of(summarise(read_corpus(COLA)))}

    assert found["both_labels", "train"] == "sentences of train that have both labels: 11, in 22 of 8,551 rows"
    assert "6 of 527 sentences" in found["in_train", "in_domain_dev"]
    assert "2 of them with the other label" in found["in_train", "in_domain_dev"]
    assert ("constant_label", "train") not in found
