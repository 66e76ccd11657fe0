"""GPT-2's byte-level BPE, from a base model's folder or from a student's own copy of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tokenizers import Tokenizer

from colacli.errors import ModelError
from colacli.models.base import TOKENIZER_JSON, TOKENIZER_PAIR

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_COPY = "copy the tokenizer's files again from where the model came from"


def load_tokenizer(files: Mapping[str, bytes], where: Path) -> Tokenizer:
    """A tokenizer from the content of its files: `tokenizer.json`, or the vocabulary and its merges.

    Args:
        files: content by name.
        where: the folder that they were read from, for messages.

    Raises:
        ModelError: they are broken.
    """
    try:
        if TOKENIZER_JSON in files:
            return _plain(Tokenizer.from_buffer(files[TOKENIZER_JSON]))
        from transformers import GPT2Tokenizer

        vocabulary, merges = (files[name] for name in TOKENIZER_PAIR)
        backend = GPT2Tokenizer(vocab=json.loads(vocabulary), merges=_merges(merges)).backend_tokenizer
        return _plain(backend)
    except Exception as error:  # the library raises bare Exceptions from its Rust side
        raise ModelError(f"{where}: the tokenizer can't be read from {', '.join(files)}: {error}", _COPY) from error


def _merges(content: bytes) -> Any:
    """The pairs of `merges.txt`, whose first line may be a comment with its version."""
    lines = [line for line in content.decode().split("\n") if line and not line.startswith("#version")]
    return [(first, second) for first, second in (line.split(" ") for line in lines)]


def _plain(tokenizer: Tokenizer) -> Tokenizer:
    """Without padding and truncation that a file may have switched on."""
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer
