"""JSON lines that are objects, with their numbers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec

from colacli.data.lines import lines, refusal, shown

_DECODER = msgspec.json.Decoder(dict[str, object])


def object_lines(path: Path, hint: str) -> Iterator[tuple[int, dict[str, object]]]:
    """The objects of a file, one a line; `hint` shows what a line looks like.

    Raises:
        DataError: the file can't be read, or a line is no object.
    """
    for number, line in lines(path):
        try:
            yield number, _DECODER.decode(line)
        except (msgspec.DecodeError, RecursionError) as error:
            raise refusal(path, number, f"not a JSON object ({error}): {shown(line)}", hint) from error
