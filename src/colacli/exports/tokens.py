"""A tokenizer as other programs read it, which gives the tokens of training."""

from __future__ import annotations

import json

from tokenizers import Tokenizer

from colacli.models.tokenizer import encode_all


def tokenizer_json(tokenizer: Tokenizer) -> bytes:
    """`tokenizer.json`, without padding and truncation."""
    document = json.loads(tokenizer.to_str()) | {"padding": None, "truncation": None}
    return json.dumps(document, ensure_ascii=False).encode()


def template_ids(tokenizer: Tokenizer) -> set[int]:
    """The tokens of a sentence, with those that the template puts around it."""
    return set(encode_all(tokenizer, ["A sentence."])[0])
