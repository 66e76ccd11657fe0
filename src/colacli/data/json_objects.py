"""The objects of JSON files: one a line, or those of one array."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator
from pathlib import Path

from colacli.data.lines import check_size, lines, read_bytes, refusal, shown
from colacli.data.packed import DataFile
from colacli.errors import DataError

_SPACE = re.compile(r"[ \t\r\n]*")
_HINT = 'write objects such as {"sentence": "It rains.", "label": 1}'


def json_lines(file: DataFile | Path, hint: str = _HINT) -> Iterator[tuple[int, dict[str, object]]]:
    """Each object, and its line; `hint` shows what a line looks like.

    Raises:
        DataError: a line is no object.
    """
    for number, line in lines(file):
        try:
            value = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise _not_json(file, number, error, line, hint) from error
        yield number, _object(file, number, value, hint)


def array_elements(file: DataFile) -> Iterator[tuple[int, dict[str, object]]]:
    """The objects of the array that is all of a file, each with the line on which it begins.

    Raises:
        DataError: it is no such array.
    """
    text, decoder = _text(file), json.JSONDecoder()
    position, number, count = _after_space(text, text.index("[") + 1), 1, 0
    number += text.count("\n", 0, position)
    while text[position : position + 1] != "]":
        try:
            value, end = decoder.raw_decode(text, position)
        except (ValueError, RecursionError) as error:
            raise _not_json(file, number, error, text[position : position + 100]) from error
        yield number, _object(file, number, value)
        count += 1
        check_size(file, count, 0)
        end = _after_space(text, end)
        if text[end : end + 1] == ",":
            end = _after_space(text, end + 1)
            if text[end : end + 1] == "]":
                raise refusal(file, number, "the array has a comma before its end", "remove it")
        elif text[end : end + 1] != "]":
            raise refusal(file, number, "no ',' or ']' follows the object", "write one array of objects")
        number += text.count("\n", position, end)
        position = end
    if _after_space(text, position + 1) != len(text):
        raise refusal(file, number, "more follows the array", "write one array of objects, and nothing else")


def _text(file: DataFile) -> str:
    content = read_bytes(file).removeprefix(codecs.BOM_UTF8)
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        number = content.count(b"\n", 0, error.start) + 1
        problem = f"byte 0x{content[error.start]:02x} is not UTF-8 ({error.reason})"
        raise refusal(file, number, problem, "save the file as UTF-8") from error


def _after_space(text: str, position: int) -> int:
    return _SPACE.match(text, position).end()  # type: ignore[union-attr] # it matches nothing too


def _object(file: DataFile | Path, number: int, value: object, hint: str = _HINT) -> dict[str, object]:
    if not isinstance(value, dict):
        raise refusal(file, number, f"found {shown(value)}, expected a JSON object", hint)
    return value


def _not_json(file: DataFile | Path, number: int, error: Exception, text: str, hint: str = _HINT) -> DataError:
    reason = f"{error.msg}, column {error.colno}" if isinstance(error, json.JSONDecodeError) else str(error)
    return refusal(file, number, f"not valid JSON ({reason}): {shown(text)}", hint)
