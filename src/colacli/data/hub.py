"""What the Hugging Face hub's library writes into Parquet files beside the rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import msgspec
from msgspec import Meta

_Names = Annotated[list[Annotated[str, Meta(max_length=1_000)]], Meta(max_length=1_000)]


class _Feature(msgspec.Struct):
    names: _Names = msgspec.field(default_factory=list)


class _Info(msgspec.Struct):
    features: dict[str, _Feature | list[object]] = msgspec.field(default_factory=dict)


class _Metadata(msgspec.Struct):
    info: _Info = msgspec.field(default_factory=_Info)


def class_names(metadata: Mapping[bytes, bytes] | None, column: str | None) -> list[str]:
    """The names of a column's classes, by number; none where it has no classes, or nothing says so.

    A `ClassLabel` is stored as a number; which class is 0 and which is 1 stands in the file's metadata alone.
    """
    try:
        found = msgspec.json.decode((metadata or {}).get(b"huggingface", b"{}"), type=_Metadata)
    except (msgspec.MsgspecError, ValueError, RecursionError):  # other metadata than the library's
        return []
    feature = found.info.features.get(column or "")
    return feature.names if isinstance(feature, _Feature) else []
