"""JSON documents that anybody may have written, decoded into frozen types with limits: here, and nowhere else.

A type states its limits itself, as `Annotated[int, Meta(ge=0)]`. What `canonical.document` leaves out comes back as
None, or as a later field's default; a field that the type lacks is an error. Every function here raises a ValueError
for what is no JSON, or no such value, and an OSError for a file that can't be read.
"""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import NoneType, UnionType
from typing import IO, Annotated, Any, TypeVar, Union, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Meta

from colacli.errors import UsageError
from colacli.store.canonical import with_checksum

Decoded = TypeVar("Decoded")
Key = Annotated[str, Meta(pattern=r"\A[0-9a-f]{64}\Z")]
"""A SHA-256."""
FileName = Annotated[str, Meta(pattern=r"\A[A-Za-z0-9][A-Za-z0-9._-]{0,99}\Z")]
"""Longer ones don't fit into an exported file."""
Name = Annotated[str, Meta(pattern=r"\A[A-Za-z0-9][A-Za-z0-9._-]{0,79}\Z")]
"""Of a split or a parent's role; file names are made of it."""
Text = Annotated[str, Meta(max_length=10_000)]
Count = Annotated[int, Meta(ge=0, le=2**62)]
Seconds = Annotated[float, Meta(ge=0, le=1e12)]

LONGEST = 10_000_000
"""Bytes a document may have; the largest, the list of an export of 50,000 runs, has seven million."""
_PIECE = 1 << 16
"""Bytes read at a time."""


def decode(content: bytes, kind: type[Decoded]) -> Decoded:
    """The value of this type in a JSON text."""
    return convert(from_json(content), kind)


def convert(value: Any, kind: type[Decoded]) -> Decoded:
    """The value of this type that a JSON value stands for."""
    try:
        return msgspec.convert(_with_absent_fields(kind, value), kind, dec_hook=_path)
    except UsageError as error:  # of a choice's own limits
        raise ValueError(error.message) from error


def convert_checked(value: Any, kind: type[Decoded]) -> Decoded:
    """As `convert`, for a document of `with_checksum`, undamaged; its type says whether `seal` may be absent."""
    decoded = convert(value, kind)
    if value.get("seal") is not None and value != with_checksum(value):
        raise ValueError("it has other bytes than were written")
    return decoded


def decode_lines(content: bytes, kind: type[Decoded]) -> list[Decoded]:
    """The values on the lines of `encode_line`: fast, and only for what colacli derives itself, with a checksum."""
    return msgspec.json.Decoder(kind).decode_lines(content)


def plain(value: Any) -> Any:
    """A dataclass as plain values, as `dataclasses.asdict` gives it and ten times as fast."""
    return msgspec.to_builtins(value)


def encode_line(value: Any) -> str:
    """A dataclass as JSON on one line, fields that are None too."""
    return msgspec.json.encode(value).decode()


def from_json(content: bytes) -> Any:
    """The value of a JSON text with finite numbers, no larger and no deeper than any document."""
    if len(content) > LONGEST:
        raise ValueError(f"it has more than {LONGEST:,} bytes")
    try:
        return json.loads(content, parse_constant=_finite, parse_float=_finite)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error


def read_json(path: Path) -> Any:
    """The value in a JSON file."""
    return from_json(read_bounded(path))


def read_bounded(path: Path) -> bytes:
    """A document's bytes; of a file that is too large to be one, enough to see that."""
    with path.open("rb") as stream:
        return read_at_most(stream, LONGEST + 1)


def read_at_most(stream: IO[bytes], most: int) -> bytes:
    """All bytes of a stream; of a longer one so many."""
    pieces = []
    # One buffer of `most` bytes would take three times as long to get as a document to read.
    while most and (piece := stream.read(min(most, _PIECE))):
        pieces.append(piece)
        most -= len(piece)
    return b"".join(pieces)


def _finite(text: str) -> float:
    if not math.isfinite(value := float(text)):
        raise ValueError(f"{text} is not a finite number")
    return value


def _with_absent_fields(hint: Any, value: Any) -> Any:
    """A JSON value with None where an optional field was left out; fields that the type lacks are refused."""
    filler = _filler(hint)
    return value if filler is None else filler(value)


@cache
def _filler(hint: Any) -> Callable[[Any], Any] | None:
    """What fills in a type's values; None for a type without a dataclass in it, whose values stay as they are."""
    if get_origin(hint) is Annotated:
        hint = hint.__origin__
    if get_origin(hint) in (UnionType, Union):
        hint = next(option for option in get_args(hint) if option is not NoneType)
    origin, arguments = get_origin(hint), get_args(hint)
    if dataclasses.is_dataclass(hint):
        return _filler_of_dataclass(hint)  # type: ignore[arg-type] # a type, not an object
    inner = _filler(arguments[1]) if origin is dict else _filler(arguments[0]) if origin in (tuple, list) else None
    if inner is None:
        return None
    if origin is dict:
        return lambda value: {name: inner(part) for name, part in value.items()} if isinstance(value, dict) else value
    return lambda value: [inner(part) for part in value] if isinstance(value, list) else value


def _filler_of_dataclass(kind: type) -> Callable[[Any], Any]:
    hints = get_type_hints(kind)
    fields = {field.name: field for field in dataclasses.fields(kind)}
    absent = {
        name: None
        for name, field in fields.items()
        if NoneType in get_args(hints[name]) and not field.metadata.get("later")
    }
    fillers = {name: filler for name in fields if (filler := _filler(hints[name])) is not None}

    def fill(value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        if unknown := value.keys() - fields.keys():
            raise ValueError(f"unknown fields {sorted(unknown)}")
        filled = absent | value
        for name in fillers.keys() & value.keys():
            filled[name] = fillers[name](value[name])
        return filled

    return fill


def _path(kind: type, value: Any) -> Any:
    if kind is Path and isinstance(value, str):
        return Path(value)
    raise ValueError(f"a value can't be a {kind.__name__}")
