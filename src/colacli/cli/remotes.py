"""Remotes by name: the table `[remotes]` of the settings."""

from __future__ import annotations

import os
import re
import string
from typing import TYPE_CHECKING, Any

import typer

from colacli.errors import UsageError
from colacli.sharing.address import Address

if TYPE_CHECKING:
    from pathlib import Path

REMOTES = "remotes"
"""The one table that is no command's."""
SETTINGS_FILES = "settings files"
"""What a command's context knows the files by that were read for it."""


def find_remote(context: typer.Context, given: str) -> Address:
    """The address that a name stands for in `[remotes]`; a URL is one.

    Its texts may hold `$NAME`, an environment variable, so that no secret need be in a file.

    Raises:
        UsageError: there is no such name or variable, its file needs trust, or it is no address.
    """
    if "://" in given:
        return Address(given)
    files = [file for file in context.meta.get(SETTINGS_FILES, []) if file.remotes]
    known = [name for file in files for name in file.remotes]
    if given not in known:
        name = f" '{given}'" if re.fullmatch(r"[\w.-]+", given) else " of this name"  # it may be a URL with a secret
        hint = f"known are {', '.join(known)}" if known else "there is no [remotes] in the settings"
        raise UsageError(f"there is no remote{name}", f"{hint}; or give a URL, as in file:///folder")
    file = next(file for file in reversed(files) if given in file.remotes)
    if not file.trusted:
        raise file.untrusted(f"{given} in [{REMOTES}]")
    settings, where = file.remotes[given], f"{given} in [{REMOTES}] of {file.path}"
    try:
        return Address(**_substituted({"url": settings} if isinstance(settings, str) else settings))
    except UsageError as error:
        raise UsageError(f"{where}: {error.message}", error.hint) from error
    except (KeyError, ValueError) as error:
        hint = "set the environment variable; a '$' itself is written '$$'"
        raise UsageError(f"{where} names a variable that is not set: {error}", hint) from error


def _substituted(value: Any) -> Any:
    if isinstance(value, str):
        return string.Template(value).substitute(os.environ)
    if isinstance(value, dict):
        return {name: _substituted(one) for name, one in value.items()}
    return [_substituted(one) for one in value] if isinstance(value, list) else value


def check_remotes(file: Path, remotes: Any) -> None:
    """See that every remote is a URL, or a table of a URL and options.

    Raises:
        UsageError: one is not.
    """
    for name, content in remotes.items() if isinstance(remotes, dict) else [("", remotes)]:
        table = {"url": content} if isinstance(content, str) else content
        sound = isinstance(table, dict) and {*table} <= {"url", "options"} and "://" in str(table.get("url"))
        if not sound or not isinstance(table.get("options", {}), dict):
            raise UsageError(
                f"{file}: [{REMOTES}] {name} is not a remote", 'write name = "s3://bucket/prefix", or {url, options}'
            )
