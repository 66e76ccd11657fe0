"""A tokenizer as other programs read it, which gives the tokens of training without being told how."""

from __future__ import annotations

import json

from tokenizers import Tokenizer

from colacli.models.tokenizer import encode_all

_SAMPLE = "A sentence."


def tokenizer_json(tokenizer: Tokenizer) -> bytes:
    """`tokenizer.json`: without padding, truncation, and tokens around a sentence that training has not."""
    document = json.loads(tokenizer.to_str()) | {"padding": None, "truncation": None}
    if tokenizer.encode(_SAMPLE).ids != sample_ids(tokenizer):
        document["post_processor"] = None
    return json.dumps(document, ensure_ascii=False).encode()


def sample_ids(tokenizer: Tokenizer) -> list[int]:
    """The tokens of a sentence, with those that training puts around it."""
    return encode_all(tokenizer, [_SAMPLE])[0]
