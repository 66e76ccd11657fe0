"""Tokenizers of byte-level BPE are written for the page; others are refused with their kind."""

import pytest
from tokenizers import AddedToken, Tokenizer, models, normalizers, pre_tokenizers, processors

from colacli.errors import ModelError
from colacli.exports.byte_level import byte_level
from factories.tiny import END, tokenizer_at


def changed(tokenizer, **parts):
    """A tokenizer with some of its parts replaced."""
    for name, part in parts.items():
        setattr(tokenizer, name, part)
    return tokenizer


def with_token(tokenizer, **flags):
    """A tokenizer with one more token."""
    tokenizer.add_tokens([AddedToken("[X]", **flags)])
    return tokenizer


OTHERS = {
    "a model of the kind WordPiece": lambda _: Tokenizer(models.WordPiece({"[UNK]": 0})),
    "a model of the kind Unigram": lambda _: Tokenizer(models.Unigram([("a", 0.0)], unk_id=0)),
    "the normaliser NFC": lambda tokenizer: changed(tokenizer, normalizer=normalizers.NFC()),
    "the pre-tokeniser Metaspace": lambda tokenizer: changed(tokenizer, pre_tokenizer=pre_tokenizers.Metaspace()),
    "no pre-tokeniser": lambda _: Tokenizer(models.BPE({"a": 0}, [])),
    "words that are not merged from bytes": lambda _: changed(
        Tokenizer(models.BPE({"a": 0}, [])), pre_tokenizer=pre_tokenizers.ByteLevel()
    ),
    "the added token '[X]' with lstrip": lambda tokenizer: with_token(tokenizer, lstrip=True),
    "the added token '[X]' with single_word": lambda tokenizer: with_token(tokenizer, single_word=True),
}


@pytest.mark.parametrize("kind", OTHERS)
def test_other_kinds_are_refused_by_name(kind, tiny_base):
    """The message says what the page can't do."""
    with pytest.raises(ModelError) as caught:
        byte_level(OTHERS[kind](tokenizer_at(tiny_base)), "run 0")
    assert caught.value.message.endswith(f"the tokenizer of run 0 has {kind}")
    assert "--to onnx" in caught.value.hint


def test_what_the_page_reads(tiny_base):
    """Tokens by id, merges in order, added tokens before those that are normalised, the ids around a sentence."""
    tokenizer = with_token(tokenizer_at(tiny_base), normalized=True)
    end = tokenizer.token_to_id(END)
    tokenizer.post_processor = processors.TemplateProcessing(single=f"{END} $A {END}", special_tokens=[(END, end)])
    document = byte_level(tokenizer, "it")

    vocabulary = tokenizer.get_vocab()
    assert {token: index for index, token in enumerate(document["vocabulary"])} == {
        token: index for token, index in vocabulary.items() if token != "[X]"
    }
    assert document["added"] == [{END: end}, {"[X]": vocabulary["[X]"]}]
    assert (document["before"], document["after"]) == ([end], [end])
    assert all(first + second in vocabulary for first, second in map(str.split, document["merges"]))
