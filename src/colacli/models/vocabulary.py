"""The model in a `tokenizer.json`, which holds its vocabulary: what the Rust library can build without a panic."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Raw, Struct, UnsetType, json

from colacli.store.reading import LONGEST

Id = Annotated[int, Meta(ge=0, lt=2**31)]
Token = Annotated[str, Meta(min_length=1, max_length=1024)]
_Bool = bool | UnsetType

_PRINTABLE = (*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100))
_BYTES = {chr(code) for code in (*_PRINTABLE, *range(0x100, 0x200 - len(_PRINTABLE)))}
"""The 256 characters for bytes in byte-level encoding (Radford et al. 2019)."""


class Strict(Struct, forbid_unknown_fields=True):
    """Fields that it lacks are refused by name."""


class Model(Strict):
    """Byte-pair encoding, SentencePiece's unigram model, word pieces or whole words; GPT-2's own file has no type."""

    vocab: Raw
    """Token ids, or a list of tokens with scores."""
    type: Literal["BPE", "Unigram", "WordPiece", "WordLevel"] = "BPE"
    merges: Raw = Raw(b"[]")
    dropout: UnsetType | None = UNSET
    unk_token: str | UnsetType | None = UNSET
    continuing_subword_prefix: Annotated[str, Meta(max_length=16)] | UnsetType | None = UNSET
    end_of_word_suffix: Literal[""] | UnsetType | None = UNSET
    fuse_unk: _Bool = UNSET
    byte_fallback: _Bool = UNSET
    ignore_merges: _Bool = UNSET
    unk_id: Id | UnsetType = UNSET
    max_input_chars_per_word: Annotated[int, Meta(ge=1, le=1000)] | UnsetType = UNSET

    def __post_init__(self) -> None:
        if self.type != "WordPiece" and self.continuing_subword_prefix:
            raise ValueError(f"continuing_subword_prefix is supported for WordPiece alone, not for {self.type}")

    def check(self) -> None:
        """Check that vocabulary and merges fit: the Rust library may panic where they don't.

        Raises:
            ValueError: they don't.
        """
        if self.type == "Unigram":
            self._check_scores()
            return
        vocab = decode(bytes(self.vocab), dict[Token, Id])
        if self.type == "BPE":
            check_merges(vocab, decode(bytes(self.merges), list[str | tuple[str, str]]))
        is_total = self.type == "BPE" and (self.unk_token in (None, UNSET) or vocab.keys() >= _BYTES)
        if self.unk_token not in vocab and not is_total:
            raise ValueError("model.unk_token is not in its vocabulary")

    def _check_scores(self) -> None:
        scores = [score for _, score in decode(bytes(self.vocab), list[tuple[Token, float]])]
        if isinstance(self.unk_id, UnsetType) or not self.unk_id < len(scores):
            raise ValueError("model.unk_id is not in its vocabulary")
        if not all(math.isfinite(score) and abs(score) < 1e6 for score in scores):
            raise ValueError("model.vocab: a score is beyond a million")


def check_merges(vocab: Mapping[str, int], merges: Iterable[str | tuple[str, str]]) -> None:
    """Check that every pair and its merged token are in the vocabulary: the Rust library panics where they aren't.

    Raises:
        ValueError: one is not, or is no pair.
    """
    for merge in merges:
        pair = merge.split(" ") if isinstance(merge, str) else merge
        if len(pair) != 2 or any(token not in vocab for token in (*pair, "".join(pair))):
            raise ValueError(f"{merge!r} does not merge two tokens of the vocabulary into a third")


def decode(content: bytes, kind: Any) -> Any:
    """A value of a type from JSON; `Raw` parts stay undecoded, so that a cache hit reads no vocabulary.

    Raises:
        ValueError: it is no such value, or too large.
    """
    if len(content) > LONGEST:
        raise ValueError(f"it has more than {LONGEST:,} bytes")
    try:
        return json.decode(content, type=kind)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
