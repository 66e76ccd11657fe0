"""Every format gives the same corpus, and every flaw is told with its place and what to do."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from colacli.data.corpus import Sentence, Split
from colacli.data.formats import READERS, shown
from colacli.data.readers import find_files, read_corpus, read_split
from colacli.errors import DataError

COLA = Path(__file__).parents[2].parent / "shared" / "cola"
needs_cola = pytest.mark.skipif(not COLA.is_dir(), reason="the public release is not beside this checkout")

ROWS = [("gj04", 1, "", 'The "cat" slept.'), ("bc01", 0, "*", "Cat the \u2028 slept\x0b\x85.")]


def tsv(rows):
    """Rows as the public release writes them."""
    return "".join(f"{source}\t{label}\t{mark}\t{text}\n" for source, label, mark, text in rows).encode()


def headed(rows):
    """Rows as a TSV with a header, in another order and with a column that nobody asked for."""
    lines = [
        "sentence\tlabel\tid\tsource",
        *(f"{text}\t{label}\t7\t{source}" for source, label, _, text in rows),
    ]
    return "\n".join(lines).encode()


def as_csv(rows):
    """Rows as CSV."""
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerows([("source", "label", "mark", "sentence"), *rows])
    return stream.getvalue().encode()


def documents(rows):
    """Rows as dictionaries."""
    return [{"source": source, "label": label, "mark": mark, "sentence": text} for source, label, mark, text in rows]


def jsonl(rows):
    """Rows as JSON lines."""
    return "".join(json.dumps(document) + "\n" for document in documents(rows)).encode()


def parquet(rows):
    """Rows as Parquet."""
    return frame_bytes(pd.DataFrame(documents(rows)))


def frame_bytes(frame):
    """A data frame as Parquet."""
    stream = io.BytesIO()
    frame.to_parquet(stream)
    return stream.getvalue()


WRITERS = {".tsv": tsv, ".txt": headed, ".csv": as_csv, ".jsonl": jsonl, ".parquet": parquet}


@pytest.fixture(scope="module")
def scratch(tmp_path_factory):
    """A folder that the examples of a property share; they overwrite each other's file."""
    return tmp_path_factory.mktemp("scratch")


def written(folder, name, content):
    """The path of a new file."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def refused(path, *parts):
    """The error of reading `path`, once it says all of `parts` and has a hint."""
    with pytest.raises(DataError) as caught:
        read_split(path, "train")
    assert caught.value.message.startswith(str(path))
    assert [part for part in parts if part not in caught.value.message] == []
    assert caught.value.hint
    return caught.value


def split_or_refusal(path):
    """What reading `path` ends in; any other exception than a user's goes through."""
    try:
        return read_split(path, "train")
    except DataError as error:
        return error


def expected_split(rows):
    """The split that `rows` should become."""
    return Split("train", tuple(Sentence(text, label, source, mark) for source, label, mark, text in rows))


LINE = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\n\r\t"), max_size=40)
ROW = st.tuples(LINE, st.sampled_from([0, 1]), LINE, LINE.filter(str.strip))


@pytest.mark.parametrize("suffix", WRITERS)
@settings(deadline=None, max_examples=60)
@given(rows=st.lists(ROW, min_size=1, max_size=5))
@example(rows=ROWS)
@example(rows=[("sentence", 1, "", "sentence"), ("label", 0, "", "label")])
@example(rows=[("\ufeffa", 1, "", " \ufeff e\u0301 \x00 ")])
def test_every_format_keeps_every_row(scratch, suffix, rows):
    """Whatever stands in the rows, each format gives them back: the same texts, so the same digest."""
    if suffix == ".tsv" and rows[0][0].startswith("\ufeff"):
        rows = [("", *row[1:]) for row in rows]
    split = read_split(written(scratch, f"train{suffix}", WRITERS[suffix](rows)), "train")
    assert split.texts == [row[3] for row in rows]
    assert split.digest == expected_split(rows).digest


