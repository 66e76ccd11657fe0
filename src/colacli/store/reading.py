"""JSON from files that anybody may have written: bounded in size and depth, and of the types that are meant."""

from __future__ import annotations

import dataclasses
import json
from functools import cache
from typing import TYPE_CHECKING, Any, Literal, get_args, get_origin, get_type_hints

if TYPE_CHECKING:
    from pathlib import Path

_LONGEST = 10_000_000  # bytes; the largest document there is, an index of shards, has a hundredth


def from_json(content: bytes) -> Any:
    """The value of a JSON text.

    Raises:
        ValueError: it is no JSON, or larger or deeper than any document of ours.
    """
    if len(content) > _LONGEST:
        raise ValueError(f"it has more than {_LONGEST:,} bytes")
    try:
        return json.loads(content, parse_constant=_refuse)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error


def read_json(path: Path) -> Any:
    """The value in a JSON file, of which no more is read than could be one.

    Raises:
        OSError: it can't be read.
        ValueError: as `from_json`.
    """
    return from_json(read_bounded(path))


def read_bounded(path: Path) -> bytes:
    """A document's bytes; of a file that is too large to be one, enough to see that.

    Raises:
        OSError: it can't be read.
    """
    with path.open("rb") as stream:
        return stream.read(_LONGEST + 1)


def fits(value: Any, hint: Any) -> bool:
    """Whether a JSON value is what a value of this type is written as; of a dataclass, fields may be missing."""
    if dataclasses.is_dataclass(hint):
        hints = _hints(hint)  # type: ignore[arg-type] # a type is hashable
        return isinstance(value, dict) and all(name in hints and fits(one, hints[name]) for name, one in value.items())
    if get_origin(hint) is Literal:
        return value in get_args(hint)
    if get_origin(hint) is tuple:
        return isinstance(value, list) and all(isinstance(part, str) for part in value)
    if get_origin(hint) is dict:
        return isinstance(value, dict) and all(isinstance(part, str) for part in value.values())
    if hint is float:
        return type(value) in (int, float)
    return any(fits(value, one) for one in get_args(hint)) or type(value) is hint


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no number")


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)
