"""Which settings there are, and what is wrong with those that a user has made: mistyped names above all."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from colacli.cli.remotes import REMOTES
from colacli.errors import UsageError, did_you_mean

_GENERAL_VARIABLES = ("COLACLI_HOME", "COLACLI_COLA_DIR", "COLACLI_CONFIG_DIR", "COLACLI_CC", "COLACLI_CUDA_GRAPHS")


def variable_of(words: list[str], option: str) -> str:
    """The environment variable of a command's option."""
    return "_".join(["COLACLI", *words, option]).upper().replace("-", "_")


def options_of(group: Any, words: list[str]) -> Iterator[tuple[list[str], str, Any]]:
    """Every command's words, and each of its options that can be set in files and variables."""
    for parameter in group.params if words else []:
        if parameter.param_type_name == "option" and parameter.name not in ("help", "config"):
            yield words, parameter.name.replace("_", "-"), parameter
    for name, command in getattr(group, "commands", {}).items():
        yield from options_of(command, [*words, name])


def check_variables(context: Any) -> None:
    """Refuse variables that look like an option's and are not: mistyped ones, and others of a command.

    Only where there is a variable that is not the command's own are all commands imported and asked.
    """
    group, words = context.command, context.command_path.split()[1:]
    own = {variable_of(words, "config"), *(variable_of(words, option) for _, option, _ in options_of(group, words))}
    names = sorted(name for name in os.environ if name.startswith("COLACLI_"))
    if {*names} <= {*_GENERAL_VARIABLES, *own}:
        return
    options = [(words, option) for words, option, _ in options_of(context.find_root().command, [])]
    known = {*_GENERAL_VARIABLES, *(variable_of(words, option) for words, option in options)}
    known |= {variable_of(words, "config") for words, _ in options}
    commands = tuple({variable_of(words, "") for words, _ in options})
    for name in (name for name in names if name not in known):
        near = difflib.get_close_matches(name, known, n=1, cutoff=0.85)
        if near or name.startswith(commands):
            hint = f"did you mean {near[0]}?" if near else "use COLACLI_<COMMAND>_<OPTION>; `--help` shows the options"
            raise UsageError(f"the environment variable {name} belongs to no option", hint)


def check_tables(file: Path, tables: Mapping[str, Any], group: Any, words: list[str]) -> None:
    """Check that every table is a command's and every key an option of it."""
    top = [] if words else [REMOTES]  # a table that is no command's
    for name, table in tables.items():
        path = [*words, name]
        section, command = ".".join(path), group.commands.get(name)
        if command is None or not isinstance(table, dict):
            hint = f"{did_you_mean(name, [*group.commands, *top])}known here: {', '.join(group.commands)}"
            raise UsageError(f"{file}: there is no command '{section}'", hint)
        if hasattr(command, "commands"):
            check_tables(file, table, command, path)
            continue
        options = {option: parameter for _, option, parameter in options_of(command, path)}
        for key, value in table.items():
            option = options.get(key.replace("_", "-"))
            if option is None:
                hint = f"{did_you_mean(key.replace('_', '-'), options)}it has {', '.join(sorted(options))}"
                raise UsageError(f"{file}: [{section}] has no option '{key}'", hint)
            if isinstance(value, dict) or (isinstance(value, bool) and not option.is_flag):
                raise UsageError(
                    f"{file}: [{section}] {key} = {shown_value(value)} is not a value", "give a number or text"
                )


def shown_value(value: Any) -> str:
    """A value as messages and `config` show it."""
    if isinstance(value, list):
        return ",".join(map(str, value))
    return str(value).lower() if isinstance(value, bool) else str(value)


def shown_default(parameter: Any) -> str:
    """An option's default in words: a value, what is computed later, "none" or "required"."""
    if isinstance(parameter.show_default, str):
        return parameter.show_default
    if parameter.default is None:
        return "required" if parameter.required else "none"
    return shown_value(parameter.default)