@settings(deadline=None, max_examples=60)
@given(rows=st.lists(ROW, min_size=1, max_size=5), bom=st.booleans(), final=st.sampled_from(["", "\n", "\n\n\n"]))
def test_line_ends_and_byte_order_marks_change_nothing(scratch, rows, bom, final):
    """CRLF, a byte order mark, no newline or too many at the end: the digest is the same."""
    rows = [(source.lstrip("\ufeff"), *rest) for source, *rest in rows]
    content = tsv(rows).decode().removesuffix("\n") + final
    variant = ("\ufeff" if bom else "") + content.replace("\n", "\r\n")
    split = read_split(written(scratch, "train.tsv", variant.encode()), "train")
    assert split.digest == expected_split(rows).digest


@pytest.mark.parametrize("suffix", READERS)
@settings(deadline=None, max_examples=150)
@given(
    content=st.binary(max_size=200)
    | st.text(st.sampled_from('sentence,label\t\n\r"{}[]:01\ufeff\x00')).map(str.encode)
    | st.binary(max_size=60).map(lambda noise: b"label,sentence\n1," + noise)
    | st.binary(max_size=60).map(lambda noise: b'{"label": 1, "sentence": ' + noise)
)
@example(content=b"PAR1" + b"\x15" * 40 + b"PAR1")
@example(content=b"[" * 100_000)
@example(content=b'{"sentence": ' + b"[" * 900 + b"]" * 900 + b', "label": 1}')
@example(content=b'{"sentence": "a", "label": ' + b"1" * 5000 + b"}")
@example(content=b"label,sentence\n1," + b"a" * 200_000)
@example(content=b'{"sentence": "a", "label": NaN}')
@example(content=b'{"sentence": "\\ud800", "label": 1}')
def test_noise_gives_a_split_or_a_data_error(scratch, suffix, content):
    """Whatever bytes a file holds, reading it ends in a split or in the one error that users see."""
    split = split_or_refusal(written(scratch, f"noise{suffix}", content))
    if isinstance(split, Split):
        "".join(split.texts).encode()
        assert set(split.labels) <= {0, 1}


@settings(deadline=None, max_examples=150)
@given(data=st.data())
def test_damaged_parquet_gives_a_split_or_a_data_error(scratch, data):
    """A Parquet file with a byte changed or its end cut off never ends in another exception."""
    content = bytearray(parquet(ROWS))
    place = data.draw(st.integers(0, len(content) - 1))
    content[place] = data.draw(st.integers(0, 255))
    cut = data.draw(st.sampled_from([None, place]))
    split_or_refusal(written(scratch, "damaged.parquet", bytes(content[:cut])))


def test_text_is_kept_exactly(tmp_path):
    """Nothing is stripped, joined or normalised, and a quotation mark is a character like any other."""
    text = '  "Cafe\u0301"\u00a0, he  said '
    path = written(tmp_path, "a.tsv", f'"s\t1\t*\t{text}\r\n'.encode())
    assert read_split(path, "train").sentences == (Sentence(text, 1, '"s', "*", 1),)


def test_quoted_csv_may_run_over_lines(tmp_path):
    """A quoted value keeps its newlines, even CRLF ones, and the rows after it their physical line."""
    content = b'label,sentence\r\n1,"a ""b"",\r\n\r\nc"\r\n0,d\r\n'
    split = read_split(written(tmp_path, "a.csv", content), "train")
    assert [(s.text, s.line) for s in split.sentences] == [('a "b",\r\n\r\nc', 2), ("d", 5)]


def test_labels_may_be_text_in_json(tmp_path):
    """The label "1" means 1; an optional column may be null."""
    path = written(tmp_path, "a.ndjson", b'{"sentence": "a", "label": "1", "mark": null, "x": [1]}')
    assert read_split(path, "train").sentences == (Sentence("a", 1, "", "", 1),)


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int64", "uint64", "Int32", "string", "category"])
def test_parquet_labels_of_any_integer_type(tmp_path, dtype):
    """0 and 1 are labels whatever number of bits holds them, and as text or categories too."""
    labels = ["0", "1"] if dtype == "string" else [0, 1]
    frame = pd.DataFrame({"sentence": ["a", "b"], "label": pd.Series(labels, dtype=dtype)})
    assert read_split(written(tmp_path, "a.parquet", frame_bytes(frame)), "train").labels == [0, 1]


