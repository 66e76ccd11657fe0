"""A tokenizer of byte-level byte-pair encoding, as the page's own code reads it."""

from __future__ import annotations

import json
from typing import Any

from tokenizers import Tokenizer
from tokenizers.pre_tokenizers import ByteLevel

from colacli.errors import ModelError


def byte_level(tokenizer: Tokenizer, where: str) -> dict[str, Any]:
    """Vocabulary, merges, added tokens, and the ids that are put around a sentence.

    Args:
        tokenizer: of a student.
        where: names it in the message.

    Raises:
        ModelError: it is of another kind, which the message names.
    """
    document = json.loads(tokenizer.to_str())
    if other := _other_kind(document):
        message = f"the page reads byte-level BPE, and the tokenizer of {where} has {other}"
        raise ModelError(message, "give --to onnx, or train a student on a base model with GPT-2's kind of tokenizer")
    model, splitter = document["model"], document["pre_tokenizer"]
    vocabulary: list[str | None] = [None] * (max(model["vocab"].values()) + 1)
    for token, index in model["vocab"].items():
        vocabulary[index] = token
    before, after = _template(tokenizer)
    return {
        "vocabulary": vocabulary,
        "merges": [pair if isinstance(pair, str) else " ".join(pair) for pair in model["merges"]],
        "added": _added(document["added_tokens"]),
        "add_prefix_space": splitter["add_prefix_space"],
        "use_regex": splitter["use_regex"],
        "before": before,
        "after": after,
    }


def _other_kind(document: dict[str, Any]) -> str:
    """What of a tokenizer the page's code does not do; empty for nothing."""
    model, normalizer, splitter = (document[part] for part in ("model", "normalizer", "pre_tokenizer"))
    if model["type"] != "BPE":
        return f"a model of the kind {model['type']}"
    if normalizer is not None:
        return f"the normaliser {normalizer['type']}"
    if splitter is None or splitter["type"] != "ByteLevel":
        return f"the pre-tokeniser {splitter['type']}" if splitter else "no pre-tokeniser"
    if model["ignore_merges"] or not model["vocab"].keys() >= set(ByteLevel.alphabet()):
        return "words that are not merged from bytes"
    options = ("single_word", "lstrip", "rstrip")
    if chosen := [(token["content"], name) for token in document["added_tokens"] for name in options if token[name]]:
        return f"the added token {chosen[0][0]!r} with {chosen[0][1]}"
    return ""


def _added(tokens: list[dict[str, Any]]) -> list[dict[str, int]]:
    """Ids of added tokens in the order in which the library looks for them: those that are not normalised first."""
    sets = [
        {token["content"]: token["id"] for token in tokens if token["normalized"] is late} for late in (False, True)
    ]
    return [ids for ids in sets if ids]


def _template(tokenizer: Tokenizer) -> tuple[list[int], list[int]]:
    """Ids that are put before and after every sentence."""
    encoding = tokenizer.encode("a")
    own = encoding.special_tokens_mask.index(0)
    return encoding.ids[:own], encoding.ids[own + sum(mask == 0 for mask in encoding.special_tokens_mask) :]
