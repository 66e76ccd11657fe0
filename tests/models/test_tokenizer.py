"""A tokenizer is anybody's file: what could multiply text, hang or panic is refused, and every failure is an error."""

import base64
import json
import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer
from tokenizers import decoders as decoding
from tokenizers import models as modelling

from colacli.errors import IntegrityError, ModelError
from colacli.models.base import BUNDLED, read_base
from colacli.models.tokenizer import decode_ids, encode_all, load_tokenizer
from colacli.models.tokenizer_files import END_OF_TEXT, read_tokenizer, tokenizer_digest
from colacli.store.canonical import key_of, sha256
from factories.charsmaps import charsmap

HERE = Path("here")
MOST = 144  # tokens a character: NFKD makes 18, Lowercase 2 of each, a character has 4 bytes
BPE = {"type": "BPE", "vocab": {"a": 0, "b": 1, "ab": 2}, "merges": [["a", "b"]]}
UNIGRAM = {"type": "Unigram", "vocab": [["<unk>", 0.0], ["a", -1.0]], "unk_id": 0}
FLAGS = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": True, "special": False}


def sequence(name, *parts):
    """Several components as one."""
    return {"type": "Sequence", name: list(parts)}


def replacing(old, new):
    """A component that replaces a string."""
    return {"type": "Replace", "pattern": {"String": old}, "content": new}


def build(model=BPE, **parts):
    """The tokenizer of a `tokenizer.json` with these parts."""
    return load_tokenizer({"tokenizer.json": json.dumps({"model": model, **parts}).encode()}, HERE)


def table(content):
    """A normaliser by a table of characters."""
    return {"type": "Precompiled", "precompiled_charsmap": base64.b64encode(content).decode()}


def template(*parts, **tokens):
    """A post-processor that puts tokens around a sentence."""
    pieces = [{"Sequence" if part in ("A", "B") else "SpecialToken": {"id": part, "type_id": 0}} for part in parts]
    known = {name: {"id": name, "ids": [index], "tokens": [name]} for name, index in tokens.items()}
    return {"type": "TemplateProcessing", "single": pieces, "pair": [], "special_tokens": known}


TABLE = charsmap({"\ufdfa": "salla", "é": "e", "Ａb": "ab"})
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


def component(kind, **values):
    """A strategy for one component."""
    return st.fixed_dictionaries({"type": st.just(kind), **values})


CHARACTERS = st.sampled_from([*"ab .,1\n▁Ġ", "é", "İ", "\ufdfa", "\u0301", "\u4e2d", "\U0001f600", "\x00", "<0x41>"])
TEXT = st.lists(CHARACTERS, max_size=30).map("".join)
TOKEN = st.lists(CHARACTERS, min_size=1, max_size=3).map("".join)
BOOL = st.booleans()
ONE = st.sampled_from("▁ _a")
NORMALIZERS = st.one_of(
    *(component(kind) for kind in ("NFC", "NFD", "NFKC", "NFKD", "Nmt", "Lowercase", "StripAccents")),
    component("Precompiled", precompiled_charsmap=st.just(table(TABLE)["precompiled_charsmap"])),
    component(
        "BertNormalizer", **dict.fromkeys(("clean_text", "handle_chinese_chars", "strip_accents", "lowercase"), BOOL)
    ),
    component("Strip", strip_left=BOOL, strip_right=BOOL),
    component("Prepend", prepend=TOKEN),
    component("Replace", pattern=st.fixed_dictionaries({"String": TOKEN}), content=TOKEN),
)
BYTE_LEVEL = component("ByteLevel", add_prefix_space=BOOL, trim_offsets=BOOL, use_regex=BOOL)
METASPACE = component(
    "Metaspace", replacement=ONE, prepend_scheme=st.sampled_from(["always", "first", "never"]), split=BOOL
)
SPLITTERS = st.one_of(
    BYTE_LEVEL,
    METASPACE,
    component("Digits", individual_digits=BOOL),
    component("WhitespaceSplit"),
    component("BertPreTokenizer"),
    component("Whitespace"),
    component("Punctuation"),
)
DECODERS = st.one_of(
    *(
        BYTE_LEVEL,
        METASPACE,
        component("ByteFallback"),
        component("Fuse"),
        component("WordPiece", prefix=TOKEN, cleanup=BOOL),
    ),
    component("Replace", pattern=st.fixed_dictionaries({"String": TOKEN}), content=TOKEN),
    component("Strip", content=ONE, start=st.integers(0, 1), stop=st.just(0)),
)
ADDED = st.fixed_dictionaries(
    {"content": TOKEN, **dict.fromkeys(FLAGS, BOOL)},
)


def several(name, parts):
    """One component, several, or none."""
    return st.none() | parts | st.lists(parts, max_size=4).map(lambda chosen: sequence(name, *chosen))


