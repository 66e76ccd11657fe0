"""Tokenizers from the files of a base model, or from a student's own `tokenizer.json`."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from msgspec import UNSET, json
from tokenizers import Tokenizer

from colacli.errors import IntegrityError, ModelError
from colacli.models.tokenizer_files import (
    GENERIC_CLASSES,
    TEMPLATES,
    TOKENIZER_CONFIG,
    TOKENIZER_JSON,
    TOKENIZER_PAIR,
    Settings,
    SpecialTokens,
    read_settings,
)
from colacli.models.tokenizer_json import Document, read_document
from colacli.models.vocabulary import check_merges, decode

_TEXTS = 8192
"""Texts that are encoded at a time: an encoding takes kilobytes, its ids a tenth of that."""
_COPY = "copy the tokenizer's files again from where the model came from"


def load_tokenizer(files: Mapping[str, bytes], where: Path) -> Tokenizer:
    """A tokenizer from the content of its files, as `transformers` reads them.

    Args:
        files: content by name, from `read_tokenizer`; for a student its `tokenizer.json` alone.
        where: the folder of the files, for messages.

    Raises:
        ModelError: they are broken, or have a setting that is not supported.
        IntegrityError: the tokenizers library panics at them.
    """
    with _guarded(f"{where}: the tokenizer can't be read from {', '.join(files)}"):
        settings = read_settings(files)
        document = read_document(files[TOKENIZER_JSON]) if TOKENIZER_JSON in files else None
        if document is not None:
            document.check()
        if document is not None and len(files) == 1:
            tokenizer = Tokenizer.from_buffer(json.encode(document))
        else:
            tokenizer = _read_by_transformers(files, settings, document)
        _check_ids(tokenizer, settings, document)
        _check_normalised(tokenizer)
        return tokenizer


def _check_ids(tokenizer: Tokenizer, settings: Settings, document: Document | None) -> None:
    """Check that added tokens, and those of the template, have the ids that the files give them."""
    ids = dict(settings.ids)
    if document is not None:
        ids |= {token.content: token.id for token in document.added_tokens if token.id is not UNSET} | settings.ids
        ids |= document.template_ids
    for content, index in ids.items():
        if tokenizer.token_to_id(content) != index:
            raise ValueError(f"the token {content!r} can't have the id {index}")


def _check_normalised(tokenizer: Tokenizer) -> None:
    """Check that no added token is empty once normalised: the Rust library panics at one."""
    normalizer = tokenizer.normalizer
    for token in tokenizer.get_added_tokens_decoder().values():
        if normalizer is not None and token.normalized and not normalizer.normalize_str(token.content):
            raise ValueError(f"the added token {token.content!r} is empty when it is normalised")


def _read_by_transformers(files: Mapping[str, bytes], settings: Settings, document: Document | None) -> Tokenizer:
    """The tokenizer that `transformers` makes of a folder with these files, which have been checked."""
    from transformers import GPT2Tokenizer, PreTrainedTokenizerFast

    config = settings.config
    names = (*SpecialTokens.__struct_fields__, "add_prefix_space", "added_tokens_decoder", *TEMPLATES)
    present = {name: value for name in names if (value := getattr(config, name)) is not UNSET}
    contents = {**files, TOKENIZER_CONFIG: json.encode(present)}
    if document is not None:
        contents[TOKENIZER_JSON] = json.encode(document)
    else:
        vocab, merges = (files[name] for name in TOKENIZER_PAIR)
        lines = merges.decode().splitlines()
        check_merges(decode(vocab, dict[str, int]), (line for line in lines if not line.startswith("#version")))
    reader = PreTrainedTokenizerFast if config.tokenizer_class in GENERIC_CLASSES else GPT2Tokenizer
    with tempfile.TemporaryDirectory(prefix="colacli-tokenizer-") as folder:
        for name, content in contents.items():
            (Path(folder) / name).write_bytes(content)
        tokenizer: Tokenizer = reader.from_pretrained(folder, local_files_only=True).backend_tokenizer
    return tokenizer


def drop_template(tokenizer: Tokenizer) -> bool:
    """Let a tokenizer put no token before or after a text; whether it did so before."""
    had_template = tokenizer.num_special_tokens_to_add(is_pair=False) > 0
    if had_template:
        tokenizer.post_processor = None  # else it only corrects offsets, which nothing here reads
    return had_template


def encode_all(tokenizer: Tokenizer, texts: Sequence[str]) -> list[list[int]]:
    """Token ids of texts, with those that the tokenizer's template puts before and after each.

    Raises:
        ModelError: the tokenizer fails.
        IntegrityError: it panics.
    """
    with _guarded("the tokenizer fails"):
        parts = (texts[start : start + _TEXTS] for start in range(0, len(texts), _TEXTS))
        return [encoding.ids for part in parts for encoding in tokenizer.encode_batch(list(part))]


def encode_prompt(tokenizer: Tokenizer, text: str) -> list[int]:
    """Token ids of a text that is to be continued: without those that the template puts after it; none for no text.

    Raises:
        ModelError: the tokenizer fails.
        IntegrityError: it panics.
    """
    with _guarded("the tokenizer fails"):
        encoding = tokenizer.encode(text)
        own = [place for place, is_added in enumerate(encoding.special_tokens_mask) if not is_added]
        return encoding.ids[: own[-1] + 1] if own else []


def decode_ids(tokenizer: Tokenizer, ids: list[int]) -> str:
    """The text of token ids.

    Raises:
        IntegrityError: the tokenizer panics.
    """
    with _guarded("the tokenizer fails"):
        text: str = tokenizer.decode(ids, skip_special_tokens=False)
        return text


@contextmanager
def _guarded(problem: str) -> Iterator[None]:
    """Turn exceptions of the tokenizers library, and its panics, which are no `Exception`, into colacli's errors."""
    try:
        yield
    except Exception as error:  # the library raises bare Exceptions from its Rust side
        raise ModelError(f"{problem}: {error}", _COPY) from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        raise IntegrityError(f"{problem}: {error}", _COPY) from error
