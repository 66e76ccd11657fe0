"""A text file says itself how it is separated and quoted."""

from __future__ import annotations

import csv
import io
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from colacli.data.layout import AS_USUAL, Layout
from colacli.data.packed import DataFile
from colacli.data.quoting import delimiter_of, is_quoted
from colacli.data.readers import read_corpus, read_split
from colacli.errors import DataError
from factories.rows import written


def tab_separated(rows, quoting=csv.QUOTE_MINIMAL):
    """Rows as a CSV writer puts them, with tabs."""
    stream = io.StringIO()
    csv.writer(stream, delimiter="\t", lineterminator="\n", quoting=quoting).writerows([("sentence", "label"), *rows])
    return stream.getvalue().encode()


@pytest.mark.parametrize(
    ("content", "quoted"),
    [
        (tab_separated([('She said "no".', 1), ("It rains.", 0)]), True),
        (tab_separated([("One\ttwo.", 1), ("It rains.", 0)]), True),
        (tab_separated([("One\ntwo.", 1), ("It rains.", 0)]), True),
        (tab_separated([("It rains.", 1), ("It snows.", 0)], csv.QUOTE_ALL), True),
        (tab_separated([("It rains.", 1), ("It snows.", 0)], csv.QUOTE_NONNUMERIC), True),
        (b'sentence\tlabel\n"It rains."\t1\n"It snows."\t0\n', True),
        (b'sentence\tlabel\n"Yes, it rains."\t1\nIt snows.\t0\n', True),
        (b'sentence\tlabel\r\n"It ""rains""."\t1\r\nIt snows.\t0\r\n', True),
        (b'sentence\tlabel\nShe said "no".\t1\n', False),
        (b'label\tsentence\n1\t"It rains.\n0\tIt snows."\n', False),
        (b'sentence\tlabel\n"No", she said.\t1\n"It rains."\t0\n', False),
        (b'sentence\tlabel\n"No," she said, "no"\t1\n', False),
        (b'sentence\tlabel\n"It rains."\t1\nIt snows, they say.\t0\n', False),
        (b'sentence\tlabel\n"It rains.\t1\n', False),
        (b"sentence\tlabel\nIt rains.\t1\n", False),
    ],
)
def test_quoting_is_decided_by_the_file(tmp_path, content, quoted):
    """A writer quotes all values that have a mark, and doubles the mark; a sentence may have one anywhere."""
    path = written(tmp_path, "train.tsv", content)
    reading = read_corpus(path).readings[0]

    assert is_quoted(DataFile(path), "\t") == quoted
    assert reading.quoting == ("csv" if quoted else "none")


def test_marks_that_enclose_are_no_part_of_a_sentence(tmp_path):
    """And those that don't are."""
    rows = [('She said "no".', 1), ("One\ttwo.", 0)]
    quoted = read_split(written(tmp_path, "train.tsv", tab_separated(rows)), "train")
    bare = read_split(written(tmp_path, "train.tsv", b'sentence\tlabel\nShe said "no".\t1\n'), "train")

    assert quoted.texts == ['She said "no".', "One\ttwo."]
    assert bare.texts == ['She said "no".']


def test_the_four_columns_have_no_quoting(tmp_path):
    """CoLA's own format: nothing is decided, whatever the sentence looks like."""
    content = b's\t1\t\t"It ""rains""."\n'

    assert read_split(written(tmp_path, "train.tsv", content), "train").texts == ['"It ""rains""."']


@pytest.mark.parametrize(
    ("name", "content", "quoting", "text"),
    [
        ("a.tsv", b'sentence\tlabel\n"It ""rains""."\t1\n', "none", '"It ""rains""."'),
        ("a.tsv", b'sentence\tlabel\n"It rains."\t1\nIt snows, no?\t1\n', "csv", "It rains."),
        ("a.tsv", b's\t1\t\t"It rains."\n', "csv", "It rains."),
        ("a.csv", b'sentence,label\n"It rains.",1\n', "none", '"It rains."'),
    ],
)
def test_quoting_can_be_said(tmp_path, name, content, quoting, text):
    """In any file of text."""
    assert read_split(written(tmp_path, name, content), "train", Layout(quoting=quoting)).texts[0] == text


def test_sentences_in_quotation_marks_are_counted(tmp_path):
    """Where it can't be known whether the marks are a writer's, a person is told."""
    content = b'sentence\tlabel\n"It rains."\t1\nIt snows, they say.\t0\n'

    assert read_corpus(written(tmp_path, "train.tsv", content)).readings[0].enclosed == 1


@pytest.mark.parametrize(
    ("header", "delimiter"),
    [
        ("sentence,label", ","),
        ("sentence;label", ";"),
        ("sentence\tlabel", "\t"),
        ("sentence|label", "|"),
        ('"sentence";"label"', ";"),
        ('"a; b; c",sentence,label', ","),
        ("sentence", ","),
        ("Satz;Urteil", ";"),
    ],
)
def test_the_delimiter_is_seen_from_the_header(header, delimiter):
    """The sign that separates known names, else most names."""
    assert delimiter_of(header, AS_USUAL) == delimiter


def test_named_columns_help(tmp_path):
    """A header whose names say nothing of themselves."""
    layout = Layout(columns=("sentence=Satz, ganz", "label=Urteil"))
    path = written(tmp_path, "a.csv", b'Satz, ganz;Urteil;a,b,c\n"Es, ja; gut.";1;2\n')

    assert read_split(path, "train", layout).texts == ["Es, ja; gut."]


LINE = st.text(st.sampled_from('ab"\t\n, '), max_size=12).filter(str.strip)


@settings(deadline=None, max_examples=200)
@given(texts=st.lists(LINE, min_size=1, max_size=4), quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))
def test_what_a_writer_quoted_is_read_back(tmp_path_factory, texts, quoting):
    """Whatever the sentences are, unless no mark in the file says that a writer put it there.

    Nor where every line would do without quotes: then a mark is part of its sentence.
    """
    path = tmp_path_factory.getbasetemp() / "train.tsv"
    content = tab_separated([(text, 1) for text in texts], quoting)
    path.write_bytes(content)
    shown = quoting == csv.QUOTE_ALL or any(sign in text for text in texts for sign in '"\t\n')
    spans = quoting != csv.QUOTE_ALL and any(sign in text for text in texts for sign in "\t\n")
    is_regular = {line.count(b"\t") for line in content[:-1].split(b"\n")} == {1}

    if shown and not (spans and is_regular):
        assert read_split(path, "train").texts == texts


@settings(deadline=None, max_examples=200)
@given(content=st.text(st.sampled_from('ab"\t\n,\r'), max_size=40))
def test_any_text_is_decided(tmp_path_factory, content):
    """Without another error than that of a file."""
    path = tmp_path_factory.getbasetemp() / "odd.tsv"
    path.write_bytes(b"sentence\tlabel\n" + content.encode())
    with suppress(DataError):
        assert read_split(path, "train").texts
