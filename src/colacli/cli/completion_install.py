"""Where a shell's completion script belongs, and writing it there. No other file is changed."""

from __future__ import annotations

import os
import shlex
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from colacli.cli.shells import INSTALL, MARK, SHELLS, Shell
from colacli.errors import UsageError

if TYPE_CHECKING:
    from colacli.workflows.doctor import Finding


def install_completion(context: typer.Context, shell: Shell | None) -> None:
    """Write a shell's script, say where and what to do next, and end."""
    if shell is not None and not context.resilient_parsing:
        path = install(context.find_root().command, shell)
        typer.echo(f"{path} has the completion of {shell}. Nothing else was changed.\n{next_step(shell, path)}")
        typer.echo(f"After an upgrade of colacli, run this again: colacli {INSTALL} {shell}")
        raise typer.Exit


def show_completion(context: typer.Context, shell: Shell | None) -> None:
    """Print a shell's script, and end."""
    if shell is not None and not context.resilient_parsing:
        from colacli.cli.completion import script

        typer.echo(script(context.find_root().command, shell), nl=False)
        raise typer.Exit


def install(root: Any, shell: Shell) -> Path:
    """Write a shell's script where the shell looks for such scripts; its path.

    Raises:
        UsageError: another program's script is there, or there is no folder of the user's own.
        DataError: it can't be written.
    """
    from colacli.cli.completion import script
    from colacli.output_files import open_output

    path = installed_path(shell)
    if path.exists() and MARK not in path.read_text(encoding="utf-8", errors="replace"):
        raise UsageError(f"{path} is there, and colacli did not write it", "move it away, then install again")
    path.parent.mkdir(parents=True, exist_ok=True)
    with open_output(path) as stream:
        stream.write(script(root, shell).encode())
    return path


def installed_path(shell: Shell) -> Path:
    """Where a shell's script belongs.

    Raises:
        UsageError: the user has no folder.
    """
    try:
        data = _folder("XDG_DATA_HOME", ".local/share")
        if shell == "fish":
            return _folder("XDG_CONFIG_HOME", ".config") / "fish" / "completions" / "colacli.fish"
    except RuntimeError as error:
        raise UsageError(f"there is no home folder: {error}", "set HOME to a folder") from error
    if shell == "zsh":
        return data / "zsh" / "site-functions" / "_colacli"
    own = os.environ.get("BASH_COMPLETION_USER_DIR")
    return (Path(own) if own else data / "bash-completion") / "completions" / "colacli"


def next_step(shell: Shell, path: Path) -> str:
    """What makes a shell read the script."""
    if shell == "fish":
        return "New fish shells read it."
    if shell == "zsh":
        return (
            "zsh reads it once ~/.zshrc has this line, before any other with compinit:\n"
            f"  fpath=({shlex.quote(str(path.parent))} $fpath); autoload -Uz compinit; compinit"
        )
    return (
        "New bash shells read it where the package bash-completion is installed.\n"
        f"Without that package, add this line to ~/.bashrc:\n  source {shlex.quote(str(path))}"
    )


def _folder(variable: str, default: str) -> Path:
    named = os.environ.get(variable, "")
    return Path(named) if Path(named).is_absolute() else Path.home() / default


def completion_finding(root: Any) -> Finding:
    """Which shells have a script, and whether it is the one that this version would write."""
    from colacli.cli.completion import script
    from colacli.workflows.doctor import Finding

    scripts = {}
    for shell in SHELLS:
        with suppress(UsageError, OSError):
            scripts[shell] = installed_path(shell).read_text(encoding="utf-8", errors="replace")
    installed = [shell for shell, text in scripts.items() if MARK in text]
    if not installed:
        return Finding("completion", "info", "in no shell", f"`colacli {INSTALL}`")
    stale = [shell for shell in installed if scripts[shell] != script(root, shell)]
    if stale:
        hint = ", ".join(f"`colacli {INSTALL} {shell}`" for shell in stale)
        return Finding("completion", "missing", f"{', '.join(stale)}: of another version of colacli", hint)
    return Finding("completion", "ok", ", ".join(installed))
