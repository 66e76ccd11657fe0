"""Columns, the words of labels, and what can be said of both on the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from colacli.data.layout import AS_USUAL, Layout, check_layout, choose_columns, parse_layout
from colacli.data.packed import DataFile
from colacli.errors import DataError, UsageError

FILE = DataFile(Path("a.csv"))


def chosen(names, **options):
    """The columns of a header, by what they hold."""
    columns = choose_columns(FILE, 1, names, Layout(**options))
    return {role: name for role, name in columns._asdict().items() if name is not None}


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["Sentence", "LABEL"], {"sentence": "Sentence", "label": "LABEL"}),
        (["text", "is_acceptable"], {"sentence": "text", "label": "is_acceptable"}),
        (
            ["id", "sentence", "acceptable", "error_type", "detailed_source"],
            {"id": "id", "sentence": "sentence", "label": "acceptable", "source": "detailed_source"},
        ),
        (["idx", "Text ", "Acceptability_Label"], {"id": "idx", "sentence": "Text ", "label": "Acceptability_Label"}),
        (
            ["uid", "source", "label", "mark", "sentence", "split"],
            {
                "id": "uid",
                "source": "source",
                "label": "label",
                "mark": "mark",
                "sentence": "sentence",
                "split": "split",
            },
        ),
        (["sentence"], {"sentence": "sentence"}),
    ],
)
def test_the_usual_names_are_known(names, expected):
    """Whatever their case and the blanks around them."""
    assert chosen(names) == expected


def test_columns_can_be_named():
    """Those that are named are taken, in the case of the header or another; the others are found as usual."""
    names = ["Satz", "urteil", "text", "source"]

    assert chosen(names, columns=("sentence=Satz", "label=Urteil")) == {
        "sentence": "Satz", "label": "urteil", "source": "source",
    }  # fmt: skip


def test_a_test_file_may_lack_the_label_and_more():
    """What is named for the files that have it is no error where there is no label."""
    assert chosen(["Satz", "Nr"], columns=("sentence=Satz", "label=Urteil", "source=Quelle", "id=Nr")) == {
        "sentence": "Satz", "id": "Nr",
    }  # fmt: skip


def test_a_column_can_be_left_out():
    """One that is not what its name says."""
    for names in (["sentence", "label", "split"], ["", "sentence", "label", "split"]):
        assert chosen(names, columns=("split=",)) == {"sentence": "sentence", "label": "label"}


@pytest.mark.parametrize(
    ("names", "columns", "said"),
    [
        (["sentence", "text", "label"], (), "'sentence', 'text' could each be the sentence"),
        (["sentence", "label", "acceptable"], (), "'label', 'acceptable' could each be the label"),
        (["sentence", "label", "Label"], (), "'label', 'Label' could each be the label"),
        (["sentence", "label", "source", "detailed_source"], (), "could each be the source"),
        (["sentence", "sentence", "label"], (), "a column is repeated"),
        (["words", "label"], (), "no column 'sentence'; found 'words', 'label'"),
        (["words", "y"], (), "no column 'sentence', 'label'; found 'words', 'y'"),
        (["y", "label"], ("sentence=z",), "no column 'z', which --columns sentence=z names; found 'y', 'label'"),
        (["sentence", "label"], ("source=z",), "no column 'z', which --columns source=z names"),
        (["sentence", "y"], ("label=y", "source=z"), "no column 'z', which --columns source=z names"),
        (["y"], ("label=z", "sentence=z"), "no column 'z', which --columns sentence=z names"),
        (["sentence", "Y", "y"], ("label= Y ",), None),
        (["y", "Y", "label"], ("sentence=ý",), "no column 'ý'"),
        (["zz", "ZZ", "label"], ("sentence=Zz",), "no column 'Zz'"),
    ],
)
def test_what_can_not_be_decided_is_an_error(names, columns, said):
    """With the line, all names that could be meant, and how to say which."""
    if said is None:
        assert chosen(names, columns=columns)["label"] == "Y"
        return
    with pytest.raises(DataError, match=said) as caught:
        chosen(names, columns=columns)

    assert str(caught.value).startswith("a.csv, line 1: ")
    assert caught.value.hint


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"columns": ("satz=S",)}, "'satz' is no column that is read"),
        ({"columns": ("sentence=S", "Sentence=T")}, "names 'sentence' twice"),
        ({"columns": ("sentence=",)}, "names no column"),
        ({"columns": ("sentence",)}, "names no column"),
        ({"labels": ("yes",)}, "'yes' is not WORD=1 or WORD=0"),
        ({"labels": ("yes=2",)}, "'yes=2' is not"),
        ({"labels": ("=1",)}, "'=1' is not"),
    ],
)
def test_options_are_checked(options, said):
    """Before any file is read."""
    with pytest.raises(UsageError, match=said) as caught:
        Layout(**options)

    assert caught.value.hint


@pytest.mark.parametrize("label", [1, True, 1.0, "1", "1.0", "true", "TRUE", "acceptable", "Grammatical", " good "])
def test_acceptable(label):
    """In all the usual words."""
    assert AS_USUAL.meaning(label) == 1


@pytest.mark.parametrize("label", [0, False, 0.0, -0.0, "0", "False", "unacceptable", "ungrammatical", "BAD"])
def test_not_acceptable(label):
    """In all the usual words."""
    assert AS_USUAL.meaning(label) == 0


@pytest.mark.parametrize("label", [-1, -1.0, "-1", "-1.0"])
def test_not_judged(label):
    """As test sets of the hub say it."""
    assert AS_USUAL.meaning(label) == -1


@pytest.mark.parametrize(
    "label", [None, "", "2", 2, 0.5, float("nan"), float("inf"), 10**400, "yes", "*", "\u0661", [1], {"a": 1}, b"1"]
)
def test_no_label(label):
    """What is no word of a judgement is none."""
    assert AS_USUAL.meaning(label) is None


def test_other_words_can_be_given():
    """They come before the usual meaning, whatever their case; numbers too."""
    layout = Layout(labels=("ja=1", "=1=0", "*=0", "2=1", "good=0"))

    words = ["Ja", "=1", "*", 2, 2.0, "2", "good", "1"]
    assert [layout.meaning(word) for word in words] == [1, 0, 0, 1, 1, 1, 0, 1]


def test_a_layout_survives_as_text():
    """A run's manifest keeps it so."""
    layout = Layout(columns=("sentence=S",), labels=("ja=1",), quoting="csv")

    assert parse_layout(layout.to_text()) == layout
    assert AS_USUAL.to_text() == "{}"


@pytest.mark.parametrize(
    "text", ["", "[]", '{"columns": "x"}', '{"columns": ["x=y"]}', '{"more": 1}', '{"quoting": 1}']
)
def test_text_that_is_no_layout(text):
    """Another's manifest may say anything."""
    with pytest.raises(DataError, match="is none"):
        parse_layout(text)


def test_a_layout_needs_data():
    """Options that would say nothing are refused."""
    check_layout(None, AS_USUAL)
    check_layout("a.csv", Layout(quoting="csv"))
    with pytest.raises(UsageError, match="--data is laid out"):
        check_layout(None, Layout(quoting="csv"))
