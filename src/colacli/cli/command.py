"""From a frozen dataclass to command-line options, and the three options every command has.

`@command(app, "finetune")` over `def finetune(request: FinetuneRequest, out: Output)` gives
the command one option for each field of the request, however deep, with the field's help,
default and limits; the function gets the dataclass back. So an option is written once,
where its meaning is, and is the same in every command.
"""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import typer

from colacli.cli.output import Output
from colacli.cli.settings import load_config
from colacli.config import flag_of
from colacli.errors import UsageError, check_text

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
    """Register a function as a command, without a name as what a group does alone; see the module's docstring."""

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
            _check_surroundings(context)
            if "context" in hints:
                values["context"] = context
            built = {name: _build(kind, values) for name, kind in requests.items()}
            function(**built, **values, out=out)

        parameters = [_parameter("context", typer.Context)]
        for parameter in inspect.signature(function).parameters.values():
            hint = hints[parameter.name]
            if parameter.name in requests:
                parameters += _options(hint)
            elif hint not in (Output, typer.Context):
                parameters.append(_parameter(parameter.name, hint, parameter.default))
        parameters += [_parameter(name, hint, _COMMON_DEFAULTS[name]) for name, hint in _COMMON.items()]
        run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        run.__annotations__ = {}
        run.__doc__ = function.__doc__
        (app.command(name) if name else app.callback(invoke_without_command=True))(run)
        return function

    return register


def _check_surroundings(context: typer.Context) -> None:
    """See that there is a working folder, and that texts and paths are UTF-8, as libraries and JSON need them.

    Raises:
        UsageError: they are not.
    """
    try:
        Path.cwd()
    except OSError as error:
        raise UsageError(f"the working folder is gone: {error.strerror}", "change to one that exists") from error
    for parameter in context.command.params:
        given = context.params.get(parameter.name or "")
        for value in given if isinstance(given, list) else [given]:
            if isinstance(value, str | Path):
                check_text(str(value), parameter.opts[0] if parameter.param_type_name == "option" else "an argument")


def _parameter(name: str, annotation: Any, default: Any = inspect.Parameter.empty) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=annotation, default=default)


def _options(kind: type) -> list[inspect.Parameter]:
    """An option for every leaf of a dataclass, in order."""
    return [_option(one, hint, owner) for owner, one, hint in _leaves(kind)]


def _leaves(kind: type) -> Iterator[tuple[type, dataclasses.Field[Any], Any]]:
    """Every field that is not itself a dataclass, with the class it stands in and its type."""
    hints = get_type_hints(kind)
    for one in dataclasses.fields(kind):
        hint = hints[one.name]
        if dataclasses.is_dataclass(hint):
            yield from _leaves(hint)  # type: ignore[arg-type]
        else:
            yield kind, one, hint


def _option(one: dataclasses.Field[Any], hint: Any, owner: type) -> inspect.Parameter:
    flag = flag_of(one.name, one.metadata)
    negation = f"/--no-{flag}" if hint is bool else ""
    option = typer.Option(
        f"--{flag}{negation}",
        help=one.metadata["help"] + _limits(one.metadata["limits"]),
        show_default=one.metadata["shown_default"] or True,
        show_envvar=False,
        rich_help_panel=_panel(owner),
    )
    default: Any = inspect.Parameter.empty if one.default is dataclasses.MISSING else one.default
    if get_origin(hint) is tuple:
        hint, default = str, ",".join(default)
    return _parameter(_name(one), Annotated[hint, option], default)


def _panel(owner: type) -> str:
    """'TeacherChoice' -> 'Teacher options'."""
    name = owner.__name__
    for ending in ("Choice", "Options", "Request"):
        name = name.removesuffix(ending)
    return f"{'LoRA' if name == 'Lora' else name} options"


def _limits(limits: dict[str, float]) -> str:
    shown = {
        word: bound for word, bound in limits.items() if bound < 2**60
    }  # a machine word's end tells nobody anything
    return f" ({', '.join(f'{word} {bound:g}' for word, bound in shown.items())})" if shown else ""


def _name(one: dataclasses.Field[Any]) -> str:
    """The parameter's name: the flag's, for that is what environment variables and files are called by."""
    return flag_of(one.name, one.metadata).replace("-", "_")


def _build(kind: type, values: dict[str, Any]) -> Any:
    """The dataclass from parsed options, which are taken out of `values`."""
    hints = get_type_hints(kind)
    return kind(**{one.name: _value(one, hints[one.name], values) for one in dataclasses.fields(kind)})


def _value(one: dataclasses.Field[Any], hint: Any, values: dict[str, Any]) -> Any:
    if dataclasses.is_dataclass(hint):
        return _build(hint, values)  # type: ignore[arg-type]
    value = values.pop(_name(one))
    if get_origin(hint) is tuple and get_args(hint)[0] is str:
        return tuple(part.strip() for part in value.split(",") if part.strip())
    return value
