"""Minimal pairs are read as they stand, and what is no pair is refused with its file and line."""

from __future__ import annotations

import json
import lzma
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from colacli.data import pairs
from colacli.data.pairs import SAMPLE_SHA256, PairSet, find_pairs, import_pairs, parse_columns, read_pairs, sample_pairs
from colacli.data.published_scores import read_published
from colacli.errors import DataError, IntegrityError, UsageError
from colacli.store.canonical import sha256
from examples.sample_grammar.pairs import pair_lines

BLIMP = Path(__file__).parents[2].parent / "shared" / "blimp"
needs_blimp = pytest.mark.skipif(not BLIMP.is_dir(), reason="BLiMP is not beside this checkout")
ROW = {"sentence_good": "It rains.", "sentence_bad": "It rain.", "UID": "verbs", "linguistics_term": "agreement"}


def written(path, *rows):
    """A file of JSON lines."""
    path.write_text("".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows))
    return path


def test_a_file_in_blimps_form(tmp_path):
    """Sentences, paradigm, phenomenon and line; a missing field is empty, a missing paradigm the file's name."""
    path = written(tmp_path / "some.jsonl", ROW, {"sentence_good": "A.", "sentence_bad": "B."})
    first, second = read_pairs(path).pairs
    assert (first.good, first.bad, first.paradigm, first.phenomenon, first.field, first.line) == (
        "It rains.", "It rain.", "verbs", "agreement", "", 1,
    )  # fmt: skip
    assert (second.paradigm, second.phenomenon, second.line) == ("some", "", 2)


def test_both_sentences_stand_in_turn(tmp_path):
    """As sentences to tokenise: good, bad, good, bad; and each one's file and line."""
    path = written(tmp_path / "some.jsonl", ROW, ROW | {"sentence_bad": "It raining."})
    found = read_pairs(path)
    assert list(found.texts) == ["It rains.", "It rain.", "It rains.", "It raining."]
    assert [found.location(index) for index in (1, 2)] == [f"{path}, line 1", f"{path}, line 2"]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (ROW | {"sentence_bad": "It rains."}, "both sentences are"),
        (ROW | {"sentence_good": " "}, "the sentence_good is ' ', expected words"),
        (ROW | {"sentence_bad": 3}, "the sentence_bad is 3, expected text"),
        ({"sentence_good": "A.", "UID": "x"}, "there is no column 'sentence_bad'"),
        ("[1]", "found [1], expected a JSON object"),
        ('{"sentence_good": "A"', "not valid JSON"),
        ('{"sentence_good": "\\ud800", "sentence_bad": "B"}', "half a surrogate pair"),
    ],
)
def test_what_is_no_pair(tmp_path, row, message):
    """The error names file and line."""
    path = written(tmp_path / "some.jsonl", ROW, row)
    with pytest.raises(DataError, match=r"some\.jsonl, line 2: ") as caught:
        read_pairs(path)
    assert message in caught.value.message
    assert caught.value.hint


def test_an_empty_file_and_a_folder_without_pairs(tmp_path):
    """Each is an error that says what is missing."""
    with pytest.raises(DataError, match="there is no file of pairs"):
        read_pairs(tmp_path)
    (tmp_path / "some.jsonl").touch()
    with pytest.raises(DataError, match="the file is empty"):
        read_pairs(tmp_path)


@given(st.text())
def test_no_text_without_both_roles_is_columns(text):
    """It is a usage error, and no other."""
    with pytest.raises(UsageError, match="--columns"):
        parse_columns(text.replace("good", "").replace("bad", ""))


@given(st.binary(max_size=60))
def test_any_bytes_are_pairs_or_an_error(tmp_path_factory, content):
    """Nothing but a data error comes of a file."""
    path = tmp_path_factory.mktemp("bytes") / "some.jsonl"
    path.write_bytes(content)
    with pytest.raises(DataError):
        read_pairs(path)


def test_other_columns(tmp_path, store):
    """Named columns are taken; one that is named must be there."""
    path = written(tmp_path / "some.jsonl", {"yes": "A.", "no": "B.", "kind": "k"})
    [pair] = find_pairs(store, str(path), "good=yes, bad=no, phenomenon=kind").pairs
    assert (pair.good, pair.bad, pair.phenomenon, pair.paradigm) == ("A.", "B.", "k", "some")
    with pytest.raises(DataError, match="no column 'set'"):
        find_pairs(store, str(path), "good=yes,bad=no,paradigm=set")


@pytest.mark.parametrize("text", ["good=a", "good=a,bad", "good=a,bad=b,bad=c", "good=a,bad=b,best=c", ""])
def test_columns_that_cannot_be(text):
    """A role that is missing, unknown, repeated or has no name is a usage error."""
    with pytest.raises(UsageError, match="--columns"):
        parse_columns(text)


