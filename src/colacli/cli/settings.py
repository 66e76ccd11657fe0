"""Settings from environment variables and TOML files: their values, their sources, and which of them need trust."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Literal

import typer

from colacli.cli.remotes import REMOTES, SETTINGS_FILES, check_remotes
from colacli.cli.settings_checks import (
    check_tables,
    check_variables,
    options_of,
    shown_default,
    shown_value,
    variable_of,
)
from colacli.cli.trust import is_trusted, user_file
from colacli.config import DEFAULT, Labels, Lora, Student, Training, flag_of
from colacli.distillation import Distillation
from colacli.errors import UsageError
from colacli.ngrams import Ngrams
from colacli.sharing.address import shown

LOCAL = Path("colacli.toml")
Level = Literal["user", "folder", "--config"]

_SPEC_FIELDS = [
    (flag_of(field.name, field.metadata), str(field.type))
    for kind in (Distillation, Labels, Lora, Ngrams, Student, Training)
    for field in fields(kind)
]
_LISTS = {flag for flag, kind in _SPEC_FIELDS if kind.startswith("tuple")}
"""Options for which empty text is a value."""
_PATHS = {"base", "data", "teacher", "run", "text", "transfer", "home", "output", "save", "per-sentence", "features"}
"""Options in which `~` is the user's folder, as in a shell."""
UNRESTRICTED = {flag for flag, _ in _SPEC_FIELDS} | set(
    """
    variant base data columns labels quoting split teacher run device seeds jobs checkpoint-every dry-run transfer
    transfer-size transfer-seed train-repeats prompt max-new-tokens top-k top-p num-samples deep json debug
    force-precision errors disagreements most quantize merged licence export pairs paradigm score bos columns beside
    title mistakes negatives larger threads set student-base text size partition minutes memory all-pairs defaults probe
    measure
    """.split()  # noqa: SIM905
)
"""Options that an untrusted folder may set: none of them executes, sends, overwrites or deletes anything."""


@dataclass(frozen=True)
class SettingsFile:
    """A file with settings, read once."""

    path: Path
    level: Level
    trusted: bool
    commands: Mapping[str, Any]
    remotes: Mapping[str, Any]

    def options(self, words: list[str]) -> dict[str, Any]:
        """A command's options in this file, with dashes, and their values."""
        table: Any = self.commands
        for word in words:
            table = table.get(word, {})
        return {key.replace("_", "-"): value for key, value in table.items() if not isinstance(value, dict)}

    def allows(self, option: str) -> bool:
        """Whether it may set an option."""
        return self.trusted or option in UNRESTRICTED

    def untrusted(self, setting: str) -> UsageError:
        """The error for a setting that needs trust."""
        return UsageError(
            f"{self.path.absolute()} sets {setting}, and this folder is not trusted",
            "read the file; `colacli config trust` lets it set everything, as long as it stays as it is",
        )


@dataclass(frozen=True)
class Setting:
    """An option's value in a file or an environment variable."""

    command: str
    option: str
    value: str
    source: str
    """The variable, the file's path, or `DEFAULT`."""
    applies: bool
    """False where the file needs trust for it."""

    @property
    def origin(self) -> str:
        """For messages, in place of the flag."""
        is_variable = self.source == variable_of(self.command.split("."), self.option)
        return self.source if is_variable else f"{self.option} in [{self.command}] of {self.source}"


def load_config(context: typer.Context, path: str | None) -> str | None:
    """Take a command's defaults from the files.

    A file has a table for each command, named as on the command line: `[finetune]`, `[train-student]`, `[runs.list]`;
    and `[remotes]`, which `find_remote` reads.

    Raises:
        UsageError: a file is invalid or needs trust, or a variable is not an option's.
    """
    if context.resilient_parsing:
        return path
    root, words = context.find_root().command, context.command_path.split()[1:]
    check_variables(context)
    files = read_files(root, path)
    defaults: dict[str, Any] = {}
    for file in files:
        for option, value in file.options(words).items():
            if not file.allows(option):
                raise file.untrusted(f"{option} in [{'.'.join(words)}]")
            defaults[option.replace("-", "_")] = _as_text(option, value)
    defaults |= {flag.replace("-", "_"): "" for flag in _LISTS if os.environ.get(variable_of(words, flag)) == ""}
    context.default_map = defaults
    context.meta[SETTINGS_FILES] = files
    if context.obj is not None:
        context.obj.context = context
    return path


