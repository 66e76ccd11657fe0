"""The one tree of errors. Each says what, where and what to do next; `cli.main` alone turns them into exits."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterable


class ColacliError(Exception):
    """A failure the user can act on.

    Args:
        message: what went wrong and where (file, line, option).
        hint: what to do next; may be empty.
    """

    code = "failure"
    status = 1

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(ColacliError):
    """The command line, an environment variable or a configuration file asks for something impossible."""

    code = "usage"
    status = 2


class UnknownReferenceError(ColacliError):
    """A reference names no run, or more than one."""

    code = "reference"
    status = 3


class IntegrityError(ColacliError):
    """Stored bytes are not what their manifest says."""

    code = "integrity"
    status = 4


class DataError(ColacliError):
    """A corpus, a file of it, or a line of it can't be used."""

    code = "data"


class ModelError(ColacliError):
    """A base model, an adapter or a tokenizer can't be used."""

    code = "model"


class UnavailableError(ColacliError):
    """Something that would have to come from the network, or an optional package, is not there."""

    code = "unavailable"


class TrainingError(ColacliError):
    """Training can't continue: the loss is not a number."""

    code = "training"


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """The beginning of a hint, "did you mean 'epochs'? ", where one of the known words is near; else nothing."""
    from difflib import get_close_matches

    near = get_close_matches(word, known, n=1)
    return f"did you mean '{near[0]}'? " if near else ""


def describe_unexpected(error: Exception) -> tuple[str, str]:
    """Message and hint for an error that is not a ColacliError."""
    full = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
    if full or os.strerror(errno.ENOSPC) in str(error):  # safetensors' own exception has no number
        hint = "free some space where the output or the store is written; COLACLI_HOME puts the store elsewhere"
        return f"the disk is full: {error}", hint
    if isinstance(error, OSError) and error.filename:
        hint = "check that it exists and its permissions; COLACLI_HOME puts the store elsewhere"
        return f"{error.filename}: {error.strerror}", hint
    first_line = (str(error).splitlines() or [""])[0]  # torch's others are frames of its C++ code
    if isinstance(error, MemoryError) or re.search("out of memory|can't allocate memory", str(error)):
        return f"out of memory: {first_line}", "try a smaller --batch-size, --hidden or --variant"
    hint = "; ".join(["this should not happen: run it again with --debug and report the output", *_notes(error)])
    return f"{type(error).__name__}: {first_line}", hint


def _notes(error: Exception) -> list[str]:
    """What was added to it where it came by (PEP 678)."""
    return getattr(error, "__notes__", [])


def check_text(text: str, where: str) -> None:
    """See that text from the command line was UTF-8; Python carries other bytes along as surrogates.

    Raises:
        UsageError: it was not.
    """
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise UsageError(f"{where} is not UTF-8, from character {error.start + 1} on", "convert it to UTF-8") from error


def not_published(address: str, problem: str) -> IntegrityError:
    """The error for bytes that are not those of the publishers."""
    hint = "try again later; a proxy may have sent another page"
    return IntegrityError(f"{address} is not the published release: {problem}", hint)
