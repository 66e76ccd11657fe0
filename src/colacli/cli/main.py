"""The app with every command, and the one place where errors become messages and exit statuses."""

from __future__ import annotations

import sys
from contextlib import suppress
from dataclasses import dataclass
from typing import Annotated

import typer
from typer.exceptions import TyperException

from colacli.cli.commands import Commands
from colacli.cli.completion_install import install_completion, show_completion
from colacli.cli.help import HELP, import_renderer
from colacli.cli.output import json_text
from colacli.cli.shells import INSTALL, SHELLS, SHOW, Shell, with_shell
from colacli.errors import ColacliError, describe_unexpected
from colacli.training.launched import are_launched, joined

app = typer.Typer(
    name="colacli",
    cls=Commands,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"auto_envvar_prefix": "COLACLI", "help_option_names": [*HELP]},
)

INTERRUPTED = 130


@dataclass
class State:
    """What error messages depend on."""

    as_json: bool
    debug: bool
    context: typer.Context | None = None
    """The command's, once its settings are read."""


def _show_version(is_set: bool) -> None:
    if is_set:
        from colacli import __version__

        typer.echo(f"colacli {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool,
        typer.Option(
            "--version", help="Print the version.", callback=_show_version, is_eager=True, allow_from_autoenv=False
        ),
    ] = False,
    install: Annotated[
        Shell | None,
        typer.Option(
            INSTALL,
            metavar="[SHELL]",
            help=f"Let a shell complete commands, options and names: {', '.join(SHELLS)}; without one, this shell.",
            callback=install_completion,
            is_eager=True,
            allow_from_autoenv=False,
        ),
    ] = None,
    show: Annotated[
        Shell | None,
        typer.Option(
            SHOW,
            metavar="[SHELL]",
            help="Print the script for that.",
            callback=show_completion,
            is_eager=True,
            allow_from_autoenv=False,
        ),
    ] = None,
) -> None:
    """Tune GPT-2 with LoRA to judge English sentences, distil it into a small network, compare both.

    The usual order is finetune, train-student, distil, compare; doctor says what is missing.
    """


def run(arguments: list[str]) -> int:
    """Run one command; its exit status.

    0 done, 1 failure, 2 usage, 3 reference, 4 integrity, 130 interrupted.
    """
    state = State(as_json="--json" in arguments, debug="--debug" in arguments)
    try:
        return _run_app(arguments, state) or 0
    except KeyboardInterrupt:
        hint = "the same command resumes a training from its last checkpoint"
        return _fail(state, "interrupted", "interrupted: no incomplete result was stored", hint, INTERRUPTED)
    except TyperException as error:
        return _fail_parsing(state, error)
    except Exception as error:
        if state.debug:
            raise
        if isinstance(error, ColacliError):
            return _fail(state, error.code, error.message, error.hint, error.status)
        return _fail(state, "failure", *describe_unexpected(error), 1)


def _run_app(arguments: list[str], state: State) -> int | None:
    """Run the app, or as another rank than the first take part in what that one trains."""

    def start() -> int | None:
        if not arguments or not {*HELP}.isdisjoint(arguments):
            import_renderer()
        if (status := app(with_shell(arguments), prog_name="colacli", standalone_mode=False, obj=state)) == INTERRUPTED:
            raise KeyboardInterrupt
        return status  # type: ignore[no-any-return]

    if not are_launched():
        return start()
    from colacli.store.store import open_store
    from colacli.workflows.take_part import take_part

    with joined(debug=state.debug) as ranks:
        if ranks.rank == 0:
            return start()
        take_part(ranks, open_store())
        return 0


def _fail_parsing(state: State, error: TyperException) -> int:
    """Report what Typer found wrong with the command line."""
    message = error.format_message()
    if not message:  # a group without a command has printed its help
        return 2
    context = getattr(error, "ctx", None)
    hint = f"`{context.command_path if context else 'colacli'} --help` shows what is possible"
    parameters = context.command.params if context and hasattr(error, "option_name") else []
    if any(parameter.param_type_name == "argument" for parameter in parameters):
        hint += "; write -- before an argument that begins with '-'"
    return _fail(state, "usage", message, hint, 2)


def _fail(state: State, code: str, message: str, hint: str, status: int) -> int:
    """Print an error: with --json as a document on standard output, else on standard error."""
    from colacli.cli.settings import name_sources
    from colacli.sharing.address import scrub

    message, hint = scrub(name_sources(state.context, message) if state.context else message), scrub(hint)
    if state.as_json:
        document = {"schema": "colacli.error/1", "code": code, "message": message, "hint": hint}
        with suppress(OSError, ValueError):  # standard output itself may have failed
            sys.stdout.write(json_text(document) + "\n")
            sys.stdout.flush()
            return status
    from colacli.render.console import printable

    with suppress(OSError, ValueError):
        sys.stderr.write(f"Error: {printable(message)}\n" + (f"  {printable(hint)}\n" if hint else ""))
    return status