def read_files(root: Any, config: str | None) -> list[SettingsFile]:
    """The user's file, the working folder's and that of `--config`; a later one overrides an earlier one.

    Raises:
        UsageError: one can't be read, or has a table or a key that no command knows.
    """
    files = []
    if (own := user_file()) and own.is_file():
        files.append(_read(root, own, "user"))
    if LOCAL.is_file():
        files.append(_read(root, LOCAL, "folder"))
    return [*files, _read(root, Path(config), "--config")] if config is not None else files


def name_sources(context: typer.Context, message: str) -> str:
    """A message with the variables and files that set an option, in place of flags that were not given."""
    words = context.command_path.split()[1:]
    for option in context.command.params:
        source = getattr(context.get_parameter_source(str(option.name)), "name", "")
        if source not in ("ENVIRONMENT", "DEFAULT_MAP"):
            continue
        for setting in _settings_of(words, str(option.name).replace("_", "-"), context.meta[SETTINGS_FILES])[-1:]:
            for flag in (*option.opts, *option.secondary_opts):
                pattern = rf"'?(?<![\w-]){re.escape(flag)}(?![\w-])'?"
                message = re.sub(pattern, setting.origin.replace("\\", r"\\"), message)
    return message


def settings_document(context: typer.Context, *, defaults: bool) -> dict[str, Any]:
    """Every settings file and setting, as plain JSON values; addresses of remotes without their secrets.

    Args:
        context: of the command that shows them.
        defaults: whether those options that nothing sets are there too.
    """
    files: list[SettingsFile] = context.meta[SETTINGS_FILES]
    settings = []
    for words, option, parameter in options_of(context.find_root().command, []):
        candidates = _settings_of(words, option, files)
        if defaults and not any(setting.applies for setting in candidates):
            settings.append(Setting(".".join(words), option, shown_default(parameter), DEFAULT, applies=True))
        settings += [setting for setting in candidates if setting.applies][-1:]
        settings += [setting for setting in candidates if not setting.applies]
    for file in files:
        for name, remote in file.remotes.items():
            url = remote if isinstance(remote, str) else remote["url"]
            settings.append(Setting(REMOTES, name, shown(url), str(file.path), file.trusted))
    return {
        "files": [{"path": str(file.path.absolute()), "level": file.level, "trusted": file.trusted} for file in files],
        "settings": [asdict(setting) for setting in settings],
    }


def _settings_of(words: list[str], option: str, files: list[SettingsFile]) -> list[Setting]:
    """Every setting of an option; a later one overrides an earlier one."""
    command, variable = ".".join(words), variable_of(words, option)
    values = [(file, file.options(words)[option]) for file in files if option in file.options(words)]
    settings = [
        Setting(command, option, shown_value(value), str(file.path), file.allows(option)) for file, value in values
    ]
    if os.environ.get(variable) or (option in _LISTS and variable in os.environ):
        settings.append(Setting(command, option, os.environ[variable], variable, applies=True))
    return settings


def _read(root: Any, path: Path, level: Level) -> SettingsFile:
    import tomllib

    try:
        content = path.read_bytes()
        tables = tomllib.loads(content.decode("utf-8-sig"))
    except OSError as error:
        flag = "--config " if level == "--config" else ""
        raise UsageError(f"{flag}{path}: {error.strerror or error}", "name a TOML file") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UsageError(f"{path} is not TOML: {error}", "see docs/cli.md for an example") from error
    remotes = tables.pop(REMOTES, {})
    check_remotes(path, remotes)
    check_tables(path, tables, root, [])
    return SettingsFile(path, level, level != "folder" or is_trusted(path, content), tables, remotes)


def _as_text(option: str, value: Any) -> Any:
    """A value as its option takes it: a list as comma-separated text, `~` as the user's folder."""
    if isinstance(value, str) and option in _PATHS and value.startswith("~"):
        return os.path.expanduser(value)  # noqa: PTH111 # leaves an unknown user's as it is
    return ",".join(map(str, value)) if isinstance(value, list) else value
