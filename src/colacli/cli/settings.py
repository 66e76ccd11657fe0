"""Settings from the environment and from TOML files, where each comes from, and which of them need trust."""

from __future__ import annotations

import difflib
import os
import re
import tomllib
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import typer

from colacli.cli.remotes import REMOTES, SETTINGS_FILES, check_remotes
from colacli.cli.trust import is_trusted, user_file
from colacli.config import Distillation, Labels, Lora, Student, Training, flag_of
from colacli.errors import UsageError
from colacli.sharing.address import shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

LOCAL = Path("colacli.toml")
_VARIABLES = ("COLACLI_HOME", "COLACLI_COLA_DIR", "COLACLI_CONFIG_DIR")
"""Those that are no command's."""
_FIELDS = [
    (flag_of(one.name, one.metadata), str(one.type))
    for kind in (Distillation, Labels, Lora, Student, Training)
    for one in fields(kind)
]
_LISTS = {flag for flag, kind in _FIELDS if kind.startswith("tuple")}
"""Options of which empty text is a value."""
_PATHS = {"base", "data", "teacher", "run", "transfer", "home", "output", "save"}
"""Options in which `~` is the user's folder, as in a shell."""
_HARMLESS = {flag for flag, _ in _FIELDS} | {
    *("variant", "base", "data", "split", "teacher", "run", "device", "seeds", "jobs", "checkpoint-every", "dry-run"),
    *("transfer", "transfer-size", "transfer-seed", "prompt", "max-new-tokens", "top-k", "top-p", "num-samples"),
    *("deep", "json", "debug", "force-precision"),
}
"""Options that a folder may set which nobody has trusted: none lets anything run, be sent, written over or deleted."""


@dataclass(frozen=True)
class File:
    """A file with settings, read once."""

    path: Path
    level: Literal["user", "folder", "--config"]
    trusted: bool
    commands: Mapping[str, Any]
    remotes: Mapping[str, Any]

    def options(self, words: list[str]) -> dict[str, Any]:
        """What it says to a command: option, with dashes, and value."""
        table: Any = self.commands
        for word in words:
            table = table.get(word, {})
        return {key.replace("_", "-"): value for key, value in table.items() if not isinstance(value, dict)}

    def allows(self, option: str) -> bool:
        """Whether it may set an option."""
        return self.trusted or option in _HARMLESS

    def untrusted(self, what: str) -> UsageError:
        """The error for what it may not set."""
        return UsageError(
            f"{self.path.absolute()} sets {what}, and this folder is not trusted",
            "read the file; `colacli config trust` lets it set everything, as long as it stays as it is",
        )


@dataclass(frozen=True)
class Setting:
    """What a file or a variable says of an option."""

    command: str
    option: str
    value: str
    source: str
    """The variable, or the file's path."""
    applies: bool
    """False where the file needs trust for it."""

    @property
    def origin(self) -> str:
        """In a message, instead of the flag."""
        is_variable = self.source == variable_of(self.command.split("."), self.option)
        return self.source if is_variable else f"{self.option} in [{self.command}] of {self.source}"


def read_files(root: Any, config: str | None) -> list[File]:
    """The files that speak, the last one loudest: the user's own, the working folder's, the one of `--config`.

    Raises:
        UsageError: one can't be read, or says something that no command knows.
    """
    files = []
    if (own := user_file()) and own.is_file():
        files.append(_read(root, own, "user"))
    if LOCAL.is_file():
        files.append(_read(root, LOCAL, "folder"))
    return [*files, _read(root, Path(config), "--config")] if config is not None else files


def load_config(context: typer.Context, path: str | None) -> str | None:
    """Take a command's defaults from the files.

    A file has a table for each command, named as on the command line: `[finetune]`,
    `[train-student]`, `[runs.list]`; and `[remotes]`, which `find_remote` reads.

    Raises:
        UsageError: a file can't be used, needs trust, or a variable is no option's.
    """
    if context.resilient_parsing:
        return path
    root, words = context.find_root().command, context.command_path.split()[1:]
    _check_variables(root)
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


def blamed(context: typer.Context, message: str) -> str:
    """A message about flags that were not given, told of the variables and files that set them."""
    words = context.command_path.split()[1:]
    for option in context.command.params:
        source = getattr(context.get_parameter_source(str(option.name)), "name", "")
        if source not in ("ENVIRONMENT", "DEFAULT_MAP"):
            continue
        for setting in _sources(words, str(option.name).replace("_", "-"), context.meta[SETTINGS_FILES])[-1:]:
            for flag in (*option.opts, *option.secondary_opts):
                pattern = rf"'?(?<![\w-]){re.escape(flag)}(?![\w-])'?"
                message = re.sub(pattern, setting.origin.replace("\\", r"\\"), message)
    return message


