"""Completion in shells: a script of plain shell code, written from the commands themselves.

It starts no Python: commands, options and choices stand in it; runs and corpora are listed from the store's folders.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from colacli import __version__
from colacli.cli.shells import MARK, Shell
from colacli.config import Lora
from colacli.data.corpus import HOLDOUT, POOLED_DEV, SPLITS
from colacli.data.locate import COLA
from colacli.data.pairs import BLIMP
from colacli.data.repositories import published
from colacli.data.sample import SAMPLE
from colacli.distillation import RECIPES
from colacli.exports.kinds import KINDS
from colacli.models.base import VARIANTS

_SCRIPTS = Path(__file__).parent.parent / "bundled" / "completion"

_RUNS = "runs"
_CORPORA, _PAIRS = f"corpora {COLA} {SAMPLE}", f"corpora {BLIMP} {SAMPLE}"
_OPTIONS = {
    "teacher": _RUNS,
    "run": _RUNS,
    "variant": f"one {' '.join(VARIANTS)}",
    "larger": f"one {' '.join(VARIANTS)}",
    "data": _CORPORA,
    "pairs": _PAIRS,
    "to": f"one {' '.join(KINDS)}",
    "split": f"one {' '.join((*SPLITS, HOLDOUT, POOLED_DEV))}",
    "device": "one auto cpu cuda mps",
    "targets": f"list {' '.join(Lora().targets)}",
    "unfreeze": "list ln_f",
    "transfer": f"list {' '.join(RECIPES)}",
}
"""What is offered for options whose type doesn't say it; `list` takes several with commas between them."""


def script(root: Any, shell: Shell) -> str:
    """The script of a shell.

    Args:
        root: the command that has all others.
        shell: whose it is.
    """
    head = "#compdef colacli\n" if shell == "zsh" else ""
    head += f"# {MARK} {__version__} in {shell}; `colacli --install-completion {shell}` writes it again.\n"
    common = "" if shell == "fish" else (_SCRIPTS / "words.sh").read_text(encoding="utf-8")
    rows = [(" ".join(words), _rows(command, " ".join(words))) for words, command in _commands(root, ())]
    table = _fish_table(rows) if shell == "fish" else _sh_table(rows)
    own = (_SCRIPTS / f"colacli.{shell}").read_text(encoding="utf-8")
    return "\n".join(part for part in (head, table, common, own) if part)


def _commands(command: Any, words: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    yield words, command
    for name, inner in getattr(command, "commands", {}).items():
        yield from _commands(inner, (*words, name))


def _rows(command: Any, place: str) -> list[tuple[str, str, str]]:
    """What can follow a command: word, kind, help. Arguments are 1, 2, ..., and * where any number may come."""
    rows = [(name, "command", _sentence(inner.help)) for name, inner in getattr(command, "commands", {}).items()]
    arguments = [parameter for parameter in command.params if parameter.param_type_name == "argument"]
    for number, argument in enumerate(arguments, start=1):
        word = "*" if argument.nargs == -1 else str(number)
        rows.append((word, _kind(argument, place), _sentence(argument.help)))
    for option in (parameter for parameter in command.params if parameter not in arguments):
        kind, text = "flag" if option.is_flag else _kind(option, place), _sentence(option.help)
        rows += [(flag, kind, text) for flag in (*option.opts, *option.secondary_opts)]
    return [*rows, ("--help", "flag", "Show the help")]


def _kind(parameter: Any, place: str) -> str:
    """What is offered for an option or an argument."""
    annotation, name = parameter.type_descriptor.annotation, parameter.opts[0].removeprefix("--")
    metavar = parameter.metavar or ""
    is_path = annotation in (Path, list[Path]) or "FILE" in metavar
    if get_origin(annotation) is Literal:
        return f"one {' '.join(get_args(annotation))}"
    if parameter.param_type_name == "option":
        own = _PAIRS if (place, name) == ("pairs", "data") else _OPTIONS.get(name)
        return own or ("files" if is_path else "text")
    if metavar == "CORPUS":
        return f"one {' '.join(published())}"
    if "REF" in metavar or "KEY" in metavar:
        return _RUNS
    return _CORPORA if metavar == "DATA" else "files" if is_path else "text"


def _sentence(text: str | None) -> str:
    """The first sentence of a help text, on one line."""
    return " ".join((text or "").split()).partition(". ")[0].removesuffix(".")


def _sh_table(rows: list[tuple[str, list[tuple[str, str, str]]]]) -> str:
    """For bash and zsh."""
    cases = ""
    for place, table in rows:
        words = "\n".join(f"                {shlex.join(row)}" for row in table)
        cases += f"        {shlex.quote(place)})\n            table=(\n{words}\n            )\n            ;;\n"
    comment = "# table: word, kind, help of all that can follow a command"
    return f"_colacli_table() {{ {comment}\n    case $1 in\n{cases}    esac\n}}\n"


def _fish_table(rows: list[tuple[str, list[tuple[str, str, str]]]]) -> str:
    cases = ""
    for place, table in rows:
        words = "".join(f" \\\n                {' '.join(map(_fish_quote, row))}" for row in table)
        cases += f"        case {_fish_quote(place)}\n            printf '%s\\n'{words}\n"
    comment = "# word, kind, help of all that can follow a command"
    return f"function __colacli_table --argument-names place {comment}\n    switch $place\n{cases}    end\nend\n"


def _fish_quote(text: str) -> str:
    """In single quotes, where only these two characters mean something else."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
