"""Sentences to token ids, cached in the store for each split and tokenizer."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Protocol

import torch
from tokenizers import Tokenizer
from torch import Tensor

from colacli.errors import DataError, ModelError
from colacli.events import OnEvent, Work
from colacli.kernels.packing import Tokens
from colacli.models.tensors import tensor_bytes, tensors_from
from colacli.models.tokenizer import encode_all
from colacli.store.store import Store

_KIND = "tokens"
_FILE = "tokens.safetensors"


class Sentences(Protocol):
    """Sentences in an order, with or without labels."""

    def __len__(self) -> int:
        """Number of sentences."""

    @property
    def name(self) -> str:
        """For messages."""

    @property
    def texts(self) -> Sequence[str]:
        """In order."""

    @property
    def digest(self) -> str:
        """SHA-256 of the sentences, in order."""

    def location(self, index: int) -> str:
        """File and line, or number, of a sentence, for a message."""


def tokenise(texts: Sequence[str], tokenizer: Tokenizer, longest: int, location: Callable[[int], str]) -> Tokens:
    """Token ids of sentences.

    Args:
        texts: sentences, not empty.
        tokenizer: of the model.
        longest: the model's positions.
        location: of the sentence with an index, for a message.

    Raises:
        DataError: a sentence has no token, or too many.
        ModelError: the tokenizer fails.
    """
    encoded = encode_all(tokenizer, texts)
    for index, ids in enumerate(encoded):
        if not 0 < len(ids) <= longest:
            message = f"{location(index)}: the sentence has {len(ids)} tokens; the model takes 1 to {longest}"
            raise DataError(message, "shorten it, or leave it out")
    flat = [token for ids in encoded for token in ids]
    lengths = torch.tensor([len(ids) for ids in encoded], dtype=torch.int64)
    return Tokens(torch.tensor(flat, dtype=torch.int32), lengths)


def check_ids(ids: Tensor, rows: int, tokenizer: Tokenizer) -> None:
    """Check that a model has an embedding for each token.

    Raises:
        ModelError: it has none for one, because the tokenizer has more tokens than the model.
    """
    if len(ids) and (largest := int(ids.max())) >= rows:
        message = f"the token {tokenizer.id_to_token(largest)!r} has the id {largest}, the model only {rows:,} tokens"
        raise ModelError(message, "leave it out of the text, or give the model its own tokenizer")


def tokenised_split(
    store: Store, split: Sentences, tokenizer: Tokenizer, tokenizer_digest: str, longest: int, on_event: OnEvent
) -> Tokens:
    """The tokens of a split, from the store's cache or added to it."""
    spec = {"kind": _KIND, "revision": 2, "split": split.digest, "tokenizer": tokenizer_digest, "longest": longest}
    if content := store.find_cached(_KIND, spec, _FILE):
        tensors = tensors_from(content, f"cached tokens of {split.name}")
        return Tokens(tensors["ids"], tensors["lengths"])
    on_event(Work(f"tokenising {split.name}", 0, len(split)))
    started = time.perf_counter()
    tokens = tokenise(split.texts, tokenizer, longest, split.location)
    content = tensor_bytes({"ids": tokens.ids, "lengths": tokens.lengths})
    store.put_cached(_KIND, spec, _FILE, content, seconds=time.perf_counter() - started, device="cpu")
    on_event(Work(f"tokenising {split.name}", len(split), len(split)))
    return tokens
