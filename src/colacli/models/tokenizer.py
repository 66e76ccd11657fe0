"""GPT-2's byte-level BPE, from a base model's folder or from a student's own copy of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tokenizers import Tokenizer

from colacli.errors import ModelError
from colacli.models.base import TOKENIZER_JSON, tokenizer_files

if TYPE_CHECKING:
    from pathlib import Path

_COPY = "copy the tokenizer's files again from where the model came from"


def load_tokenizer(folder: Path) -> Tokenizer:
    """The tokenizer of a base model.

    Raises:
        ModelError: its files are missing or broken.
    """
    files = tokenizer_files(folder)
    if files[0].name == TOKENIZER_JSON:
        return read_tokenizer(files[0])
    from transformers import GPT2Tokenizer

    try:
        backend = GPT2Tokenizer(vocab=str(files[0]), merges=str(files[1])).backend_tokenizer
    except Exception as error:  # the library raises bare Exceptions from its Rust side
        raise ModelError(f"{folder}: the tokenizer can't be read: {error}", _COPY) from error
    return _plain(backend)


def read_tokenizer(path: Path) -> Tokenizer:
    """A tokenizer from its `tokenizer.json`.

    Raises:
        ModelError: it is not one.
    """
    try:
        return _plain(Tokenizer.from_file(str(path)))
    except Exception as error:  # the library raises bare Exceptions from its Rust side
        raise ModelError(f"{path} can't be read as a tokenizer: {error}", _COPY) from error


def _plain(tokenizer: Tokenizer) -> Tokenizer:
    """Without padding and truncation that a file may have switched on."""
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer
