"""Errors as a program sees them: the same as the command line's, with options as they are written in Python."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from colacli.errors import ColacliError

_FLAG = re.compile(r"(`[^`]* [^`]*`)|--(?:no-)?([a-z][a-z-]*[a-z])")
"""A command in backticks, which stays, or a flag."""


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
    """`--batch-size` -> `batch_size=`."""
    text = text.replace("`--help`", "`colacli COMMAND --help`")
    return _FLAG.sub(lambda match: match[1] or f"{match[2].replace('-', '_')}=", text)
