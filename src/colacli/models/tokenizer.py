"""Tokenizers, from what a base model's folder or a student's own copy says."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from msgspec import UNSET, json
from tokenizers import Tokenizer

from colacli.errors import IntegrityError, ModelError
from colacli.models.tokenizer_files import (
    AS_IT_IS,
    TOKENIZER_CONFIG,
    TOKENIZER_JSON,
    TOKENIZER_PAIR,
    Settings,
    SpecialTokens,
    read_settings,
)
from colacli.models.tokenizer_json import Document, check_merges, decode, read_document

_COPY = "copy the tokenizer's files again from where the model came from"


def load_tokenizer(files: Mapping[str, bytes], where: Path) -> Tokenizer:
    """A tokenizer from the content of its files, as `transformers` would read them.

    Args:
        files: content by name, as `read_tokenizer` gives it; or a student's `tokenizer.json`, which is all it has.
        where: the folder that they were read from, for messages.

    Raises:
        ModelError: they are broken, or say what is not supported.
        IntegrityError: the tokenizers library panics at them.
    """
    with _guarded(f"{where}: the tokenizer can't be read from {', '.join(files)}"):
        settings = read_settings(files)
        document = read_document(files[TOKENIZER_JSON]) if TOKENIZER_JSON in files else None
        if document is not None:
            document.model.check()
        if document is not None and len(files) == 1:
            tokenizer = Tokenizer.from_buffer(json.encode(document))
        else:
            tokenizer = _read_by_transformers(files, settings, document)
        written = {token.content: token.id for token in document.added_tokens} if document is not None else {}
        for content, index in (written | settings.ids).items():
            if tokenizer.token_to_id(content) != index:
                raise ValueError(f"the added token {content!r} can't have the id {index}")
        _check_added(tokenizer)
        return tokenizer


def _check_added(tokenizer: Tokenizer) -> None:
    """See that each added token is a text still when it is normalised: the Rust library panics at an empty one."""
    normalizer = tokenizer.normalizer
    for token in tokenizer.get_added_tokens_decoder().values():
        if normalizer is not None and token.normalized and not normalizer.normalize_str(token.content):
            raise ValueError(f"nothing is left of the added token {token.content!r} when it is normalised")


def _read_by_transformers(files: Mapping[str, bytes], settings: Settings, document: Document | None) -> Tokenizer:
    """What `transformers` makes of a folder with these files, all of which are known to be supported."""
    from transformers import GPT2Tokenizer, PreTrainedTokenizerFast

    config = settings.config
    names = (*SpecialTokens.__struct_fields__, "add_prefix_space", "added_tokens_decoder")
    kept = {name: value for name in names if (value := getattr(config, name)) is not UNSET}
    contents = {**files, TOKENIZER_CONFIG: json.encode(kept)}
    if document is not None:
        contents[TOKENIZER_JSON] = json.encode(document)
    else:
        vocab, merges = (files[name] for name in TOKENIZER_PAIR)
        lines = merges.decode().splitlines()
        check_merges(decode(vocab, dict[str, int]), (line for line in lines if not line.startswith("#version")))
    reader = PreTrainedTokenizerFast if config.tokenizer_class in AS_IT_IS else GPT2Tokenizer
    with tempfile.TemporaryDirectory(prefix="colacli-tokenizer-") as folder:
        for name, content in contents.items():
            (Path(folder) / name).write_bytes(content)
        tokenizer: Tokenizer = reader.from_pretrained(folder, local_files_only=True).backend_tokenizer
    return tokenizer


def encode_all(tokenizer: Tokenizer, texts: Sequence[str]) -> list[list[int]]:
    """Token ids of texts.

    Raises:
        ModelError: the tokenizer has none for something in them.
        IntegrityError: it panics.
    """
    with _guarded("the tokenizer fails"):
        return [one.ids for one in tokenizer.encode_batch(list(texts), add_special_tokens=False)]


def decode_ids(tokenizer: Tokenizer, ids: list[int]) -> str:
    """The text of token ids.

    Raises:
        IntegrityError: the tokenizer panics.
    """
    with _guarded("the tokenizer fails"):
        text: str = tokenizer.decode(ids, skip_special_tokens=False)
        return text


@contextmanager
def _guarded(what: str) -> Iterator[None]:
    """Turn what the tokenizers library raises into an error of ours; `what` begins its message.

    Raises:
        ModelError: it raised an exception.
        IntegrityError: it panicked; a panic is no `Exception`.
    """
    try:
        yield
    except Exception as error:  # the library raises bare Exceptions from its Rust side
        raise ModelError(f"{what}: {error}", _COPY) from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        raise IntegrityError(f"{what}: {error}", _COPY) from error
