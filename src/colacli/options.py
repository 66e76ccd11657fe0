"""A request as one flat list of options, and the request that their values make.

A request is a dataclass of dataclasses. The command line and the Python interface name its options by their flags
(`lr`, `batch_size`), and make it here.
"""

from __future__ import annotations

import dataclasses
import difflib
import os
from collections.abc import Iterator, Mapping
from numbers import Integral, Real
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

import msgspec

from colacli.config import flag_of
from colacli.errors import UsageError, check_text


@dataclasses.dataclass(frozen=True)
class Option:
    """One field of a request, or of a dataclass in it."""

    owner: type
    """The dataclass that has the field."""
    field: dataclasses.Field[Any]
    kind: Any
    """Its type."""

    @property
    def flag(self) -> str:
        """Its name on the command line, without dashes before it."""
        return flag_of(self.field.name, self.field.metadata)

    @property
    def name(self) -> str:
        """The flag as a Python name, which variables and files use too."""
        return self.flag.replace("-", "_")

    @property
    def is_list(self) -> bool:
        """Whether it takes several values, on the command line with commas."""
        return get_origin(self.kind) is tuple


def options_of(request: type) -> Iterator[Option]:
    """Every option of a request."""
    hints = get_type_hints(request)
    for field in dataclasses.fields(request):
        kind = hints[field.name]
        if dataclasses.is_dataclass(kind):
            yield from options_of(kind)  # type: ignore[arg-type] # a type, not an object
        else:
            yield Option(request, field, kind)


def build(request: type, values: dict[str, Any]) -> Any:
    """The request of parsed options, which are removed from `values`; a list may be text with commas."""
    hints = get_type_hints(request)
    return request(**{field.name: _value(request, field, hints, values) for field in dataclasses.fields(request)})


def request_of(request: type, given: Mapping[str, Any], what: str) -> Any:
    """The request of values from a program: those of other options are their defaults.

    Args:
        request: the dataclass.
        given: values by name.
        what: whose options these are, for messages.

    Raises:
        UsageError: there is no such option, one that is required is missing, or a value is of another type or outside
            its limits.
    """
    options = {option.name: option for option in options_of(request)}
    for name in given:
        if name not in options:
            raise _unknown(name, options, what)
    values = {name: option.field.default for name, option in options.items()}
    values |= {name: _converted(options[name], value) for name, value in given.items()}
    if missing := [name for name, value in values.items() if value is dataclasses.MISSING]:
        raise UsageError(f"{what} needs {missing[0]}", f"give {missing[0]}=…")
    return build(request, values)


def _value(request: type, field: dataclasses.Field[Any], hints: dict[str, Any], values: dict[str, Any]) -> Any:
    option = Option(request, field, hints[field.name])
    if dataclasses.is_dataclass(option.kind):
        return build(option.kind, values)  # type: ignore[arg-type]
    value = values.pop(option.name)
    if option.is_list and isinstance(value, str) and get_args(option.kind)[0] is str:
        return tuple(part.strip() for part in value.split(",") if part.strip())
    return value


def _unknown(name: str, options: Mapping[str, Option], what: str) -> UsageError:
    """The error for an option that there isn't, with the nearest that there is."""
    names = {name: name for name in options} | {option.field.name: name for name, option in options.items()}
    nearest = [names[match] for match in difflib.get_close_matches(name.replace("-", "_"), names, n=1)]
    hint = f"did you mean {nearest[0]}?" if nearest else f"it has {', '.join(sorted(options))}"
    return UsageError(f"{what} has no option '{name}'", hint)


def _converted(option: Option, value: Any) -> Any:
    """A Python value as the option's type: a path or its text, a number of NumPy's, a list or text with commas."""
    if isinstance(value, os.PathLike):
        value = os.fspath(value)
    elif isinstance(value, Real) and not isinstance(value, bool):
        value = int(value) if isinstance(value, Integral) else float(value)
    if isinstance(value, str):
        check_text(value, option.name)
        if option.is_list:
            return value
    try:
        return msgspec.convert(value, option.kind, dec_hook=_path)
    except msgspec.ValidationError as error:
        raise UsageError(
            f"{option.name}={value!r} is not {described(option)}", option.field.metadata["help"]
        ) from error


def described(option: Option) -> str:
    """The type of an option's values, in words."""
    kinds = {int: "an integer", float: "a number", bool: "True or False", str: "text", Path: "a path"}
    kind = next(kind for kind in (*get_args(option.kind), option.kind) if kind is not type(None))
    if option.is_list:
        return "a list of texts"
    if kind in kinds:
        return kinds[kind] + (" or None" if type(None) in get_args(option.kind) else "")
    return "one of " + ", ".join(choices_of(option))


def choices_of(option: Option) -> list[str]:
    """The words that an option chooses between; none for another kind of option."""
    parts = (option.kind, *get_args(option.kind))
    return [choice for part in parts for choice in get_args(part) if isinstance(choice, str)]


def limits_of(field: dataclasses.Field[Any]) -> str:
    """The limits of a field's values, in brackets; empty for none."""
    limits = field.metadata["limits"].items()
    bounds = [f"{name} {bound:g}" for name, bound in limits if bound < 2**60]  # not a machine word's limit
    return f" ({', '.join(bounds)})" if bounds else ""


def _path(kind: type, value: Any) -> Path:
    if kind is Path and isinstance(value, str):
        return Path(value)
    raise ValueError(f"a value can't be a {kind.__name__}")