def survey(context: typer.Context) -> dict[str, Any]:
    """Which files and variables set something, and whether it applies; values as text, addresses as they are shown."""
    files: list[File] = context.meta[SETTINGS_FILES]
    found = []
    for words, option, _ in options_of(context.find_root().command, []):
        sources = _sources(words, option, files)
        holding = [one for one in sources if one.applies][-1:]
        found += holding + [one for one in sources if not one.applies]
    for file in files:
        for name, remote in file.remotes.items():
            url = remote if isinstance(remote, str) else remote["url"]
            found.append(Setting(REMOTES, name, shown(url), str(file.path), file.trusted))
    return {
        "files": [{"path": str(file.path.absolute()), "level": file.level, "trusted": file.trusted} for file in files],
        "settings": [asdict(one) for one in found],
    }


def _sources(words: list[str], option: str, files: list[File]) -> list[Setting]:
    """Everything that sets an option, the loudest last."""
    command, variable = ".".join(words), variable_of(words, option)
    values = [(file, file.options(words)[option]) for file in files if option in file.options(words)]
    found = [Setting(command, option, _shown(value), str(file.path), file.allows(option)) for file, value in values]
    if os.environ.get(variable) or (option in _LISTS and variable in os.environ):
        found.append(Setting(command, option, os.environ[variable], variable, applies=True))
    return found


def _shown(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(_as_text("", value))


def variable_of(words: list[str], option: str) -> str:
    """The environment variable of a command's option."""
    return "_".join(["COLACLI", *words, option]).upper().replace("-", "_")


def options_of(group: Any, words: list[str]) -> Iterator[tuple[list[str], str, Any]]:
    """Every command's words, and each of its options that can be set elsewhere than on the command line."""
    for one in group.params if words else []:
        if one.param_type_name == "option" and one.name not in ("help", "config"):
            yield words, one.name.replace("_", "-"), one
    for name, command in getattr(group, "commands", {}).items():
        yield from options_of(command, [*words, name])


def _check_variables(root: Any) -> None:
    """Every variable that begins as a command's do is one of its options; another that nearly is one is mistyped."""
    options = [(words, option) for words, option, _ in options_of(root, [])]
    known = {*_VARIABLES, *(variable_of(words, option) for words, option in options)}
    known |= {variable_of(words, "config") for words, _ in options}
    commands = tuple({variable_of(words, "") for words, _ in options})
    for name in sorted(name for name in os.environ if name.startswith("COLACLI_") and name not in known):
        near = difflib.get_close_matches(name, known, n=1, cutoff=0.85)
        if near or name.startswith(commands):
            hint = f"did you mean {near[0]}?" if near else "COLACLI_<COMMAND>_<OPTION> is; `--help` says the options"
            raise UsageError(f"the environment variable {name} is no option's", hint)


def _read(root: Any, path: Path, level: Literal["user", "folder", "--config"]) -> File:
    try:
        content = path.read_bytes()
        settings = tomllib.loads(content.decode("utf-8-sig"))
    except OSError as error:
        flag = "--config " if level == "--config" else ""
        raise UsageError(f"{flag}{path}: {error.strerror or error}", "name a TOML file") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UsageError(f"{path} is not TOML: {error}", "see docs/cli.md for an example") from error
    remotes = settings.pop(REMOTES, {})
    check_remotes(path, remotes)
    _check_commands(path, settings, root, [])
    return File(path, level, level != "folder" or is_trusted(path, content), settings, remotes)


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
        options = {option: one for _, option, one in options_of(command, [*path, name])}
        for key, value in content.items():
            option = options.get(key.replace("_", "-"))
            if option is None:
                raise UsageError(f"{file}: [{where}] has no option '{key}'", f"it has {', '.join(sorted(options))}")
            if isinstance(value, dict) or (isinstance(value, bool) and not option.is_flag):
                raise UsageError(f"{file}: [{where}] {key} = {_shown(value)} is not a value", "give a number or text")


def _as_text(option: str, value: Any) -> Any:
    """A value as its option takes it: a list as comma-separated text, `~` as the user's folder."""
    if isinstance(value, str) and option in _PATHS and value.startswith("~"):
        return os.path.expanduser(value)  # noqa: PTH111 # leaves alone what is no user's
    return ",".join(map(str, value)) if isinstance(value, list) else value
