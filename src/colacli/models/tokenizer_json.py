"""The components that a `tokenizer.json` may have.

The types here are the list of what is allowed. Excluded are components that multiply text, those with a regular
expression in the file (which can panic or hang in the Rust library), and random ones.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Raw, Struct, UnsetType, json

from colacli.store.reading import LONGEST

_Id = Annotated[int, Meta(ge=0, lt=2**31)]
_Token = Annotated[str, Meta(min_length=1, max_length=1024)]
_Character = Annotated[str, Meta(min_length=1, max_length=1)]
_Short = Annotated[str, Meta(max_length=16)]
_Bool = bool | UnsetType


_PRINTABLE = (*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100))
_BYTES = {chr(code) for code in (*_PRINTABLE, *range(0x100, 0x200 - len(_PRINTABLE)))}
"""The 256 characters for bytes in byte-level encoding (Radford et al. 2019)."""


class Strict(Struct, forbid_unknown_fields=True):
    """Fields that it lacks are refused by name."""


class AddedToken(Strict):
    """A token that is matched before the text is split."""

    content: _Token
    id: _Id | UnsetType = UNSET
    single_word: bool = False
    lstrip: bool = False
    rstrip: bool = False
    normalized: _Bool = UNSET
    special: _Bool = UNSET


class Pattern(Strict):
    """A string for `Replace`, no regular expression."""

    String: Annotated[str, Meta(min_length=1, max_length=16)]


class Normalizer(Strict):
    """Normalisers that change a character into few."""

    type: Literal[
        "NFC", "NFD", "NFKC", "NFKD", "Nmt", "Lowercase", "StripAccents", "Strip", "Prepend", "Replace", "Sequence"
    ]
    strip_left: _Bool = UNSET
    strip_right: _Bool = UNSET
    prepend: _Short | UnsetType = UNSET
    pattern: Pattern | UnsetType = UNSET
    content: _Short | UnsetType = UNSET
    normalizers: Annotated[list[Normalizer], Meta(max_length=16)] | UnsetType = UNSET


class ByteLevel(Strict, kw_only=True):
    """Options of byte-level encoding."""

    add_prefix_space: _Bool = UNSET
    trim_offsets: _Bool = UNSET
    use_regex: _Bool = UNSET


class Metaspace(ByteLevel, kw_only=True):
    """Options of SentencePiece's space."""

    replacement: _Character | UnsetType = UNSET
    str_rep: _Character | UnsetType = UNSET
    prepend_scheme: Literal["always", "first", "never"] | UnsetType = UNSET
    split: _Bool = UNSET


class PreTokenizer(Metaspace):
    """Pre-tokenisers without a regular expression in the file."""

    type: Literal["ByteLevel", "Metaspace", "Digits", "WhitespaceSplit", "Sequence"]
    individual_digits: _Bool = UNSET
    pretokenizers: Annotated[list[PreTokenizer], Meta(max_length=16)] | UnsetType = UNSET


class PostProcessor(ByteLevel):
    """Post-processors that add no token."""

    type: Literal["ByteLevel", "TemplateProcessing"]
    single: list[dict[str, dict[str, str | _Id]]] | UnsetType = UNSET
    pair: list[dict[str, dict[str, str | _Id]]] | UnsetType = UNSET
    special_tokens: dict[str, dict[str, str | list[str | _Id]]] | UnsetType = UNSET


class Decoder(Metaspace):
    """Decoders whose text is no longer than its tokens."""

    type: Literal["ByteLevel", "Metaspace", "ByteFallback", "Fuse", "Replace", "Strip", "Sequence"]
    pattern: Pattern | UnsetType = UNSET
    content: _Short | UnsetType = UNSET
    start: Literal[0, 1] | UnsetType = UNSET
    stop: Literal[0] | UnsetType = UNSET
    decoders: Annotated[list[Decoder], Meta(max_length=16)] | UnsetType = UNSET


