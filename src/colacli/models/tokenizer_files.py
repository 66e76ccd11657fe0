"""The files that say how a base model's text becomes tokens, and which of them count.

`transformers` reads up to five. What they say beside the vocabulary is mostly said twice: only what adds to it is kept
and part of the tokenizer's digest. What has no field in the types here is refused by name.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

from msgspec import UNSET, Struct, UnsetType, field

from colacli.errors import ModelError
from colacli.models.tokenizer_json import AddedToken, Document, Strict, decode, read_document
from colacli.store.canonical import key_of, sha256
from colacli.store.reading import LONGEST, read_bounded

TOKENIZER_JSON = "tokenizer.json"
TOKENIZER_PAIR = ("vocab.json", "merges.txt")
TOKENIZER_CONFIG = "tokenizer_config.json"
SPECIAL_TOKENS = "special_tokens_map.json"
ADDED_TOKENS = "added_tokens.json"
SETTINGS = (TOKENIZER_CONFIG, SPECIAL_TOKENS, ADDED_TOKENS)
TOKENIZER_FILES = (TOKENIZER_JSON, *TOKENIZER_PAIR, *SETTINGS)
END_OF_TEXT = "<|endoftext|>"

_COPY = "copy the tokenizer's files again from where the model came from, or give a base without this setting"
_OTHERS = ("tekken.json", "tiktoken.model", "tokenizer.model")
"""Tokenizers that `transformers` would take before a vocabulary with merges."""
_Class = Literal["GPT2Tokenizer", "GPT2TokenizerFast", "PreTrainedTokenizerFast", "TokenizersBackend"]
_GPT2 = ("GPT2Tokenizer", "GPT2TokenizerFast")
AS_IT_IS = ("PreTrainedTokenizerFast", "TokenizersBackend")
"""Classes that read `tokenizer.json` as it is. GPT-2's own takes its vocabulary, and nothing of how text is split."""


class WrittenToken(AddedToken):
    """A token as settings write it."""

    type: Literal["AddedToken"] | UnsetType = field(name="__type", default=UNSET)


_Token = str | WrittenToken | None | UnsetType


class SpecialTokens(Strict):
    """`special_tokens_map.json`: tokens by what they are for."""

    bos_token: _Token = UNSET
    eos_token: _Token = UNSET
    unk_token: _Token = UNSET
    sep_token: _Token = UNSET
    pad_token: _Token = UNSET
    cls_token: _Token = UNSET
    mask_token: _Token = UNSET
    additional_special_tokens: list[str | WrittenToken] | UnsetType | None = UNSET
    extra_special_tokens: list[str | WrittenToken] | dict[str, str] | UnsetType | None = UNSET


class TokenizerConfig(SpecialTokens):
    """`tokenizer_config.json`. A setting that may be anything changes neither the tokens of a text nor their text."""

    tokenizer_class: _Class | None = None
    add_prefix_space: bool | UnsetType = UNSET
    added_tokens_decoder: dict[int, WrittenToken] | UnsetType = UNSET
    add_bos_token: bool | None = None
    add_eos_token: bool | None = None
    split_special_tokens: bool | None = None
    do_lower_case: bool | None = None
    clean_up_tokenization_spaces: bool | None = None
    errors: Literal["replace"] = "replace"
    backend: Any = None
    chat_template: Any = None
    full_tokenizer_file: Any = None
    is_local: Any = None
    local_files_only: Any = None
    max_len: Any = None
    max_length: Any = None
    model_input_names: Any = None
    model_max_length: Any = None
    model_type: Any = None
    name_or_path: Any = None
    pad_to_multiple_of: Any = None
    pad_token_type_id: Any = None
    padding_side: Any = None
    processor_class: Any = None
    special_tokens_map_file: Any = None
    stride: Any = None
    tokenizer_file: Any = None
    trim_offsets: Any = None
    truncation_side: Any = None
    truncation_strategy: Any = None
    use_fast: Any = None
    verbose: Any = None
    vocab_size: Any = None

    def __post_init__(self) -> None:
        for name in ("add_bos_token", "add_eos_token", "split_special_tokens", "do_lower_case"):
            if getattr(self, name):
                raise ValueError(f"{name} = true is not supported")


class _Config(Struct):
    """What `config.json` says of the tokenizer."""

    tokenizer_class: str | None = None


class Settings(Struct):
    """What the files beside the vocabulary say, of which any may be missing."""

    config: TokenizerConfig
    special: SpecialTokens
    added: dict[str, int]

    @property
    def decoder(self) -> dict[int, WrittenToken]:
        """Added tokens by id."""
        return self.config.added_tokens_decoder or {}

    @property
    def ids(self) -> dict[str, int]:
        """The ids that are given to tokens."""
        return self.added | {token.content: index for index, token in self.decoder.items()}

    def tokens(self) -> Iterator[str | WrittenToken]:
        """Every token that is named, with or without the way it is looked for."""
        yield from self.ids
        yield from self.decoder.values()
        for part in (self.config, self.special):
            for name in SpecialTokens.__struct_fields__:
                value = getattr(part, name)
                many = value.values() if isinstance(value, dict) else value if isinstance(value, list) else [value]
                yield from (token for token in many if isinstance(token, str | WrittenToken))

    def add_to(self, known: Mapping[str, AddedToken]) -> bool:
        """Whether a token is named that is not known, or not looked for in this way."""
        if self.config.added_tokens_decoder is not UNSET and set(known) - set(self.ids):
            return True
        if any(content in known and known[content].id != index for content, index in self.ids.items()):
            return True  # it will be refused, by name
        return any(
            (token not in known)
            if isinstance(token, str)
            else token.content not in known or not _alike(token, known[token.content], alone=len(known) == 1)
            for token in self.tokens()
        )


