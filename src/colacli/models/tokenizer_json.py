"""The components that a `tokenizer.json` may have.

The types here are the list of what is allowed. Excluded are components that multiply text, those with a regular
expression in the file (which can panic or hang in the Rust library) but for one that is known, and random ones.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, UnsetType, field

from colacli.models.charsmap import check_charsmap
from colacli.models.vocabulary import Id, Model, Strict, Token, decode

_Character = Annotated[str, Meta(min_length=1, max_length=1)]
_Short = Annotated[str, Meta(max_length=16)]
_Bool = bool | UnsetType


class AddedToken(Strict):
    """A token that is matched before the text is split."""

    content: Token
    id: Id | UnsetType = UNSET
    single_word: bool = False
    lstrip: bool = False
    rstrip: bool = False
    normalized: _Bool = UNSET
    special: _Bool = UNSET


class Pattern(Strict):
    """What `Replace` looks for: a string, or the one expression that converted SentencePiece models have."""

    String: Annotated[str, Meta(min_length=1, max_length=16)] | UnsetType = UNSET
    Regex: Literal[" {2,}"] | UnsetType = UNSET

    @property
    def shortest(self) -> int:
        """Characters that it matches at least."""
        return 2 if isinstance(self.String, UnsetType) else len(self.String)


class Normalizer(Strict):
    """Normalisers that change a character into few."""

    type: (
        Literal["NFC", "NFD", "NFKC", "NFKD", "Nmt", "Lowercase", "StripAccents", "Strip", "Prepend", "Replace"]
        | Literal["Precompiled", "BertNormalizer", "Sequence"]
    )
    precompiled_charsmap: str | UnsetType = UNSET
    clean_text: _Bool = UNSET
    handle_chinese_chars: _Bool = UNSET
    strip_accents: _Bool | None = UNSET
    lowercase: _Bool = UNSET
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

    type: (
        Literal["ByteLevel", "Metaspace", "Digits", "WhitespaceSplit", "Whitespace", "Punctuation", "Sequence"]
        | Literal["BertPreTokenizer"]
    )
    behavior: Literal["Removed", "Isolated", "MergedWithPrevious", "MergedWithNext", "Contiguous"] | UnsetType = UNSET
    individual_digits: _Bool = UNSET
    pretokenizers: Annotated[list[PreTokenizer], Meta(max_length=16)] | UnsetType = UNSET


class Piece(Strict):
    """A part of a sentence's template."""

    id: str
    type_id: Id


class TemplatePart(Strict):
    """The sentence, `A`, or a token that is put before or after it."""

    Sequence: Piece | UnsetType = UNSET
    SpecialToken: Piece | UnsetType = UNSET


class TemplateToken(Strict):
    """The token that a template's name stands for."""

    id: str
    ids: Annotated[list[Id], Meta(min_length=1, max_length=1)]
    tokens: Annotated[list[str], Meta(min_length=1, max_length=1)]


class PostProcessor(ByteLevel):
    """Post-processors that add a few tokens to a sentence, or none."""

    type: Literal["ByteLevel", "TemplateProcessing", "Sequence"]
    single: Annotated[list[TemplatePart], Meta(max_length=8)] | UnsetType = UNSET
    pair: list[TemplatePart] | UnsetType = UNSET
    special_tokens: dict[str, TemplateToken] | UnsetType = UNSET
    processors: Annotated[list[PostProcessor], Meta(max_length=4)] | UnsetType = UNSET

    def check(self) -> None:
        """Check that a template has the sentence once, and says what each other token is.

        Raises:
            ValueError: it doesn't.
        """
        if self.type == "TemplateProcessing":
            parts = [] if isinstance(self.single, UnsetType) else self.single
            sentences = [part.Sequence.id for part in parts if not isinstance(part.Sequence, UnsetType)]
            if sentences != ["A"]:
                raise ValueError("post_processor: its template for one sentence does not have it once")
            names = [part.SpecialToken.id for part in parts if not isinstance(part.SpecialToken, UnsetType)]
            if unknown := [name for name in names if name not in (self.special_tokens or {})]:
                raise ValueError(f"post_processor: {unknown[0]!r} is not among its special_tokens")


class Decoder(Metaspace):
    """Decoders whose text is no longer than its tokens."""

    type: Literal["ByteLevel", "Metaspace", "ByteFallback", "Fuse", "Replace", "Strip", "WordPiece", "Sequence"]
    prefix: _Short | UnsetType = UNSET
    cleanup: _Bool = UNSET
    pattern: Pattern | UnsetType = UNSET
    content: _Short | UnsetType = UNSET
    start: Literal[0, 1] | UnsetType = UNSET
    stop: Literal[0] | UnsetType = UNSET
    decoders: Annotated[list[Decoder], Meta(max_length=16)] | UnsetType = UNSET


class Document(Strict):
    """A `tokenizer.json`."""

    model: Model
    version: str = "1.0"
    truncation: Any = None
    padding: Any = None
    added_tokens: list[AddedToken] = field(default_factory=list)
    normalizer: Normalizer | None = None
    pre_tokenizer: PreTokenizer | None = None
    post_processor: PostProcessor | None = None
    decoder: Decoder | None = None

    @property
    def template_ids(self) -> dict[str, int]:
        """Ids of the tokens that are put before and after a sentence."""
        processors: list[PostProcessor] = _parts(self.post_processor, "processors")
        tokens = [one for processor in processors for one in (processor.special_tokens or {}).values()]
        return {token.tokens[0]: token.ids[0] for token in tokens}

    def check(self) -> None:
        """Check what takes too long for a cache hit: the vocabulary, and the table of characters.

        Raises:
            ValueError: the Rust library may panic at them.
        """
        self.model.check()
        for part in _parts(self.normalizer, "normalizers"):
            if part.type == "Precompiled":
                check_charsmap(part.precompiled_charsmap or "")

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
    for processor in _parts(document.post_processor, "processors"):
        processor.check()
    return document


def _parts(component: Any, name: str) -> list[Any]:
    """The components of a sequence, or the single component."""
    if component is None:
        return []
    inner = getattr(component, name)
    return [component] if inner is UNSET else inner


def _check_types(where: str, parts: list[Any]) -> None:
    """Each type occurs once, or characters would multiply; nothing splits the output of ByteLevel."""
    types = ["NF" if part.type.startswith(("NF", "Precompiled", "Bert")) else part.type for part in parts]
    if len(set(types)) < len(types) or "ByteLevel" in types[:-1]:
        raise ValueError(f"{where}: two components of one type, or one after ByteLevel")


def _check_replacements(where: str, parts: list[Any]) -> None:
    for part in parts:
        if part.type == "Sequence":
            raise ValueError(f"{where}: a Sequence in a Sequence")
        if part.pattern is not UNSET and len(part.content or "") > part.pattern.shortest:
            raise ValueError(f"{where}: Replace makes text longer")
