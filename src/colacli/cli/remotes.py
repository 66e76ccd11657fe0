"""Remotes by name, from the table `[remotes]` of the settings."""

from __future__ import annotations

import os
import re
import string
from pathlib import Path
from typing import Any

import typer

from colacli.errors import UsageError
from colacli.sharing.address import Address

REMOTES = "remotes"
"""The only table that does not belong to a command."""
SETTINGS_FILES = "settings files"
"""The key of `context.meta` under which a command's settings files are."""


def find_remote(context: typer.Context, reference: str) -> Address:
    """The address of a remote, named in `[remotes]` or given as a URL.

    Texts in `[remotes]` may contain `$NAME`, an environment variable, so that a file needs no secrets.

    Raises:
        UsageError: there is no such name or variable, its file is not trusted, or the address is invalid.
    """
    if "://" in reference:
        return Address(reference)
    files = [file for file in context.meta.get(SETTINGS_FILES, []) if file.remotes]
    names = [name for file in files for name in file.remotes]
    if reference not in names:
        # A reference that is not like a name is not repeated: it may be a URL with a secret.
        name = f" '{reference}'" if re.fullmatch(r"[\w.-]+", reference) else " of this name"
        hint = f"known are {', '.join(names)}" if names else "there is no [remotes] in the settings"
        raise UsageError(f"there is no remote{name}", f"{hint}; or give a URL, as in file:///folder")
    file = next(file for file in reversed(files) if reference in file.remotes)
    setting = f"{reference} in [{REMOTES}]"
    if not file.trusted:
        raise file.untrusted(setting)
    table = file.remotes[reference]
    try:
        return Address(**_substitute({"url": table} if isinstance(table, str) else table))
    except UsageError as error:
        raise UsageError(f"{setting} of {file.path}: {error.message}", error.hint) from error
    except (KeyError, ValueError) as error:
        message = f"{setting} of {file.path} names a variable that is not set: {error}"
        raise UsageError(message, "set the environment variable; a '$' itself is written '$$'") from error


def _substitute(value: Any) -> Any:
    if isinstance(value, str):
        return string.Template(value).substitute(os.environ)
    if isinstance(value, dict):
        return {name: _substitute(item) for name, item in value.items()}
    return [_substitute(item) for item in value] if isinstance(value, list) else value


def check_remotes(file: Path, remotes: Any) -> None:
    """Check that every remote is a URL, or a table of a URL and options.

    Raises:
        UsageError: one is not.
    """
    for name, content in remotes.items() if isinstance(remotes, dict) else [("", remotes)]:
        table = {"url": content} if isinstance(content, str) else content
        is_table = isinstance(table, dict) and {*table} <= {"url", "options"} and "://" in str(table.get("url"))
        if not is_table or not isinstance(table.get("options", {}), dict):
            raise UsageError(
                f"{file}: [{REMOTES}] {name} is not a remote", 'write name = "s3://bucket/prefix", or {url, options}'
            )