@st.composite
def models(draw):
    """A small model of either kind."""
    tokens = draw(st.lists(TOKEN, min_size=1, max_size=20, unique=True))
    if draw(BOOL):
        scores = st.floats(-1e5, 1e5)
        vocab = [[token, draw(scores)] for token in tokens]
        return {
            "type": "Unigram",
            "vocab": vocab,
            "unk_id": draw(st.integers(0, len(vocab) - 1)),
            "byte_fallback": draw(BOOL),
        }
    ids = {token: rank for rank, token in enumerate(tokens)}
    if draw(BOOL):
        unknown = draw(st.sampled_from(tokens))
        kind = draw(st.sampled_from(["WordLevel", "WordPiece"]))
        more = {"continuing_subword_prefix": draw(TOKEN), "max_input_chars_per_word": draw(st.integers(1, 9))}
        return {"type": kind, "vocab": ids, "unk_token": unknown, **(more if kind == "WordPiece" else {})}
    merges = draw(st.lists(st.tuples(st.sampled_from(tokens), st.sampled_from(tokens)), max_size=4))
    for first, second in merges:
        ids.setdefault(first + second, len(ids))
    flags = {name: draw(BOOL) for name in ("fuse_unk", "byte_fallback", "ignore_merges")}
    return {
        "type": "BPE",
        "vocab": ids,
        "merges": merges,
        "unk_token": draw(st.none() | st.sampled_from(tokens)),
        **flags,
    }


@given(
    model=models(),
    normalizer=several("normalizers", NORMALIZERS),
    pre_tokenizer=several("pretokenizers", SPLITTERS),
    decoder=several("decoders", DECODERS),
    around=st.lists(st.integers(0, 20), max_size=4),
    added=st.lists(ADDED, max_size=3, unique_by=lambda one: one["content"]),
    texts=st.lists(TEXT, min_size=1, max_size=4),
)
def test_what_is_on_the_list_neither_panics_nor_multiplies(
    model, normalizer, pre_tokenizer, decoder, around, added, texts
):
    """Any combination of what is allowed is refused as a whole, or gives a bounded number of tokens and their text."""
    known = (
        model["vocab"]
        if isinstance(model["vocab"], dict)
        else {token: at for at, (token, _) in enumerate(model["vocab"])}
    )
    new = iter(range(len(known), len(known) + 9))
    tokens = [{**one, "id": known[one["content"]] if one["content"] in known else next(new)} for one in added]
    names = [list(known)[index % len(known)] for index in around]
    parts = {
        "normalizer": normalizer,
        "pre_tokenizer": pre_tokenizer,
        "decoder": decoder,
        "post_processor": template(*names[:2], "A", *names[2:], **{name: known[name] for name in names}),
    }
    try:
        tokenizer = build(model, added_tokens=tokens, **parts)
    except ModelError:
        return
    for text, ids in zip(texts, encode_all(tokenizer, texts), strict=True):
        assert len(ids) <= MOST * (len(text) + 16)
        decode_ids(tokenizer, ids)


@pytest.fixture
def folder(tiny_base, tmp_path):
    """A copy of the tiny base, whose tokenizer is a vocabulary with merges."""
    return Path(shutil.copytree(tiny_base, tmp_path / "base"))


def say(folder, **files):
    """Write JSON files; `_` in a name is kept, the ending is added."""
    for name, value in files.items():
        (folder / f"{name}.json").write_text(json.dumps(value))


def test_a_tokenizers_digest_stays(folder):
    """It is of the vocabulary's files alone, while those beside them say what is so without them."""
    alone = key_of({name: sha256((folder / name).read_bytes()) for name in ("vocab.json", "merges.txt")})
    assert read_base(folder).digests.tokenizer == alone

    say(
        folder,
        tokenizer_config={"model_max_length": 9, "bos_token": END_OF_TEXT, "tokenizer_class": "GPT2Tokenizer"},
        special_tokens_map={"eos_token": {"content": END_OF_TEXT, **FLAGS}},
    )
    assert read_base(folder).digests.tokenizer == alone


def test_the_bundled_models_digest_is_of_its_tokenizer_json():
    """Its `tokenizer_config.json` says nothing that is not there."""
    content = (BUNDLED["gpt2-mini"] / "tokenizer.json").read_bytes()

    assert tokenizer_digest(read_tokenizer(BUNDLED["gpt2-mini"])) == key_of({"tokenizer.json": sha256(content)})


def test_what_changes_tokens_changes_the_digest(folder):
    """A token more is another tokenizer."""
    before = read_base(folder).digests.tokenizer
    say(folder, tokenizer_config={"pad_token": "[PAD]"})

    assert read_base(folder).digests.tokenizer != before


def test_merges_that_panic_are_refused(folder, capfd):
    """`merges.txt` beside a vocabulary is looked through as well."""
    (folder / "merges.txt").write_text("#version: 0.2\nt h e\n")

    with pytest.raises(ModelError, match="'t h e' does not merge two tokens"):
        load_tokenizer(read_tokenizer(folder), folder)
    assert capfd.readouterr().err == ""
