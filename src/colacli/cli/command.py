"""From a frozen dataclass to command-line options, and the three options every command has.

`@command(app, "finetune")` over `def run_finetune(request: FinetuneRequest, out: Output)` gives the command one option
for each field of the request and of the dataclasses in it, with the field's help, default and limits; the function gets
the request. So an option is written once, where it is defined, and is the same in every command.
"""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, get_type_hints

import typer

from colacli.cli.output import Output
from colacli.cli.settings import load_config
from colacli.errors import UsageError, check_text
from colacli.options import Option, build, limits_of, options_of

_COMMON = {
    "json": Annotated[bool, typer.Option("--json", help="Print one JSON document.", show_envvar=False)],
    "config": Annotated[
        str | None,
        typer.Option(
            "--config",
            metavar="FILE",
            help="TOML file with settings for commands.",
            is_eager=True,  # so that it is read before the options it has defaults for
            callback=load_config,
            show_envvar=False,
            show_default="colacli.toml, if there is one",
        ),
    ],
    "debug": Annotated[bool, typer.Option("--debug", help="Show a traceback on errors.", show_envvar=False)],
}
_COMMON_DEFAULTS = {"json": False, "config": None, "debug": False}


def command(app: typer.Typer, name: str | None) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Register a function as a command; without a name, as what its group does without a command."""

    def register(function: Callable[..., None]) -> Callable[..., None]:
        hints = get_type_hints(function, include_extras=True)
        hints.pop("return", None)
        requests: dict[str, Any] = {
            name: kind for name, kind in hints.items() if dataclasses.is_dataclass(kind) and kind is not Output
        }

        def run(**values: Any) -> None:
            context, out = values.pop("context"), Output(as_json=values.pop("json"))
            if context.invoked_subcommand:
                return
            context.obj.as_json, context.obj.debug = out.as_json, values.pop("debug")
            del values["config"]
            _check_environment(context)
            if "context" in hints:
                values["context"] = context
            built = {name: build(kind, values) for name, kind in requests.items()}
            function(**built, **values, out=out)

        parameters = [_parameter("context", typer.Context)]
        for parameter in inspect.signature(function).parameters.values():
            hint = hints[parameter.name]
            if parameter.name in requests:
                parameters += [_option(option) for option in options_of(hint)]
            elif hint not in (Output, typer.Context):
                parameters.append(_parameter(parameter.name, hint, parameter.default))
        parameters += [_parameter(name, hint, _COMMON_DEFAULTS[name]) for name, hint in _COMMON.items()]
        run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        run.__annotations__ = {}
        run.__doc__ = function.__doc__
        (app.command(name) if name else app.callback(invoke_without_command=True))(run)
        return function

    return register


def _check_environment(context: typer.Context) -> None:
    """Check that the working folder exists, and that texts and paths are UTF-8, as libraries and JSON need them.

    Raises:
        UsageError: it is not so.
    """
    try:
        Path.cwd()
    except OSError as error:
        raise UsageError(f"the working folder is gone: {error.strerror}", "change to one that exists") from error
    for parameter in context.command.params:
        values = context.params.get(parameter.name or "")
        for value in values if isinstance(values, list) else [values]:
            if isinstance(value, str | Path):
                check_text(str(value), parameter.opts[0] if parameter.param_type_name == "option" else "an argument")


def _parameter(name: str, annotation: Any, default: Any = inspect.Parameter.empty) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=annotation, default=default)


def _option(option: Option) -> inspect.Parameter:
    field, hint = option.field, option.kind
    negation = f"/--no-{option.flag}" if hint in (bool, bool | None) else ""
    flag = typer.Option(
        f"--{option.flag}{negation}",
        help=field.metadata["help"] + limits_of(field),
        show_default=field.metadata["shown_default"] or True,
        show_envvar=False,
        rich_help_panel=_panel(option.owner),
    )
    default: Any = inspect.Parameter.empty if field.default is dataclasses.MISSING else field.default
    if option.is_list:
        hint, default = str, ",".join(default)
    return _parameter(option.name, Annotated[hint, flag], default)


def _panel(owner: type) -> str:
    """'TeacherChoice' -> 'Teacher options'."""
    name = owner.__name__
    for ending in ("Choice", "Options", "Request"):
        name = name.removesuffix(ending)
    return f"{'LoRA' if name == 'Lora' else name} options"