@pytest.mark.parametrize(
    ("labels", "row", "found"),
    [
        (pd.Series([1, 2]), 2, "2"),
        (pd.Series([True, False]), 1, "True"),
        (pd.Series([1.0, 0.0]), 1, "1.0"),
        (pd.Series([1, None], dtype="Int8"), 2, "None"),
    ],
)
def test_other_parquet_labels_are_refused_by_row(tmp_path, labels, row, found):
    """Booleans, fractions, missing and other numbers are no judgements; the row is named."""
    frame = pd.DataFrame({"sentence": ["a", "b"], "label": labels})
    path = written(tmp_path, "a.parquet", frame_bytes(frame))
    refused(path, f"{path}, row {row}: ", f"the label is {found}, expected 0 or 1")


def test_a_missing_parquet_sentence_is_refused(tmp_path):
    """A null where the sentence should be is told with its row."""
    frame = pd.DataFrame({"sentence": ["a", None], "label": [0, 1]})
    path = written(tmp_path, "a.parquet", frame_bytes(frame))
    refused(path, f"{path}, row 2: ", "the sentence is None, expected text")


def test_missing_parquet_columns_are_refused(tmp_path):
    """A Parquet file without labels is refused with the columns that it has."""
    path = written(tmp_path, "a.parquet", frame_bytes(pd.DataFrame({"sentence": ["a"], "y": [0]})))
    refused(path, f"{path}: ", "no column 'label'; found 'sentence', 'y'")


@pytest.mark.parametrize(
    ("name", "content", "line", "parts"),
    [
        ("a.tsv", b"s\t1\t\ta\ns\t1\ta\n", 2, ["found 3 column(s), expected 4", "'source', 'label', 'mark'"]),
        ("a.tsv", b"s\t1\t\ta\ns\t1\t\ta\tb\n", 2, ["found 5 column(s)"]),
        ("a.tsv", b"s\t2\t\ta\n", 1, ["the label is '2', expected 0 or 1"]),
        ("a.tsv", b"s\tTrue\t\ta\n", 1, ["the label is 'True'"]),
        ("a.tsv", "s\t\u0661\t\ta\n".encode(), 1, ["the label is"]),
        ("a.tsv", b"s\t1\t\t \n", 1, ["the sentence is ' ', expected words"]),
        ("a.tsv", b"s\t1\t\ta\n\ns\t1\t\tb\n", 2, ["blank"]),
        ("a.tsv", b"s\t1\t\ta\r\n\r\ns\t1\t\tb\r\n", 2, ["blank"]),
        ("a.tsv", b"s\t1\t\ta\ns\t1\t\tb\xff\n", 2, ["byte 7 of the line, 0xff, is not UTF-8"]),
        ("a.tsv", "s\t1\t\ta".encode("utf-16"), 1, ["byte 1 of the line, 0xff"]),
        ("test.tsv", b"index\tsentence\n0\ta\n", 1, ["have no labels", "'index', 'sentence'"]),
        ("a.tsv", b"sentence\tlabel\na\t1\nb\n", 3, ["found 1 column(s), expected 2: 'sentence', 'label'"]),
        ("a.csv", b"text,label\na,1\n", 1, ["no column 'sentence'; found 'text', 'label'"]),
        ("a.csv", b"x;y\n", 1, ["no column 'sentence', 'label'; found 'x;y'"]),
        ("a.csv", b"sentence,label,label\na,1,0\n", 1, ["a column stands twice"]),
        ("a.csv", b"sentence,label\na,b,1\n", 2, ["found 3 column(s), expected 2"]),
        ("a.csv", b"sentence,label\na,1\n\nb,1\n", 3, ["blank"]),
        ("a.csv", b'sentence,label\na,1\n"b,1\n', 3, ["not valid CSV"]),
        ("a.csv", b'sentence,label\n"a\nb",1\nc,5\n', 4, ["the label is '5'"]),
        ("a.csv", b'sentence,label\n"a\n\xe9",1\n', 3, ["byte 1 of the line, 0xe9"]),
        ("a.jsonl", b'{"sentence": "a", "label": 1}\n{"sentence": \n', 2, ["not valid JSON", "column 14"]),
        ("a.jsonl", b"[1]\n", 1, ["found [1], expected a JSON object"]),
        ("a.jsonl", b'{"label": 1}\n', 1, ["no column 'sentence'; found 'label'"]),
        ("a.jsonl", b"{}\n", 1, ["no column 'sentence', 'label'; found none"]),
        ("a.jsonl", b'{"sentence": "a", "label": true}', 1, ["the label is True"]),
        ("a.jsonl", b'{"sentence": "a", "label": 1.0}', 1, ["the label is 1.0"]),
        ("a.jsonl", b'{"sentence": "a", "label": null}', 1, ["the label is None"]),
        ("a.jsonl", b'{"sentence": NaN, "label": 1}', 1, ["the sentence is nan, expected text"]),
        ("a.jsonl", b'{"sentence": "a", "label": 1, "source": 3}', 1, ["the source is 3, expected text"]),
        ("a.jsonl", b'{"sentence": "\\ud83d", "label": 1}', 1, ["half a surrogate pair"]),
    ],
)
def test_a_flaw_is_told_with_its_line(tmp_path, name, content, line, parts):
    """What is wrong, what was expected, and on which line: all stand in the message."""
    path = written(tmp_path, name, content)
    refused(path, f"{path}, line {line}: ", *parts)


