"""One way to write a document, so that equal documents have equal bytes and one key."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

Made = TypeVar("Made")


def document(value: Any) -> Any:
    """A frozen dataclass as plain JSON values: None fields left out, tuples as lists.

    A setting added in a later release says `later=True` and is left out at
    its default, so that runs made before it keep their keys.
    """
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {
            one.name: document(content)
            for one in dataclasses.fields(value)
            if (content := getattr(value, one.name)) is not None
            and not (one.metadata.get("later") and content == one.default)
        }
    if isinstance(value, dict):
        return {str(name): document(content) for name, content in value.items()}
    if isinstance(value, list | tuple):
        return [document(content) for content in value]
    return str(value) if isinstance(value, Path) else value


def parse(kind: type[Made], content: dict[str, Any]) -> Made:
    """The frozen dataclass that a document was made of.

    What was left out is None, or a `later` setting's default.

    Raises:
        TypeError: a field is unknown or missing, or the document is no object.
        UsageError: a value is outside its limits.
    """
    hints = get_type_hints(kind)
    fields = {one.name: one for one in dataclasses.fields(kind)}  # type: ignore[arg-type] # only dataclasses come here
    if unknown := set(content) - set(fields):
        raise TypeError(f"unknown fields {sorted(unknown)}")
    absent = {
        name: None
        for name, one in fields.items()
        if name not in content and NoneType in get_args(hints[name]) and not one.metadata.get("later")
    }
    return kind(**{name: _typed(hints[name], part) for name, part in {**absent, **content}.items()})


def _typed(hint: Any, value: Any) -> Any:
    """A JSON value as the type its field has: an object a dataclass, a list a tuple, a text a path."""
    if get_origin(hint) is UnionType:
        if value is None:
            return None
        hint = next(one for one in get_args(hint) if one is not NoneType)
    if dataclasses.is_dataclass(hint):
        return parse(hint, value)  # type: ignore[arg-type]
    if get_origin(hint) is tuple and isinstance(value, list):
        return tuple(value)
    return Path(value) if hint is Path else value


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


def with_seal(values: dict[str, Any]) -> dict[str, Any]:
    """A document that shows its own damage: with the hash of all the rest of it as `seal`."""
    rest = {name: value for name, value in values.items() if name != "seal"}
    return {**rest, "seal": key_of(rest)}


def is_key(text: str) -> bool:
    """Whether text is 64 hexadecimal digits."""
    return re.fullmatch("[0-9a-f]{64}", text) is not None
