"""Values that need no interpretation, without Typer's conversion.

For that Typer imports pydantic, which was a third of the time of a command that has nothing to compute. `--epochs 3` is
3 and `--name kd` is "kd"; what is not as plain, and every error, is left to Typer. So a value means the same with and
without this: tests compare both.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from math import inf
from pathlib import Path
from typing import Any, get_args, get_origin

from typer.models import OptionInfo

NOT_PLAIN = object()
_RULES = (
    *("parser", "case_sensitive", "clamp"),
    *("exists", "file_okay", "dir_okay", "writable", "readable", "resolve_path", "allow_dash", "path_type"),
)
"""What a parameter may ask of its values, beside limits: then Typer looks at each."""
_NO_RULES = OptionInfo()
_INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,17})")
_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?(e-?[0-9]{1,2})?")


class PlainValues:
    """What a parameter of Typer converts values with: as its own does it, which is made when it is needed."""

    def __init__(self, parameter: Any) -> None:
        self._parameter = parameter
        self._annotation = parameter.type_descriptor.annotation
        self._info = parameter.type_descriptor.parameter_info
        self._has_rules = any(getattr(self._info, rule) != getattr(_NO_RULES, rule) for rule in _RULES)

    def coerce(self, value: Any, *, param: Any, ctx: Any) -> Any:
        """The value as the command gets it.

        Raises:
            BadParameter: Typer's; it is not of the parameter's type, or outside its limits.
        """
        plain = plain_value(self._annotation, value) if value is None or not self._has_rules else NOT_PLAIN
        if plain is not NOT_PLAIN and self._is_within_limits(plain):
            return plain
        return type(self._parameter).get_runtime_param(self._parameter).coerce(value, param=param, ctx=ctx)

    def _is_within_limits(self, value: Any) -> bool:
        low, high = self._info.min, self._info.max
        if value is None or low is high is None:
            return True
        is_number = isinstance(value, int | float)
        return is_number and (-inf if low is None else low) <= value <= (inf if high is None else high)


def take_plain_values(command: Any) -> None:
    """Let a command take plain values as they are; of a group, all its commands as well."""
    get_params = command.get_params
    command.get_params = lambda context: with_plain_values(get_params(context))
    for inner in getattr(command, "commands", {}).values():
        take_plain_values(inner)


def with_plain_values(parameters: Sequence[Any]) -> Sequence[Any]:
    """The parameters, which take plain values as they are."""
    for parameter in parameters:
        parameter.get_runtime_param = lambda parameter=parameter: PlainValues(parameter)
    return parameters


def plain_value(annotation: Any, value: Any) -> Any:
    """A value as its type, or NOT_PLAIN."""
    is_list = get_origin(annotation) is list
    if value is None:
        return () if is_list else None
    if is_list and isinstance(value, tuple):
        values = [plain_value(get_args(annotation)[0], one) for one in value]
        return NOT_PLAIN if NOT_PLAIN in values else values
    if type(value) is str:
        return _read(annotation, value)
    return value if type(value) is annotation else NOT_PLAIN


def _read(annotation: Any, text: str) -> Any:
    """Text as given in a command line, a variable or a file."""
    if annotation is str or text in get_args(annotation):
        return text
    if annotation is int and _INTEGER.fullmatch(text):
        return int(text)
    if annotation is float and _NUMBER.fullmatch(text):
        return float(text)
    if annotation is Path and text.isprintable() and (not os.path.lexists(text) or os.access(text, os.R_OK)):
        return Path(text)
    return NOT_PLAIN
