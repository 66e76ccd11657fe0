"""Errors as a program sees them: the same as the command line's, with options as they are written in Python."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from colacli.errors import ColacliError

_FLAG = re.compile(
    r"""
    (`[a-z][^`]*[ ][^`]*`)                             # a command in backticks, which stays
    | (?<=`)--([a-z][a-z-]*[a-z])[ ]([^`]+)(?=`)     # a flag with its value, in backticks
    | --(?:no-)?([a-z][a-z-]*[a-z])                  # a flag,
      (?:[ ](\d+(?:\.\d+)?|[a-z][a-z0-9]*)\b)?      # and the number or word after it, which may be its value
    """,
    re.VERBOSE,
)


@contextmanager
def python_errors() -> Iterator[None]:
    """Rename the flags in an error's text; its hint is a note, which tracebacks show."""
    try:
        yield
    except ColacliError as error:
        error.message, error.hint = in_python(error.message), in_python(error.hint)
        error.args = (error.message,)
        if error.hint and error.hint not in getattr(error, "__notes__", ()):
            error.add_note(error.hint)
        raise


def in_python(text: str) -> str:
    """`--batch-size` -> `batch_size=`, and `--cell gru` -> `cell="gru"`."""
    return _FLAG.sub(_option, text.replace("`--help`", "`colacli COMMAND --help`"))


def _option(match: re.Match[str]) -> str:
    command, quoted, value, flag, word = match.groups()
    if command:
        return command
    name, word = (quoted or flag).replace("-", "_"), value or word
    if word is None:
        return f"{name}="
    if (quoted and not word[0].isdigit()) or word in _choices().get(name, ()):
        return f'{name}="{word}"'
    return f"{name}={word}" if word[0].isdigit() else f"{name}= {word}"


@cache
def _choices() -> dict[str, set[str]]:
    """The words that options choose between, by the option's name."""
    from colacli.exports.kinds import KINDS
    from colacli.options import choices_of, options_of
    from colacli.workflows.verbs import VERBS

    choices = {"to": set(KINDS), "device": {"auto", "cpu"}}
    for verb in VERBS.values():
        for option in options_of(verb.request):
            choices.setdefault(option.name, set()).update(choices_of(option))
    return choices
