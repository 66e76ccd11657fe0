"""One way to write a document, so that equal documents have equal bytes and one key."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re
from pathlib import Path
from typing import Any


def document(value: Any) -> Any:
    """A frozen dataclass as plain JSON values: None fields left out, tuples as lists.

    A setting added in a later release says `later=True` and is left out at
    its default, so that runs made before it keep their keys.
    """
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {
            field.name: document(content)
            for field in dataclasses.fields(value)
            if (content := getattr(value, field.name)) is not None
            and not (field.metadata.get("later") and content == field.default)
        }
    if isinstance(value, dict):
        return {str(name): document(content) for name, content in value.items()}
    if isinstance(value, list | tuple):
        return [document(content) for content in value]
    return str(value) if isinstance(value, Path) else value


def canonical(value: Any) -> bytes:
    """The one JSON text of a document, as bytes: keys sorted, no NaN, ASCII, a newline at the end.

    Raises:
        ValueError: a number is NaN or infinite.
    """
    text = json.dumps(document(value), sort_keys=True, indent=1, ensure_ascii=True, allow_nan=False)
    return text.encode() + b"\n"


def sha256(content: bytes) -> str:
    """Hexadecimal SHA-256."""
    return hashlib.sha256(content).hexdigest()


def key_of(value: Any) -> str:
    """The key of what a document describes: the SHA-256 of its canonical bytes."""
    return sha256(canonical(value))


def with_checksum(values: dict[str, Any]) -> dict[str, Any]:
    """A document with the SHA-256 of all its other fields as `seal`, so that damage to it is detected."""
    rest = {name: value for name, value in values.items() if name != "seal"}
    return {**rest, "seal": key_of(rest)}


def changed_fields(document: dict[str, Any], other: dict[str, Any]) -> str:
    """Names of the fields in which two documents differ."""
    return ", ".join(name for name in sorted(document | other) if document.get(name) != other.get(name))


def is_key(text: str) -> bool:
    """Whether text is 64 hexadecimal digits."""
    return re.fullmatch("[0-9a-f]{64}", text) is not None