def test_glue_test_set_says_what_to_use(tmp_path):
    """The hint for an unlabelled file names the files that have labels."""
    error = refused(written(tmp_path, "test.tsv", b"index\tsentence\n0\ta\n"))
    assert "train.tsv" in error.hint


@pytest.mark.parametrize("suffix", READERS)
@pytest.mark.parametrize("content", [b"", b"\n\n", b"\r\n", b"\xef\xbb\xbf", b"\xef\xbb\xbf\r\n"])
def test_an_empty_file_is_refused(tmp_path, suffix, content):
    """A file without a word is called empty, whatever its format."""
    refused(written(tmp_path, f"a{suffix}", content), "empty")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.tsv", b"sentence\tlabel\n"),
        ("a.csv", b"sentence,label\n"),
        ("a.parquet", frame_bytes(pd.DataFrame({"sentence": [], "label": []}))),
    ],
)
def test_a_header_alone_is_refused(tmp_path, name, content):
    """A file that has columns but no rows holds no sentences, and says so."""
    refused(written(tmp_path, name, content), "holds no sentences")


def test_values_in_messages_are_short():
    """A message shows a value on one line, in sixty characters at most."""
    assert shown("a\nb") == r"'a\nb'"
    assert len(shown("a" * 61)) == 60
    assert len(shown(["b" * 90] * 6)) == 60


def test_paths_that_are_no_files_are_refused(tmp_path):
    """A missing path, a folder and a format nobody knows each have their own message."""
    (tmp_path / "folder.tsv").mkdir()
    refused(tmp_path / "missing.tsv", "does not exist")
    refused(tmp_path / "missing", "does not exist")
    refused(tmp_path / "folder.tsv", "is a folder")
    refused(written(tmp_path, "a.xlsx", b"a"), "unknown suffix '.xlsx'", ", ".join(READERS))


def test_an_unreadable_file_is_refused(tmp_path, monkeypatch):
    """What the system forbids is told in its words, without a traceback."""
    path = written(tmp_path, "a.tsv", tsv(ROWS))

    def forbidden(_path):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", forbidden)
    refused(path, "can't be read: Permission denied")


