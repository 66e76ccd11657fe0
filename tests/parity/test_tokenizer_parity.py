"""A folder's tokenizer gives the tokens and the text that `transformers` gives, or is refused; nothing is ignored."""

import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import ByteLevelBPETokenizer, Regex, Tokenizer
from tokenizers import decoders as decoding
from tokenizers import models as modelling
from tokenizers import normalizers as normalising
from tokenizers import pre_tokenizers as splitting
from tokenizers import processors as processing

from colacli.errors import ModelError
from colacli.models.tokenizer import encode_all, load_tokenizer
from colacli.models.tokenizer_files import read_tokenizer
from factories.charsmaps import charsmap
from factories.tiny import END, made_sentences

TEXTS = (
    *(text for text, _ in made_sentences()[:3]),
    " The naïve  Baker's\n\n12 lamps, ﬁne!  ",
    f"one{END} two {END}",
    "a [PAD] b[PAD] <s>The </s> x<mask>y  <extra> z<ex [pad] <S>",
)
FLAGS = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
END_ID = 0


def token(content, **changes):
    """An added token, written out."""
    return {"content": content, **FLAGS, **changes}


def written(content, **changes):
    """The same as `tokenizer_config.json` has it."""
    return {"__type": "AddedToken", **token(content, **changes)}


def learnt():
    """A byte-level BPE of 400 tokens: its vocabulary, its merges, and its `tokenizer.json`."""
    tokenizer = ByteLevelBPETokenizer()
    texts = [text for text, _ in made_sentences()]
    tokenizer.train_from_iterator(texts, vocab_size=400, min_frequency=2, special_tokens=[END], show_progress=False)
    document = json.loads(tokenizer.to_str())
    merges = "".join(f"{first} {second}\n" for first, second in document["model"]["merges"])
    return json.dumps(document["model"]["vocab"]), "#version: 0.2\n" + merges, document


VOCAB, MERGES, DOCUMENT = learnt()
PAIR = {"vocab.json": VOCAB, "merges.txt": MERGES}
SIZE = len(DOCUMENT["model"]["vocab"])
PAD = {**token("[PAD]"), "id": SIZE}


def document(**changes):
    """A `tokenizer.json` with some of its parts replaced; a part of the model by its name after `model_`."""
    model = {name.removeprefix("model_"): value for name, value in changes.items() if name.startswith("model_")}
    parts = {name: value for name, value in changes.items() if not name.startswith("model_")}
    return {"tokenizer.json": {**DOCUMENT, **parts, "model": {**DOCUMENT["model"], **model}}}


def config(**values):
    """A `tokenizer_config.json`."""
    return {"tokenizer_config.json": values}


def special(**values):
    """A `special_tokens_map.json`."""
    return {"special_tokens_map.json": values}


def added(**values):
    """An `added_tokens.json`."""
    return {"added_tokens.json": values}


def sentencepiece(model, charsmap=None, **kinds):
    """A tokenizer in SentencePiece's manner as `tokenizer.json`, read as it is."""
    tokenizer = Tokenizer(model)
    table = normalising.NFKC() if charsmap is None else normalising.Precompiled(charsmap)
    spaces = normalising.Replace(Regex(" {2,}"), "▁")
    tokenizer.normalizer = normalising.Sequence([table, normalising.Lowercase(), spaces])
    tokenizer.pre_tokenizer = splitting.Metaspace()
    tokenizer.decoder = decoding.Sequence([decoding.ByteFallback(), decoding.Metaspace()])
    return {
        "tokenizer.json": json.loads(tokenizer.to_str()),
        **config(tokenizer_class="PreTrainedTokenizerFast", **kinds),
    }


def word_pieces():
    """A tokenizer in BERT's manner, which puts a token before and after each sentence."""
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *"abcdeghlmnorstw12", "##s", "##a", "lamp", "the", ","]
    tokenizer = Tokenizer(modelling.WordPiece({word: rank for rank, word in enumerate(words)}, unk_token="[UNK]"))
    tokenizer.add_special_tokens(words[:4])
    tokenizer.normalizer = normalising.BertNormalizer()
    tokenizer.pre_tokenizer = splitting.BertPreTokenizer()
    tokenizer.decoder = decoding.WordPiece()
    tokenizer.post_processor = processing.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    return {"tokenizer.json": json.loads(tokenizer.to_str()), **config(**FAST)}


