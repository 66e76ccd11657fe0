"""The files of a base model's tokenizer, and which of them its tokens depend on.

`transformers` reads up to five. The settings mostly repeat the vocabulary file: they are part of the tokenizer's digest
only where they add to it. A setting without a field in the types here is refused by name.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

from msgspec import UNSET, Raw, Struct, UnsetType, field, json

from colacli.errors import ModelError
from colacli.models.conversion import conversion_of
from colacli.models.tokenizer_json import AddedToken, Document, read_document
from colacli.models.vocabulary import Strict, decode
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
TEMPLATES = ("add_bos_token", "add_eos_token")
"""Settings of `tokenizer_config.json` that replace the template of the vocabulary file, be they true or false."""

_COPY = "copy the tokenizer's files again from where the model came from, or give a base without this setting"
_OTHER_TOKENIZERS = ("tekken.json", "tiktoken.model", "tokenizer.model")
"""Tokenizers that `transformers` prefers to a vocabulary with merges."""
_GPT2_CLASSES = ("GPT2Tokenizer", "GPT2TokenizerFast")
GENERIC_CLASSES = ("PreTrainedTokenizerFast", "TokenizersBackend")
"""Classes that use all of `tokenizer.json`. GPT-2's own class uses its vocabulary and added tokens alone."""

_NO_EFFECT = frozenset(
    """
    backend chat_template full_tokenizer_file is_local local_files_only max_len max_length model_input_names
    model_max_length model_type name_or_path pad_to_multiple_of pad_token_type_id padding_side processor_class
    special_tokens_map_file stride tokenizer_file trim_offsets truncation_side truncation_strategy use_fast
    verbose vocab_size
    """.split()  # noqa: SIM905 - four lines of names read better than twenty-four
)
"""Settings in `tokenizer_config.json` that change neither the tokens of a text nor their text."""


class TokenSetting(AddedToken):
    """An added token as the settings have it."""

    type: Literal["AddedToken"] | UnsetType = field(name="__type", default=UNSET)


_Token = str | TokenSetting | None | UnsetType


class SpecialTokens(Strict):
    """`special_tokens_map.json`: tokens by role."""

    bos_token: _Token = UNSET
    eos_token: _Token = UNSET
    unk_token: _Token = UNSET
    sep_token: _Token = UNSET
    pad_token: _Token = UNSET
    cls_token: _Token = UNSET
    mask_token: _Token = UNSET
    additional_special_tokens: list[str | TokenSetting] | UnsetType | None = UNSET
    extra_special_tokens: list[str | TokenSetting] | dict[str, str] | UnsetType | None = UNSET


class TokenizerConfig(SpecialTokens):
    """`tokenizer_config.json`, without `_NO_EFFECT`."""

    tokenizer_class: str | None = None
    add_prefix_space: bool | UnsetType = UNSET
    added_tokens_decoder: dict[int, TokenSetting] | UnsetType = UNSET
    add_bos_token: bool | UnsetType | None = UNSET
    add_eos_token: bool | UnsetType | None = UNSET
    split_special_tokens: bool | None = None
    do_lower_case: bool | None = None
    clean_up_tokenization_spaces: bool | None = None
    errors: Literal["replace"] = "replace"

    def __post_init__(self) -> None:
        for name in ("split_special_tokens", "do_lower_case"):
            if getattr(self, name):
                raise ValueError(f"{name} = true is not supported")


class _Config(Struct):
    """The tokenizer's setting in `config.json`."""

    tokenizer_class: str | None = None


class Settings(Struct):
    """The settings in the files beside the vocabulary, each of which may be missing."""

    config: TokenizerConfig
    special: SpecialTokens
    added: dict[str, int]

    @property
    def decoder(self) -> dict[int, TokenSetting]:
        """Added tokens by id."""
        return self.config.added_tokens_decoder or {}

    @property
    def ids(self) -> dict[str, int]:
        """Ids of tokens that the settings have."""
        return self.added | {token.content: index for index, token in self.decoder.items()}

    @property
    def has_template(self) -> bool:
        """Whether they put a token before or after a sentence."""
        return bool(self.config.add_bos_token or self.config.add_eos_token)

    def tokens(self) -> Iterator[str | TokenSetting]:
        """Every token in the settings, with or without its matching flags."""
        yield from self.ids
        yield from self.decoder.values()
        for part in (self.config, self.special):
            for name in SpecialTokens.__struct_fields__:
                value = getattr(part, name)
                values = value.values() if isinstance(value, dict) else value if isinstance(value, list) else [value]
                yield from (token for token in values if isinstance(token, str | TokenSetting))

    def add_to(self, tokens: Mapping[str, AddedToken]) -> bool:
        """Whether they have a token that is not among these, or that is matched in another way."""
        if self.config.added_tokens_decoder is not UNSET and set(tokens) - set(self.ids):
            return True
        if any(content in tokens and tokens[content].id != index for content, index in self.ids.items()):
            return True  # it will be refused, by name
        return any(
            (token not in tokens)
            if isinstance(token, str)
            else token.content not in tokens
            or not _same_matching(token, tokens[token.content], is_single=len(tokens) == 1)
            for token in self.tokens()
        )


def read_settings(files: Mapping[str, bytes]) -> Settings:
    """The settings in the files beside the vocabulary.

    Raises:
        ValueError: one is not supported; the message begins with the file's name.
    """
    settings: list[Any] = []
    for name, kind in zip(SETTINGS, (TokenizerConfig, SpecialTokens, dict[str, int]), strict=True):
        try:
            values = decode(files.get(name, b"{}"), dict[str, Raw])
            ignored = _NO_EFFECT if name == TOKENIZER_CONFIG else ()
            supported = {setting: value for setting, value in values.items() if setting not in ignored}
            settings.append(decode(json.encode(supported), kind))
        except ValueError as error:
            raise ValueError(f"{name}: {error}") from error
    return Settings(*settings)


