"""The shells that have a completion script, and which of them the user has."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal, get_args

from colacli.errors import UsageError

Shell = Literal["bash", "zsh", "fish"]
SHELLS: tuple[Shell, ...] = get_args(Shell)
INSTALL, SHOW = "--install-completion", "--show-completion"
MARK = "completion of colacli"
"""In the first lines of every script."""


def with_shell(arguments: list[str]) -> list[str]:
    """The arguments, with the shell that the user has after an option that ends without one."""
    return [*arguments, current_shell()] if arguments[-1:] in ([INSTALL], [SHOW]) else arguments


def current_shell() -> Shell:
    """The shell that this process was started from.

    Raises:
        UsageError: it is none of those that have a script, or can't be told.
    """
    import shellingham

    try:
        name = shellingham.detect_shell()[0]
    except shellingham.ShellDetectionFailure:
        name = Path(os.environ.get("SHELL", "")).name
    for shell in SHELLS:
        if shell == name:
            return shell
    problem = f"there is no completion for {name}" if name else "which shell this is can't be told"
    raise UsageError(problem, f"name one: colacli {INSTALL} {'|'.join(SHELLS)}")