FAST = {"tokenizer_class": "PreTrainedTokenizerFast"}
PIECES = ["<unk>", "▁", *"abcdefghijklmnopqrstuvwxyz.,!", "▁the", "er", "▁a", "in"]
UNIGRAM = modelling.Unigram(
    [(piece, -float(len(PIECES[rank % 7]) + rank)) for rank, piece in enumerate(PIECES)], 0, True
)
SP_BPE = modelling.BPE(
    {piece: rank for rank, piece in enumerate([*PIECES, "th"])}, [("e", "r"), ("i", "n"), ("t", "h")], unk_token="<unk>"
)
JSON = document()
PREFIXED = document(pre_tokenizer={"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True})
TEMPLATE = json.loads(
    processing.TemplateProcessing(single="$A", pair="$A $B:1", special_tokens=[]).__getstate__().decode()
)
TEMPLATE_END = json.loads(
    processing.TemplateProcessing(single=f"$A {END}", pair=None, special_tokens=[(END, END_ID)]).__getstate__().decode()
)

EQUAL = {
    "tokenizer.json": JSON,
    "vocabulary and merges": PAIR,
    "both, and the vocabulary's is not read": {**JSON, "vocab.json": "{}", "merges.txt": ""},
    "an old file without its model's type": document(model_type=None),
    "merges as strings": document(model_merges=[" ".join(pair) for pair in DOCUMENT["model"]["merges"]]),
    "what changes nothing": {
        **JSON,
        **config(model_max_length=5, padding_side="left", chat_template="{{ x }}", errors="replace", name_or_path="/a"),
    },
    "GPT-2's class": {**JSON, **config(tokenizer_class="GPT2TokenizerFast", add_bos_token=False)},
    "another class named in config.json too": {**JSON, **config(tokenizer_class="GPT2Tokenizer"), "config": FAST},
    "read as it is": {**JSON, **config(**FAST)},
    "a prefix in both": {**PREFIXED, **config(add_prefix_space=True)},
    "a prefix, read as it is": {**PREFIXED, **config(**FAST)},
    "a prefix for the pair": {**PAIR, **config(add_prefix_space=True)},
    "tokens named that are there": {**JSON, **config(bos_token=END, eos_token=END, unk_token=END, pad_token=END)},
    "tokens named as objects": {**JSON, **config(eos_token=written(END, normalized=True))},
    "a pad token that is not there": {**JSON, **config(pad_token="[PAD]")},
    "the same for the pair": {**PAIR, **config(pad_token="[PAD]")},
    "a pad token that is there": {
        **document(added_tokens=[*DOCUMENT["added_tokens"], PAD]),
        **config(pad_token="[PAD]"),
    },
    "a mask that strips": {**JSON, **config(mask_token=written("<mask>", lstrip=True))},
    "a mask that strips both": {**PAIR, **special(mask_token=token("<mask>", lstrip=True, rstrip=True))},
    "a token of a single word": {**PAIR, **special(mask_token=token("<mask>", single_word=True))},
    "another end": {**JSON, **config(bos_token="<s>", eos_token="</s>")},
    "another end of the pair": {**PAIR, **special(bos_token="<s>", eos_token="</s>", unk_token="<unk>")},
    "no end at all": {**PAIR, **config(bos_token=None, eos_token=None, unk_token=None)},
    "additional tokens": {**JSON, **config(additional_special_tokens=["<extra>", "<ex"])},
    "additional tokens as objects": {**PAIR, **config(additional_special_tokens=[written("<extra>", lstrip=True)])},
    "extra tokens by name": {**JSON, **config(extra_special_tokens={"x_token": "<extra>"})},
    "added tokens": {**PAIR, **added(**{"[PAD]": SIZE, "<mask>": SIZE + 1})},
    "added tokens, one of them special": {**PAIR, **added(**{"[PAD]": SIZE}), **special(pad_token="[PAD]")},
    "added tokens by id": {
        **JSON,
        **config(added_tokens_decoder={"0": token(END), str(SIZE): token("[PAD]", rstrip=True)}),
    },
    "the end by id": {**PAIR, **config(added_tokens_decoder={"0": token(END, normalized=True)})},
    "truncation and padding": document(
        truncation={"direction": "Right", "max_length": 2, "strategy": "LongestFirst", "stride": 0},
        padding={
            "strategy": {"Fixed": 9},
            "direction": "Right",
            "pad_to_multiple_of": None,
            "pad_id": 0,
            "pad_type_id": 0,
            "pad_token": END,
        },
    ),
    "a template that adds nothing": document(post_processor=TEMPLATE),
    "offsets": document(post_processor={"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": False}),
    "lower case, read as it is": {**document(normalizer={"type": "Lowercase"}), **config(**FAST)},
    "replaced, read as it is": {
        **document(normalizer={"type": "Replace", "pattern": {"String": "a"}, "content": "b"}),
        **config(**FAST),
    },
    "digits apart, read as it is": {
        **document(
            pre_tokenizer={
                "type": "Sequence",
                "pretokenizers": [{"type": "Digits", "individual_digits": True}, DOCUMENT["pre_tokenizer"]],
            }
        ),
        **config(**FAST),
    },
    "merges that are skipped": {**document(model_ignore_merges=True), **config(**FAST)},
    "an end added": document(post_processor=TEMPLATE_END),
    "an end added, read as it is": {**document(post_processor=TEMPLATE_END), **config(**FAST)},
    "an end added, which the settings replace": {
        **document(post_processor=TEMPLATE_END),
        **config(add_bos_token=False, **FAST),
    },
    "two post-processors": {
        **document(post_processor={"type": "Sequence", "processors": [DOCUMENT["post_processor"], TEMPLATE_END]}),
        **config(**FAST),
    },
    "no end of text": document(added_tokens=[]),
    "no end of text, and another named": {
        **document(added_tokens=[]),
        **config(bos_token="<s>", eos_token="</s>", unk_token="<unk>"),
    },
    "a begin added": {**PAIR, **config(add_bos_token=True, bos_token="<s>")},
    "an end said to be added": {**JSON, **config(add_eos_token=True)},
    "unigram": sentencepiece(UNIGRAM),
    "a table of characters": sentencepiece(UNIGRAM, charsmap({"ﬁ": "fi", "ï": "i", "Ａ": "a"})),
    "word pieces": word_pieces(),
    "pairs in SentencePiece's manner": sentencepiece(SP_BPE, pad_token="<pad>", clean_up_tokenization_spaces=True),
}

REFUSED = {
    "a normalizer that transformers leaves out": (document(normalizer={"type": "Lowercase"}), "normalizer"),
    "a prefix that transformers leaves out": (PREFIXED, "add_prefix_space"),
    "a prefix that is not in the file": ({**JSON, **config(add_prefix_space=True)}, "add_prefix_space"),
    "another splitter": (document(pre_tokenizer={"type": "WhitespaceSplit"}), "pre_tokenizer"),
    "no splitter": (document(pre_tokenizer=None), "pre_tokenizer"),
    "another decoder": (document(decoder={"type": "Fuse"}), "decoder"),
    "a model of bytes": (document(model_byte_fallback=True), "model"),
    "dropout": (document(model_dropout=0.5), "dropout"),
    "a prefix of subwords": (document(model_continuing_subword_prefix="##"), "continuing_subword_prefix"),
    "special tokens split": ({**JSON, **config(split_special_tokens=True)}, "split_special_tokens"),
    "another class": ({**JSON, **config(tokenizer_class="LlamaTokenizer")}, "LlamaTokenizer"),
    "another class in config.json": ({**JSON, "config": {"tokenizer_class": "T5Tokenizer"}}, "T5Tokenizer"),
    "a class that needs tokenizer.json": ({**PAIR, **config(**FAST)}, "PreTrainedTokenizerFast"),
    "code": ({**JSON, **config(auto_map={"AutoTokenizer": ["a.B", None]})}, "auto_map"),
    "other files": ({**JSON, **config(fast_tokenizer_files=["tokenizer.4.json"])}, "fast_tokenizer_files"),
    "a setting nobody knows": ({**JSON, **config(shout=True)}, "shout"),
    "a token nobody knows": ({**JSON, **special(image_token="<i>")}, "image_token"),
    "an id that is taken": ({**PAIR, **added(**{"[PAD]": 3})}, "PAD"),
    "another id for the end": ({**JSON, **config(added_tokens_decoder={"7": token(END)})}, "endoftext"),
    "an id in the file that is taken": (document(added_tokens=[*DOCUMENT["added_tokens"], {**PAD, "id": 9}]), "PAD"),
    "a token that the ids leave out": (
        {
            **document(added_tokens=[*DOCUMENT["added_tokens"], PAD]),
            **config(added_tokens_decoder={"0": token(END)}),
        },
        "PAD",
    ),
    "added tokens that transformers leaves out": (
        {**PAIR, **config(added_tokens_decoder={"0": token(END)}), **added(**{"<extra>": SIZE})},
        "<extra>",
    ),
    "additional tokens that transformers can't read": (
        {**PAIR, **special(additional_special_tokens=[token("<extra>")])},
        "AddedToken",
    ),
    "padding with a new token": (document(padding={"pad_token": "[PAD]"}), "padding"),
    "another tokenizer beside the pair": ({**PAIR, "tokenizer.model": ""}, "tokenizer.model"),
    "cleaning up": (sentencepiece(UNIGRAM, clean_up_tokenization_spaces=True), "clean_up_tokenization_spaces"),
}


def write(folder, files):
    """A folder with these files; `config` adds to its `config.json`."""
    more = files.get("config", {})
    for name, content in {**files, "config.json": {"model_type": "gpt2", **more}}.items():
        if name == "config":
            continue
        if name == "tokenizer.json" and content["model"].get("type", "") is None:
            content = {**content, "model": {key: one for key, one in content["model"].items() if key != "type"}}
        (folder / name).write_text(content if isinstance(content, str) else json.dumps(content))


def check_equal(folder):
    """See that both give the same tokens and text."""
    from transformers import AutoTokenizer

    ours = load_tokenizer(read_tokenizer(folder), folder)
    theirs = AutoTokenizer.from_pretrained(folder)
    for text in TEXTS:
        ids = theirs(text)["input_ids"]
        assert encode_all(ours, [text]) == [ids]
        assert theirs.decode(ids) == ours.decode(ids, skip_special_tokens=False)


@pytest.mark.parametrize("files", EQUAL.values(), ids=EQUAL.keys())
def test_what_a_folder_says_is_honoured(tmp_path, files):
    """Each variation gives what `transformers` gives."""
    write(tmp_path, files)

    check_equal(tmp_path)


@pytest.mark.parametrize(("files", "named"), REFUSED.values(), ids=REFUSED.keys())
def test_what_is_not_honoured_is_refused_by_name(tmp_path, files, named):
    """Each is an error that names the setting."""
    write(tmp_path, files)

    with pytest.raises(ModelError, match=named):
        load_tokenizer(read_tokenizer(tmp_path), tmp_path)


CONTENTS = st.sampled_from([END, "[PAD]", "<s>", "</s>", "<mask>", "<extra>", "<ex", "the", "ba"])
OBJECTS = st.builds(
    token, CONTENTS, lstrip=st.booleans(), rstrip=st.booleans(), single_word=st.booleans(), normalized=st.booleans()
)
NAMED = {
    name: st.none() | CONTENTS | OBJECTS for name in ("bos_token", "eos_token", "unk_token", "pad_token", "mask_token")
}
MORE = {"additional_special_tokens": st.lists(CONTENTS | OBJECTS, max_size=2)}
IDS = st.sampled_from([0, 300, SIZE, SIZE + 1, SIZE + 2])


def marked(values):
    """Objects of special tokens as `tokenizer_config.json` has them."""
    return {
        name: {"__type": "AddedToken", **value} if isinstance(value, dict) and name.endswith("_token") else value
        for name, value in values.items()
    }


CONFIGS = st.fixed_dictionaries(
    {},
    optional={
        **NAMED,
        **MORE,
        "tokenizer_class": st.sampled_from(["GPT2Tokenizer", "PreTrainedTokenizerFast"]),
        "add_prefix_space": st.booleans(),
        "add_bos_token": st.none() | st.booleans(),
        "add_eos_token": st.booleans(),
        "added_tokens_decoder": st.dictionaries(IDS.map(str), OBJECTS, max_size=3),
        "model_max_length": st.just(3),
    },
).map(marked)
DOCUMENTS = st.fixed_dictionaries(
    {},
    optional={
        "normalizer": st.sampled_from([None, {"type": "Lowercase"}, {"type": "NFKC"}]),
        "pre_tokenizer": st.booleans().map(lambda prefix: {**DOCUMENT["pre_tokenizer"], "add_prefix_space": prefix}),
        "added_tokens": st.builds(
            lambda ends, tokens: [{**one, "id": id_of(one, rank)} for rank, one in enumerate([*ends, *tokens])],
            st.sampled_from([[token(END)], []]),
            st.lists(OBJECTS, max_size=3, unique_by=lambda one: one["content"]),
        ),
        "post_processor": st.sampled_from([None, TEMPLATE, TEMPLATE_END]),
    },
)


def id_of(one, rank):
    """The id that a token has in the vocabulary, or one behind it."""
    return DOCUMENT["model"]["vocab"].get(one["content"], SIZE + rank - 1)


def folders(draw):
    """Any combination of the files."""
    files = draw(st.sampled_from([PAIR, JSON]) | DOCUMENTS.map(lambda changes: document(**changes)))
    beside = st.fixed_dictionaries(
        {},
        optional={
            "tokenizer_config.json": CONFIGS,
            "special_tokens_map.json": st.fixed_dictionaries({}, optional={**NAMED, **MORE}),
            "added_tokens.json": st.dictionaries(CONTENTS, IDS, max_size=2),
        },
    )
    return {**files, **draw(beside)}


@settings(max_examples=40)
@given(files=st.composite(folders)())
def test_any_combination_is_equal_or_refused(files):
    """Whatever a folder says: the tokens of `transformers`, or an error."""
    with tempfile.TemporaryDirectory() as name:
        write(Path(name), files)
        try:
            load_tokenizer(read_tokenizer(Path(name)), Path(name))
        except ModelError:
            return
        check_equal(Path(name))