def read_settings(files: Mapping[str, bytes]) -> Settings:
    """What the files beside the vocabulary say.

    Raises:
        ValueError: it is not supported; the message begins with the file's name.
    """
    said: list[Any] = []
    for name, kind in zip(SETTINGS, (TokenizerConfig, SpecialTokens, dict[str, int]), strict=True):
        try:
            said.append(decode(files.get(name, b"{}"), kind))
        except ValueError as error:
            raise ValueError(f"{name}: {error}") from error
    return Settings(*said)


def read_tokenizer(folder: Path) -> dict[str, bytes]:
    """What the tokens of a folder's model depend on: the vocabulary's files, and those beside it if they add to it.

    Raises:
        ModelError: there is no tokenizer, or it is not supported, or `transformers` would read it otherwise.
    """
    names = vocabulary_files(folder)
    try:
        vocabulary = {name: read_bounded(folder / name) for name in names}
        beside = {name: read_bounded(folder / name) for name in SETTINGS if (folder / name).is_file()}
        if large := [name for name, content in vocabulary.items() if len(content) > LONGEST]:
            raise ValueError(f"{large[0]} has more than {LONGEST:,} bytes")
        settings = read_settings(beside)
        as_it_is = _class(settings, folder) in AS_IT_IS
        if TOKENIZER_JSON not in names:
            adds = _adds_to_pair(settings, vocabulary[TOKENIZER_PAIR[0]], as_it_is=as_it_is)
        else:
            adds = _adds_to_document(settings, read_document(vocabulary[TOKENIZER_JSON]), as_it_is=as_it_is)
    except (OSError, ValueError) as error:
        raise ModelError(f"{folder}: the tokenizer can't be used: {error}", _COPY) from error
    return vocabulary | beside if adds else vocabulary


def tokenizer_digest(files: Mapping[str, bytes]) -> str:
    """What identifies a tokenizer: the names and the bytes of its files."""
    return key_of({name: sha256(content) for name, content in files.items()})


def vocabulary_files(folder: Path) -> tuple[str, ...]:
    """The names of the files with the vocabulary: `tokenizer.json`, else the vocabulary and its merges."""
    if (folder / TOKENIZER_JSON).is_file():
        return (TOKENIZER_JSON,)
    if missing := [name for name in TOKENIZER_PAIR if not (folder / name).is_file()]:
        hint = "copy the tokenizer's files beside the weights"
        raise ModelError(f"{folder} has no tokenizer: no {TOKENIZER_JSON}, and no {' and '.join(missing)}", hint)
    if other := [name for name in _OTHERS if (folder / name).exists()]:
        raise ModelError(f"{folder} has two tokenizers: {TOKENIZER_PAIR[0]} and {other[0]}", "take one out")
    return TOKENIZER_PAIR


def _class(settings: Settings, folder: Path) -> str:
    """The class that `transformers` would read it with; `config.json` may name it too, but no other than GPT-2's."""
    if settings.config.tokenizer_class:
        return settings.config.tokenizer_class
    path = folder / "config.json"
    named = decode(read_bounded(path), _Config).tokenizer_class if path.is_file() else None
    if named not in (None, *_GPT2):
        raise ValueError(f"config.json: tokenizer_class {named!r} is not supported; say it in {TOKENIZER_CONFIG}")
    return _GPT2[0]


def _adds_to_pair(settings: Settings, vocabulary: bytes, *, as_it_is: bool) -> bool:
    if as_it_is:
        raise ValueError(f"{TOKENIZER_CONFIG}: tokenizer_class {AS_IT_IS[0]} needs a {TOKENIZER_JSON}")
    ids = decode(vocabulary, dict[str, int]) if settings.ids else {}
    end = AddedToken(END_OF_TEXT, ids.get(END_OF_TEXT, len(ids)))
    unnamed = any(
        None in (part.bos_token, part.eos_token, part.unk_token) for part in (settings.config, settings.special)
    )
    return unnamed or settings.config.add_prefix_space is True or settings.add_to({END_OF_TEXT: end})


def _adds_to_document(settings: Settings, document: Document, *, as_it_is: bool) -> bool:
    known = {token.content: token for token in document.added_tokens}
    splitter, prefix = document.pre_tokenizer, settings.config.add_prefix_space
    if not as_it_is:
        if END_OF_TEXT not in known:
            raise ValueError(f"{TOKENIZER_JSON}: {END_OF_TEXT} is not among added_tokens; `transformers` adds it")
        document.check_gpt2()
        prefix = prefix is True
    actual = splitter.add_prefix_space if splitter is not None and splitter.type == "ByteLevel" else UNSET
    if prefix is not UNSET and prefix is not actual:
        raise ValueError(f"add_prefix_space is {prefix} in {TOKENIZER_CONFIG}, {actual} in {TOKENIZER_JSON}")
    if settings.config.clean_up_tokenization_spaces and document.model.type != "BPE":
        raise ValueError(f"{TOKENIZER_CONFIG}: clean_up_tokenization_spaces = true is not supported")
    return settings.add_to(known)


def _alike(written: AddedToken, known: AddedToken, *, alone: bool) -> bool:
    """Whether two are looked for in the same way; what is normalised first matters where there are several."""
    flags = ("single_word", "lstrip", "rstrip") if alone else ("single_word", "lstrip", "rstrip", "normalized")
    return all(getattr(written, flag) == getattr(known, flag) for flag in flags)
