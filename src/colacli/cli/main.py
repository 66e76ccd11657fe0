"""The app: every command, and the one place where errors become words and exit statuses."""

from __future__ import annotations

import errno
import re
import sys
from contextlib import suppress
from dataclasses import dataclass
from typing import Annotated

import typer
from typer.exceptions import TyperException

from colacli.cli import config, data, runs, verbs
from colacli.cli.output import json_text
from colacli.cli.settings import blamed
from colacli.errors import ColacliError
from colacli.sharing.address import scrub

app = typer.Typer(
    name="colacli",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"auto_envvar_prefix": "COLACLI", "help_option_names": ["-h", "--help"]},
)
verbs.register(app)
app.add_typer(runs.app, name="runs")
app.add_typer(data.app, name="data")
app.add_typer(config.app, name="config")

INTERRUPTED = 130
_GO_ON = "a training goes on from its last checkpoint when its command is given again"


@dataclass
class State:
    """What the boundary must know about the command that ran."""

    as_json: bool
    debug: bool
    context: typer.Context | None = None
    """Known once its settings are read."""


def _version(wanted: bool) -> None:
    if wanted:
        from colacli import __version__

        typer.echo(f"colacli {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool,
        typer.Option(
            "--version", help="Print the version.", callback=_version, is_eager=True, allow_from_autoenv=False
        ),
    ] = False,
) -> None:
    """Tune GPT-2 with LoRA to judge English sentences, distil it into a small network, compare honestly.

    The usual way is finetune, train-student, distil, compare; doctor says what is missing.
    """


def run(arguments: list[str]) -> int:
    """Run one command; its exit status.

    0 done, 1 failure, 2 usage, 3 reference, 4 integrity, 130 interrupted.
    """
    state = State(as_json="--json" in arguments, debug="--debug" in arguments)
    try:
        status = app(arguments, prog_name="colacli", standalone_mode=False, obj=state)
        if status == INTERRUPTED:
            raise KeyboardInterrupt
        return status or 0
    except KeyboardInterrupt:
        return _fail(state, "interrupted", "interrupted: nothing was left half-written", _GO_ON, INTERRUPTED)
    except ColacliError as error:
        if state.debug:
            raise
        return _fail(state, error.code, error.message, error.hint, error.status)
    except TyperException as error:
        if not error.format_message():  # a group without a command has printed its help
            return 2
        context = getattr(error, "ctx", None)
        where = context.command_path if context else "colacli"
        hint = f"`{where} --help` says what there is"
        if (
            context
            and hasattr(error, "option_name")
            and any(one.param_type_name == "argument" for one in context.command.params)
        ):
            hint += "; write -- before an argument that begins with '-'"
        return _fail(state, "usage", error.format_message(), hint, 2)
    except Exception as error:
        if state.debug:
            raise
        return _fail(state, "failure", *_unexpected(error), 1)


def _unexpected(error: Exception) -> tuple[str, str]:
    """Message and hint for an error that no code of ours foresaw."""
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        hint = "free some space where the output or the store is written; COLACLI_HOME puts the store elsewhere"
        return f"the disk is full: {error}", hint
    if isinstance(error, OSError) and error.filename:
        hint = "check that it exists and that you may use it; COLACLI_HOME puts the store elsewhere"
        return f"{error.filename}: {error.strerror}", hint
    first = (str(error).splitlines() or [""])[0]  # below it, torch prints the frames of its C++ code
    if isinstance(error, MemoryError) or re.search("out of memory|can't allocate memory", str(error)):
        return f"out of memory: {first}", "try a smaller --batch-size, --hidden or --variant"
    return (
        f"{type(error).__name__}: {first}",
        "this should not happen: run it again with --debug and report what it says",
    )


def _fail(state: State, code: str, message: str, hint: str, status: int) -> int:
    """Say what went wrong: as JSON on standard output where that was asked for, else on standard error."""
    message, hint = scrub(blamed(state.context, message) if state.context else message), scrub(hint)
    if state.as_json:
        document = {"schema": "colacli.error/1", "code": code, "message": message, "hint": hint}
        with suppress(OSError, ValueError):  # it may be standard output itself that failed
            sys.stdout.write(json_text(document) + "\n")
            sys.stdout.flush()
            return status
    from colacli.render.console import printable

    with suppress(OSError, ValueError):
        sys.stderr.write(f"Error: {printable(message)}\n" + (f"  {printable(hint)}\n" if hint else ""))
    return status
