"""A folder's tokenizer gives the tokens and the text that `transformers` gives, or is refused; nothing is ignored."""

import pytest

from colacli.errors import ModelError
from colacli.models.tokenizer import load_tokenizer
from colacli.models.tokenizer_files import read_tokenizer
from factories.charsmaps import charsmap
from factories.tiny import END
from factories.tokenizer_folders import (
    DOCUMENT,
    FAST,
    JSON,
    PAD,
    PAIR,
    PREFIXED,
    SIZE,
    SP_BPE,
    TEMPLATE,
    TEMPLATE_END,
    UNIGRAM,
    added,
    check_equal,
    config,
    document,
    sentencepiece,
    special,
    token,
    word_pieces,
    write,
    written,
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
