"""A tokenizer is anybody's file: what could multiply text, hang or panic is refused, and every failure is an error."""

import pytest
from tokenizers import Tokenizer
from tokenizers import decoders as decoding
from tokenizers import models as modelling

from colacli.errors import IntegrityError, ModelError
from colacli.models.tokenizer import decode_ids, encode_all, load_tokenizer
from factories.charsmaps import charsmap
from factories.tokenizer_parts import BPE, FLAGS, HERE, TABLE, UNIGRAM, build, replacing, sequence, table, template

NORMALIZER = {
    "text put in": replacing("a", "a" * 16),
    "a text put before": {"type": "Prepend", "prepend": "a" * 1000},
    "forms and replacements in turn": sequence(
        "normalizers", {"type": "NFKD"}, replacing("\u0644", "\ufdfa"), {"type": "NFKC"}
    ),
    "a sequence in a sequence": sequence("normalizers", sequence("normalizers", {"type": "NFC"})),
    "an expression": {"type": "Replace", "pattern": {"Regex": "(a*)*b"}, "content": ""},
    "an empty pattern": replacing("", "a"),
    "no table of characters": {"type": "Precompiled"},
    "an empty table of characters": table(b""),
    "a table cut off": table(TABLE[:-1]),
    "a table with a trie beyond its end": table(b"\xff\xff\xff\x7f" + TABLE[4:]),
    "a table that leads out of its trie": table(TABLE[:4] + b"\x00\xfc\xff\x7f" + TABLE[8:]),
    "a table with a replacement beyond its end": table(TABLE[:-3]),
    "a table that multiplies": table(charsmap({"a": "a" * 19})),
    "a table that is no text": table(TABLE[:-3] + b"\xe9b\0"),
    "two tables": sequence("normalizers", table(TABLE), table(TABLE)),
    "another expression": sequence("normalizers", {"type": "Replace", "pattern": {"Regex": " +"}, "content": "a"}),
    "an expression that makes text longer": {"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": "abc"},
}
SPLITTER = {
    "an expression": {"type": "Split", "pattern": {"Regex": "("}, "behavior": "Isolated", "invert": False},
    "bytes of bytes": sequence("pretokenizers", *[{"type": "ByteLevel", "add_prefix_space": False}] * 9),
}
MODEL = {
    "words": {"type": "WordLevel", "vocab": {"a": 0}, "unk_token": "<unk>"},
    "an unknown token that is none": {**BPE, "unk_token": "<unk>"},
    "no unknown token": {**UNIGRAM, "unk_id": None},
    "an unknown token out of range": {**UNIGRAM, "unk_id": 2},
    "an endless score": {**UNIGRAM, "vocab": [["a", 1e300]]},
    "an empty token": {**BPE, "vocab": {**BPE["vocab"], "": 3}},
    "a merge into nothing": {**BPE, "merges": [["ab", "ab"]]},
    "a merge of one": {**BPE, "merges": ["ab"]},
    "dropout": {**BPE, "dropout": 0.1},
    "an id of twenty digits": {**BPE, "vocab": {"a": 10**20}},
    "an id below nought": {**BPE, "vocab": {"a": -1}},
    "numbers for tokens": {**BPE, "vocab": [1, 2]},
}
DECODER = {
    "a panic at the end of a token": {"type": "Strip", "content": "a", "start": 0, "stop": 2},
    "a loop": {"type": "Strip", "content": "a", "start": 2**30, "stop": 0},
    "text put in": sequence("decoders", *[replacing("a", "aa")] * 16),
}
HOSTILE = [
    *({"normalizer": one} for one in NORMALIZER.values()),
    *({"pre_tokenizer": one} for one in SPLITTER.values()),
    *({"model": one} for one in MODEL.values()),
    *({"decoder": one} for one in DECODER.values()),
    {"post_processor": {"type": "RobertaProcessing", "sep": ["a", 0], "cls": ["b", 1]}},
    {"post_processor": template("A", "A")},
    {"post_processor": template("B")},
    {"post_processor": template("a", a=0)},
    {"post_processor": template("A", "a")},
    {"post_processor": template("A", "a", a=1)},
    {"post_processor": template("A", *["a"] * 8, a=0)},
    {"normalizer": {"type": "StripAccents"}, "added_tokens": [{**FLAGS, "id": 3, "content": "\u0301"}]},
    {"added_tokens": [{**FLAGS, "id": 9, "content": "c"}]},
    {"more": 1},
]
NAMES = [
    *NORMALIZER,
    *SPLITTER,
    *MODEL,
    *DECODER,
    "two added",
    "a text twice",
    "another text",
    "no text",
    "a token nobody knows",
    "another's id",
    "eight",
    "nothing left",
    "an id too far",
    "more",
]


@pytest.mark.parametrize("parts", HOSTILE, ids=NAMES)
def test_what_is_not_on_the_list_is_refused(parts, capfd):
    """Each is an error before the library is given it: no panic, nothing on standard error."""
    with pytest.raises(ModelError, match=r"here: the tokenizer can't be read from tokenizer\.json"):
        build(**parts)

    assert capfd.readouterr().err == ""


@pytest.mark.parametrize(
    "content",
    [b"", b"[]", b"{", b"\xff", b'{"model": NaN}', b"[" * 100_000, b'{"model":' * 90_000, b" " * 10_000_001],
    ids=["empty", "list", "cut", "not UTF-8", "NaN", "deep", "deep objects", "large"],
)
def test_what_is_no_document_is_refused(content):
    """Any other bytes are an error too."""
    with pytest.raises(ModelError, match="can't be read"):
        load_tokenizer({"tokenizer.json": content}, HERE)


def test_a_panic_is_an_integrity_error():
    """A panic is no `Exception`; an exit status of 4 comes of it all the same."""
    tokenizer = Tokenizer(modelling.BPE({"b": 0, "a": 1}, []))
    tokenizer.decoder = decoding.Strip("b", 0, 2)

    with pytest.raises(IntegrityError, match="index out of bounds") as caught:
        decode_ids(tokenizer, [0])
    assert caught.value.status == 4


def test_an_unknown_token_is_an_error():
    """Where the library has no token for something, that is an error of ours."""
    with pytest.raises(ModelError, match="the tokenizer fails"):
        encode_all(Tokenizer(modelling.WordLevel({"a": 0}, unk_token="<unk>")), ["b"])
