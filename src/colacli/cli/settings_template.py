"""A `colacli.toml` to start from: every option of commands, with its help, and its default as a comment."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any, Literal, get_args, get_origin

from colacli import __version__
from colacli.cli.settings import UNRESTRICTED
from colacli.cli.settings_checks import options_of, shown_default
from colacli.errors import UsageError, did_you_mean

_EVERYWHERE = {"json", "debug", "defaults"}
"""Options of how a command is called once, not of what it does."""
_HEAD = f"""\
# Settings of colacli in this folder, written by colacli {__version__}.
# To set one, remove the # before its name; the values are the defaults. Lines that begin with "# " explain.
# A flag or an environment variable on the command line goes before this file: `colacli config` shows what holds.
# Options that overwrite, delete or send are named only: this file may set them where the folder is trusted,
# `colacli config trust`, and must be trusted again when it changes.
"""


def template(root: Any, names: Sequence[str] = ()) -> str:
    """The file's text.

    Uncommented it is what the commands do anyway, and may be set by a folder that nobody trusts.

    Args:
        root: the command that has all others.
        names: commands to write a table for, as in "runs list" or "runs.list"; none for all.

    Raises:
        UsageError: there is no such command.
    """
    settable = [one for one in options_of(root, []) if one[1] not in _EVERYWHERE]
    tables = {".".join(words): list(options) for words, options in groupby(settable, lambda one: one[0])}
    chosen = [name.replace(" ", ".") for name in names] or list(tables)
    for name in chosen:
        if name not in tables:
            hint = f"{did_you_mean(name, tables)}known are {', '.join(tables)}"
            raise UsageError(f"there is no command '{name}' with options", hint)
    parts = [_table(name, [(option, parameter) for _, option, parameter in tables[name]]) for name in chosen]
    return "\n".join([_HEAD, *parts])


def _table(name: str, options: Sequence[tuple[str, Any]]) -> str:
    trusted = [option for option, _ in options if option not in UNRESTRICTED]
    lines = [line for option, parameter in options if option in UNRESTRICTED for line in _lines(option, parameter)]
    if trusted:
        lines.append(f"# Only in a trusted folder: {', '.join(trusted)}.")
    return "\n".join([f"[{name}]", *lines, ""])


def _lines(option: str, parameter: Any) -> Iterator[str]:
    text, choices = " ".join((parameter.help or "").split()), _choices(parameter)
    yield f"# {text}{f' One of {choices}.' if choices else ''}"
    if parameter.default is None:
        yield f"# {option} = ...   (default: {shown_default(parameter)})"
    else:
        yield f"#{option} = {_value(parameter.default)}"


def _choices(parameter: Any) -> str:
    annotation = parameter.type_descriptor.annotation
    return ", ".join(map(str, get_args(annotation))) if get_origin(annotation) is Literal else ""


def _value(value: Any) -> str:
    """A TOML value: JSON's texts, numbers and truth values are TOML's too."""
    return json.dumps(value if isinstance(value, bool | int | float) else str(value))