class Model(Strict):
    """Byte-pair encoding, or SentencePiece's unigram model; GPT-2's own file has no type."""

    vocab: Raw
    """Token ids, or a list of tokens with scores."""
    type: Literal["BPE", "Unigram"] = "BPE"
    merges: Raw = Raw(b"[]")
    dropout: UnsetType | None = UNSET
    unk_token: str | UnsetType | None = UNSET
    continuing_subword_prefix: Literal[""] | UnsetType | None = UNSET
    end_of_word_suffix: Literal[""] | UnsetType | None = UNSET
    fuse_unk: _Bool = UNSET
    byte_fallback: _Bool = UNSET
    ignore_merges: _Bool = UNSET
    unk_id: _Id | UnsetType = UNSET

    def check(self) -> None:
        """Check that vocabulary and merges fit: the Rust library may panic where they don't.

        Raises:
            ValueError: they don't.
        """
        if self.type == "BPE":
            vocab = decode(bytes(self.vocab), dict[_Token, _Id])
            check_merges(vocab, decode(bytes(self.merges), list[str | tuple[str, str]]))
            if self.unk_token not in (None, UNSET, *vocab) and not vocab.keys() >= _BYTES:
                raise ValueError("model.unk_token is not in its vocabulary")
            return
        scores = [score for _, score in decode(bytes(self.vocab), list[tuple[_Token, float]])]
        if isinstance(self.unk_id, UnsetType) or not self.unk_id < len(scores):
            raise ValueError("model.unk_id is not in its vocabulary")
        if not all(math.isfinite(score) and abs(score) < 1e6 for score in scores):
            raise ValueError("model.vocab: a score is beyond a million")


class Document(Strict):
    """A `tokenizer.json`."""

    model: Model
    version: str = "1.0"
    truncation: Any = None
    padding: Any = None
    added_tokens: list[AddedToken] = []
    normalizer: Normalizer | None = None
    pre_tokenizer: PreTokenizer | None = None
    post_processor: PostProcessor | None = None
    decoder: Decoder | None = None

    def check_gpt2(self) -> None:
        """Check for the components that `GPT2Tokenizer` of `transformers` builds, which reads the vocabulary alone.

        Raises:
            ValueError: one is different.
        """
        model, splitter, decoder = self.model, self.pre_tokenizer, self.decoder
        is_gpt2 = {
            "model": model.type == "BPE" and not model.byte_fallback and not model.ignore_merges,
            "normalizer": self.normalizer is None,
            "pre_tokenizer": splitter is not None and splitter.type == "ByteLevel" and splitter.use_regex is not False,
            "decoder": decoder is not None and decoder.type == "ByteLevel",
        }
        if other := [name for name, equal in is_gpt2.items() if not equal]:
            message = f"tokenizer.json: {', '.join(other)} is not GPT-2's, which `transformers` puts in its place"
            raise ValueError(f"{message}, unless tokenizer_config.json has tokenizer_class PreTrainedTokenizerFast")


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


def read_document(content: bytes) -> Document:
    """A `tokenizer.json` that is safe to build, without padding and truncation, which change no single text.

    Raises:
        ValueError: it is none, or has a component that is not supported.
    """
    document: Document = decode(content, Document)
    tokens = {token.content for token in document.added_tokens}
    if isinstance(document.padding, dict) and document.padding.get("pad_token") not in tokens:
        raise ValueError("padding: its pad_token is not among added_tokens")
    document.padding = document.truncation = None
    normalizers = _parts(document.normalizer, "normalizers")
    _check_types("normalizer", [part for part in normalizers if part.type not in ("Replace", "Strip")])
    _check_replacements("normalizer", normalizers)
    _check_types("pre_tokenizer", _parts(document.pre_tokenizer, "pretokenizers"))
    _check_replacements("decoder", _parts(document.decoder, "decoders"))
    template = document.post_processor and document.post_processor.single
    if template and not (len(template) == 1 and template[0].get("Sequence", {}).get("id") == "A"):
        raise ValueError("post_processor: it adds tokens to a sentence; colacli reads sentences without them")
    return document


def check_merges(vocab: Mapping[str, int], merges: Iterable[str | tuple[str, str]]) -> None:
    """Check that every pair and its merged token are in the vocabulary: the Rust library panics where they aren't.

    Raises:
        ValueError: one is not, or is no pair.
    """
    for merge in merges:
        pair = merge.split(" ") if isinstance(merge, str) else merge
        if len(pair) != 2 or any(token not in vocab for token in (*pair, "".join(pair))):
            raise ValueError(f"{merge!r} does not merge two tokens of the vocabulary into a third")


def _parts(component: Any, name: str) -> list[Any]:
    """The components of a sequence, or the single component."""
    if component is None:
        return []
    inner = getattr(component, name)
    return [component] if inner is UNSET else inner


def _check_types(where: str, parts: list[Any]) -> None:
    """Each type occurs once, or characters would multiply; nothing splits the output of ByteLevel."""
    types = ["NF" if part.type.startswith("NF") else part.type for part in parts]
    if len(set(types)) < len(types) or "ByteLevel" in types[:-1]:
        raise ValueError(f"{where}: two components of one type, or one after ByteLevel")


def _check_replacements(where: str, parts: list[Any]) -> None:
    for part in parts:
        if part.type == "Sequence":
            raise ValueError(f"{where}: a Sequence in a Sequence")
        if part.pattern is not UNSET and len(part.content or "") > len(part.pattern.String):
            raise ValueError(f"{where}: Replace makes text longer")
