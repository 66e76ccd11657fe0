"""Any combination of a tokenizer's allowed components is refused, or neither panics nor multiplies text."""

from hypothesis import given
from hypothesis import strategies as st

from colacli.errors import ModelError
from colacli.models.tokenizer import decode_ids, encode_all
from factories.tokenizer_parts import FLAGS, TABLE, build, sequence, table, template

MOST = 144  # tokens a character: NFKD makes 18, Lowercase 2 of each, a character has 4 bytes


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