def test_the_digest_is_of_the_pairs_in_order(tmp_path):
    """Another order or paradigm is another set; another file with the same pairs is not."""
    other = ROW | {"sentence_bad": "It raining."}
    digests = [
        read_pairs(written(tmp_path / f"{number}.jsonl", *rows)).digest
        for number, rows in enumerate([(ROW, other), (other, ROW), (ROW | {"UID": "x"}, other), (ROW, other)])
    ]
    assert len(set(digests)) == 3
    assert digests[0] == digests[3]


def test_paradigms_are_chosen_by_name(tmp_path):
    """None is all of them; one that is not there is an error that lists those that are."""
    found = read_pairs(written(tmp_path / "some.jsonl", ROW, ROW | {"UID": "x"}))
    assert [pair.paradigm for pair in found.of_paradigms(["x"]).pairs] == ["x"]
    assert found.of_paradigms([]) is found
    with pytest.raises(UsageError, match="no paradigm 'y'") as caught:
        found.of_paradigms(["x", "y"])
    assert "'verbs', 'x'" in caught.value.hint


def test_imported_pairs_are_found_by_name(tmp_path, store):
    """Byte for byte; again is fine, and other pairs under the same name are refused."""
    path = written(tmp_path / "some.jsonl", ROW)
    store.prepare()
    import_pairs(path, store.data / "mine")
    assert import_pairs(path, store.data / "mine") == read_pairs(path)
    assert (store.data / "mine" / "some.jsonl").read_bytes() == path.read_bytes()
    assert find_pairs(store, "mine").digest == read_pairs(path).digest
    with pytest.raises(DataError, match="holds something else"):
        import_pairs(written(path, ROW, ROW | {"UID": "x"}), store.data / "mine")


@pytest.mark.parametrize("name", ["blimp", "nothing", ""])
def test_pairs_that_are_not_here(store, name):
    """The error says how to get them."""
    with pytest.raises(DataError) as caught:
        find_pairs(store, name)
    assert caught.value.hint


def test_the_bundled_pairs_are_the_grammars():
    """The generator makes the same bytes; ten pairs of each phenomenon, all different."""
    content = pair_lines().encode()
    assert sha256(content) == SAMPLE_SHA256
    found = sample_pairs()
    assert set(Counter(pair.phenomenon for pair in found.pairs).values()) == {10}
    assert len(set(found.texts)) == len(found)


def test_damaged_bundled_pairs_are_refused(tmp_path, monkeypatch):
    """Other bytes, or none, are an integrity error."""
    monkeypatch.setattr(pairs, "_SAMPLE_FILE", tmp_path / "sample-pairs.jsonl")
    with pytest.raises(IntegrityError, match="can't be read"):
        sample_pairs()
    written(tmp_path / "sample-pairs.jsonl", ROW)
    with pytest.raises(IntegrityError, match="is damaged"):
        sample_pairs()


@needs_blimp
@pytest.mark.slow
def test_all_of_blimp_is_read(tmp_path):
    """67 paradigms of 1,000 pairs in twelve phenomena and four fields; seven pairs are equal and stay."""
    path = tmp_path / "blimp.jsonl"
    path.write_bytes(lzma.decompress((BLIMP / "blimp.jsonl.xz").read_bytes()))
    found: PairSet = read_pairs(path)
    assert Counter(Counter(pair.paradigm for pair in found.pairs).values()) == {1000: 67}
    published = read_published(BLIMP / "models_summary.jsonl")
    assert {("paradigm", pair.paradigm) for pair in found.pairs} == {key for key in published if key[0] == "paradigm"}
    phenomena = {("phenomenon", pair.phenomenon) for pair in found.pairs}
    assert phenomena == {key for key in published if key[0] == "phenomenon"}
    assert len({pair.field for pair in found.pairs}) == 4
    assert sum(pair.good == pair.bad for pair in found.pairs) == 7


def test_published_scores(tmp_path):
    """By paradigm, by phenomenon and of all; what is no number in [0, 1] is refused with its line."""
    rows = [
        {"UID": "p", "linguistics_term": "q", "lstm": 0.5},
        {"UID": "overall", "linguistics_term": "q", "lstm": 1},
        {"UID": "overall", "linguistics_term": "overall", "lstm": 0.7},
    ]
    found = read_published(written(tmp_path / "scores.jsonl", *rows))
    assert found == {("paradigm", "p"): {"lstm": 0.5}, ("phenomenon", "q"): {"lstm": 1.0}, ("mean", ""): {"lstm": 0.7}}
    for bad in (rows[0] | {"lstm": 1.5}, rows[0] | {"lstm": "x"}, {"lstm": 0.5}):
        with pytest.raises(DataError, match="line 2"):
            read_published(written(tmp_path / "scores.jsonl", rows[0], bad))
