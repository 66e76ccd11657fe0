"""Settings from TOML files: below flags and environment variables, above defaults."""

from __future__ import annotations

import os
import string
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from colacli.errors import UsageError
from colacli.sharing.address import Address

if TYPE_CHECKING:
    from collections.abc import Mapping

LOCAL = Path("colacli.toml")
REMOTES = "remotes"
"""The one table that is no command's."""


def load_config(context: typer.Context, path: str | None) -> str | None:
    """Take a command's defaults from `--config FILE`, and what it leaves open from the working folder's `colacli.toml`.

    A file has a table for each command, named as on the command line: `[finetune]`,
    `[train-student]`, `[runs.list]`; and `[remotes]`, which `find_remote` reads.

    Raises:
        UsageError: the file can't be read, or says something no command knows.
    """
    if context.resilient_parsing:
        return path
    files = [LOCAL] if LOCAL.is_file() else []
    defaults: dict[str, Any] = {}
    remotes: dict[str, Any] = {}
    for file in [*files, Path(path)] if path is not None else files:
        settings = _read(file)
        remotes |= _check_remotes(file, settings.pop(REMOTES, {}))
        _check_commands(file, settings, context.find_root().command, [])
        for name in context.command_path.split()[1:]:
            settings = settings.get(name, {})
        defaults |= {key.replace("-", "_"): _joined(value) for key, value in settings.items()}
    context.default_map = defaults
    context.meta[REMOTES] = remotes
    return path


def find_remote(context: typer.Context, given: Address) -> Address:
    """The address that a name stands for in `[remotes]`; a URL is one.

    Its texts may hold `$NAME`, an environment variable, so that no secret need be in a file.

    Raises:
        UsageError: there is no such name or variable.
    """
    if "://" in given.url:
        return given
    remotes = context.meta.get(REMOTES, {})
    if given.url not in remotes:
        known = f"known are {', '.join(remotes)}" if remotes else "there is no [remotes] in the settings"
        raise UsageError(f"there is no remote '{given.url}'", f"{known}; or give a URL, as in file:///folder")
    settings = remotes[given.url]
    try:
        return Address(**_substituted({"url": settings} if isinstance(settings, str) else settings))
    except (KeyError, ValueError) as error:
        hint = "set the environment variable; a '$' itself is written '$$'"
        raise UsageError(f"[{REMOTES}] {given.url} names a variable that is not set: {error}", hint) from error


def _substituted(value: Any) -> Any:
    if isinstance(value, str):
        return string.Template(value).substitute(os.environ)
    if isinstance(value, dict):
        return {name: _substituted(one) for name, one in value.items()}
    return [_substituted(one) for one in value] if isinstance(value, list) else value


def _check_remotes(file: Path, remotes: Any) -> dict[str, Any]:
    """Every remote is a URL, or a table of a URL and options."""
    for name, content in remotes.items() if isinstance(remotes, dict) else [("", remotes)]:
        table = {"url": content} if isinstance(content, str) else content
        sound = isinstance(table, dict) and {*table} <= {"url", "options"} and "://" in str(table.get("url"))
        if not sound or not isinstance(table.get("options", {}), dict):
            raise UsageError(
                f"{file}: [{REMOTES}] {name} is not a remote", 'write name = "s3://bucket/prefix", or {url, options}'
            )
    return dict(remotes)


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"--config {file}: {error.strerror or error}", "name a TOML file") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UsageError(f"{file} is not TOML: {error}", "see docs/cli.md for an example") from error


def _check_commands(file: Path, settings: Mapping[str, Any], group: Any, path: list[str]) -> None:
    """Every table is a command's and every key an option of it."""
    for name, content in settings.items():
        where = ".".join([*path, name])
        command = group.commands.get(name)
        if command is None or not isinstance(content, dict):
            raise UsageError(f"{file}: there is no command '{where}'", f"known here: {', '.join(group.commands)}")
        if hasattr(command, "commands"):
            _check_commands(file, content, command, [*path, name])
            continue
        options = {one.name: one for one in command.params if one.param_type_name == "option"}
        options = {name: one for name, one in options.items() if name not in ("help", "config")}
        for key, value in content.items():
            option = options.get(key.replace("-", "_"))
            if option is None:
                known = ", ".join(sorted(name.replace("_", "-") for name in options))
                raise UsageError(f"{file}: [{where}] has no option '{key}'", f"it has {known}")
            if isinstance(value, bool) and not getattr(option, "is_flag", False):
                raise UsageError(
                    f"{file}: [{where}] {key} = {str(value).lower()} is not a value", "give a number or text"
                )


def _joined(value: Any) -> Any:
    """A list of words as the comma-separated text its option takes."""
    return ",".join(map(str, value)) if isinstance(value, list) else value
