"""Settings from TOML files: below flags and environment variables, above defaults."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from colacli.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

LOCAL = Path("colacli.toml")


def load_config(context: typer.Context, path: str | None) -> str | None:
    """Take a command's defaults from `--config FILE`, and what it leaves open from the working folder's `colacli.toml`.

    A file has a table for each command, named as on the command line: `[finetune]`,
    `[train-student]`, `[runs.list]`.

    Raises:
        UsageError: the file can't be read, or says something no command knows.
    """
    if context.resilient_parsing:
        return path
    files = [LOCAL] if LOCAL.is_file() else []
    defaults: dict[str, Any] = {}
    for file in [*files, Path(path)] if path is not None else files:
        settings = _read(file)
        _check_commands(file, settings, context.find_root().command, [])
        for name in context.command_path.split()[1:]:
            settings = settings.get(name, {})
        defaults |= {key.replace("-", "_"): _joined(value) for key, value in settings.items()}
    context.default_map = defaults
    return path


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