def read_tokenizer(folder: Path) -> dict[str, bytes]:
    """The files that the tokens of a folder's model depend on: the vocabulary, and the settings if they add to it.

    Raises:
        ModelError: there is no tokenizer, or it is not supported.
    """
    names = vocabulary_files(folder)
    try:
        vocabulary = {name: read_bounded(folder / name) for name in names}
        settings_files = {name: read_bounded(folder / name) for name in SETTINGS if (folder / name).is_file()}
        if large := [name for name, content in vocabulary.items() if len(content) > LONGEST]:
            raise ValueError(f"{large[0]} has more than {LONGEST:,} bytes")
        is_generic = _class(settings_files, folder) in GENERIC_CLASSES
        settings = read_settings(settings_files)
        if TOKENIZER_JSON not in names:
            adds = _adds_to_pair(settings, vocabulary[TOKENIZER_PAIR[0]], is_generic=is_generic)
        else:
            adds = _adds_to_document(settings, read_document(vocabulary[TOKENIZER_JSON]), is_generic=is_generic)
    except (OSError, ValueError) as error:
        hint = conversion_of(folder) if "tokenizer_class" in str(error) else _COPY
        raise ModelError(f"{folder}: the tokenizer can't be used: {error}", hint) from error
    return vocabulary | (settings_files or {TOKENIZER_CONFIG: b"{}"}) if adds else vocabulary


def tokenizer_digest(files: Mapping[str, bytes]) -> str:
    """Of the names and the bytes of a tokenizer's files."""
    return key_of({name: sha256(content) for name, content in files.items()})


def vocabulary_files(folder: Path) -> tuple[str, ...]:
    """The names of the files with the vocabulary: `tokenizer.json`, else the vocabulary and its merges."""
    if (folder / TOKENIZER_JSON).is_file():
        return (TOKENIZER_JSON,)
    if missing := [name for name in TOKENIZER_PAIR if not (folder / name).is_file()]:
        message = f"{folder} has no tokenizer that can be read: no {TOKENIZER_JSON}, and no {' and '.join(missing)}"
        raise ModelError(message, conversion_of(folder))
    if other := [name for name in _OTHER_TOKENIZERS if (folder / name).exists()]:
        raise ModelError(f"{folder} has two tokenizers: {TOKENIZER_PAIR[0]} and {other[0]}", "remove one of them")
    return TOKENIZER_PAIR


def _class(files: Mapping[str, bytes], folder: Path) -> str:
    """The class with which `transformers` reads it: named in its own settings, else in `config.json`, else GPT-2's."""
    path, where = folder / "config.json", TOKENIZER_CONFIG
    name = decode(files.get(where, b"{}"), _Config).tokenizer_class
    if not name and path.is_file():
        name, where = decode(read_bounded(path), _Config).tokenizer_class, path.name
    is_generic = where == TOKENIZER_CONFIG and name in GENERIC_CLASSES  # config.json may name GPT-2's alone
    if name and name not in _GPT2_CLASSES and not is_generic:
        raise ValueError(f"{where}: tokenizer_class {name!r} is not supported")
    return name or _GPT2_CLASSES[0]


def _adds_to_pair(settings: Settings, vocabulary: bytes, *, is_generic: bool) -> bool:
    if is_generic:
        raise ValueError(f"{TOKENIZER_CONFIG}: tokenizer_class {GENERIC_CLASSES[0]} needs a {TOKENIZER_JSON}")
    ids = decode(vocabulary, dict[str, int]) if settings.ids else {}
    end = AddedToken(END_OF_TEXT, ids.get(END_OF_TEXT, len(ids)))
    lacks_token = any(
        None in (part.bos_token, part.eos_token, part.unk_token) for part in (settings.config, settings.special)
    )
    is_set = lacks_token or settings.config.add_prefix_space is True or settings.has_template
    return is_set or settings.add_to({END_OF_TEXT: end})


def _adds_to_document(settings: Settings, document: Document, *, is_generic: bool) -> bool:
    tokens = {token.content: token for token in document.added_tokens}
    splitter, prefix = document.pre_tokenizer, settings.config.add_prefix_space
    adds_end = not is_generic and END_OF_TEXT not in tokens  # unless the settings name another for every role
    if not is_generic:
        document.check_gpt2()
        prefix = prefix is True
    actual = splitter.add_prefix_space if splitter is not None and splitter.type == "ByteLevel" else UNSET
    if prefix is not UNSET and prefix is not actual:
        raise ValueError(f"add_prefix_space is {prefix} in {TOKENIZER_CONFIG}, {actual} in {TOKENIZER_JSON}")
    if settings.config.clean_up_tokenization_spaces and document.model.type != "BPE":
        raise ValueError(f"{TOKENIZER_CONFIG}: clean_up_tokenization_spaces = true is not supported")
    is_replaced = bool(document.template_ids) and any(getattr(settings.config, name) is not UNSET for name in TEMPLATES)
    return adds_end or is_replaced or settings.has_template or settings.add_to(tokens)


def _same_matching(a: AddedToken, b: AddedToken, *, is_single: bool) -> bool:
    """Whether two tokens are matched in the same way; `normalized` matters only where there are several."""
    flags = ("single_word", "lstrip", "rstrip") if is_single else ("single_word", "lstrip", "rstrip", "normalized")
    return all(getattr(a, flag) == getattr(b, flag) for flag in flags)