@pytest.mark.parametrize("folder", ["", "raw", "cola_public/raw", "original/raw"])
def test_a_corpus_is_found_in_its_usual_folders(tmp_path, folder):
    """The folder given, the archive's and GLUE's are looked through; splits come in their order."""
    for name in (
        "out_of_domain_dev.tsv",
        "in_domain_dev.TSV",
        "in_domain_train.tsv",
        "notes.txt",
        "test.tsv",
    ):
        written(tmp_path / folder, name, tsv(ROWS))
    corpus = read_corpus(tmp_path)
    assert list(corpus.splits) == ["train", "in_domain_dev", "out_of_domain_dev"]
    assert corpus.origin == str(tmp_path)


def test_a_corpus_may_lack_splits_and_mix_formats(tmp_path):
    """Only what is there is read, each file in its own format; a folder by a split's name is no file."""
    written(tmp_path, "train.csv", as_csv(ROWS))
    written(tmp_path, "validation.parquet", parquet(ROWS))
    (tmp_path / "out_of_domain_dev.tsv").mkdir()
    corpus = read_corpus(tmp_path)
    assert list(corpus.splits) == ["train", "in_domain_dev"]
    assert len({split.digest for split in corpus.splits.values()}) == 1


def test_the_nearest_folder_wins(tmp_path):
    """Subfolders are looked into only when the folder itself holds no split."""
    written(tmp_path, "dev.tsv", tsv(ROWS))
    written(tmp_path, "original/raw/in_domain_train.tsv", tsv(ROWS))
    assert list(find_files(tmp_path)) == ["in_domain_dev"]


def test_two_files_for_one_split_are_refused(tmp_path):
    """Nothing is chosen silently: both candidates are named."""
    written(tmp_path, "dev.tsv", tsv(ROWS))
    written(tmp_path, "validation.csv", as_csv(ROWS))
    with pytest.raises(DataError, match=r"both dev\.tsv and validation\.csv could be the split 'in_domain_dev'"):
        read_corpus(tmp_path)


def test_a_folder_without_splits_says_what_was_looked_for(tmp_path):
    """The names and the places that were tried stand in the message."""
    with pytest.raises(DataError, match=r"cola_public/raw.*in_domain_train, train.*out_of_domain_dev"):
        read_corpus(tmp_path)


@pytest.mark.parametrize(("name", "split"), [("dev.tsv", "in_domain_dev"), ("mine.tsv", "train")])
def test_one_file_is_a_corpus_of_one_split(tmp_path, name, split):
    """A file's stem names its split, and 'train' stands for any other."""
    corpus = read_corpus(written(tmp_path, name, tsv(ROWS)))
    assert list(corpus.splits) == [split]
    assert corpus.split(split).name == split


def test_origin_is_absolute(tmp_path, monkeypatch):
    """A corpus read by a relative path can be found again from another folder."""
    written(tmp_path, "corpus/train.tsv", tsv(ROWS))
    monkeypatch.chdir(tmp_path)
    assert read_corpus(Path("corpus")).origin == str(tmp_path / "corpus")


@needs_cola
@pytest.mark.parametrize(
    ("name", "lines", "acceptable", "digest"),
    [
        ("train", 8551, 6023, "f320a10f92d3bce6b29152fde322a362eac39238e50d8de0c8815457fdf4fc12"),
        ("in_domain_dev", 527, 365, "77176f6a03faa5a1c4f23c69971fc1bff565931112fb65af47b2d6e24b7f42f7"),
    ],
)
def test_the_public_release_is_read_whole(name, lines, acceptable, digest):
    """CoLA's published files give as many sentences, and as many acceptable ones, as its authors count."""
    path = find_files(COLA)[name]
    split = read_split(path, name)
    assert hashlib.sha256(path.read_bytes()).hexdigest() == digest
    assert (len(split), sum(split.labels)) == (lines, acceptable)
    assert split.sentences[-1].line == lines
