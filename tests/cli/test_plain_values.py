"""Plain values are what Typer would make of them, and pydantic is not needed to know it."""

from pathlib import Path
from typing import Annotated, Literal

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st

from colacli.cli.main import app
from colacli.cli.plain_values import NOT_PLAIN, plain_value, take_plain_values

Word = Literal["auto", "cpu", "1"]
KINDS = {
    "text": str,
    "count": int,
    "rate": float,
    "flag": bool,
    "path": Path,
    "word": Word,
    "texts": list[str],
    "counts": list[int],
}
"""By option."""
NUMBERS = st.one_of(st.integers(), st.floats(), st.integers(-3, 300), st.decimals()).map(str)
ODD = st.sampled_from(["", " 1", "1 ", "+1", "-1", "-0", "01", "1_000", "1.", ".5", "1e5", "1E5", "0x1", "\u0661", "²"])
ANY = st.text(st.characters(categories=["Cs", "Cc", "L", "N", "P", "Z"]))  # with halves of characters
TEXTS = st.one_of(
    st.text(), ANY, NUMBERS, ODD, st.sampled_from(["auto", "AUTO", "true", "None", ".", "~", "-", "nowhere"])
)
NATIVE = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.just(Path("here")))


def params_of(register):
    """A command's parameters by name, and a context."""
    own = typer.Typer(add_completion=False)
    own.command()(register)
    command = typer.main.get_command(own)
    return {param.name: param for param in command.params}, typer.Context(command), command


def every_kind(
    text: str | None = None,
    count: int = 3,
    rate: float = 0.5,
    flag: bool | None = None,
    path: Path | None = None,
    word: Word = "auto",
    texts: list[str] | None = None,
    counts: list[int] | None = None,
):
    """A command with an option of each kind."""


PARAMS, CONTEXT, _ = params_of(every_kind)


def typers(name, value):
    """What Typer makes of a value; NOT_PLAIN where it refuses it."""
    param = PARAMS[name]
    try:
        return param.get_runtime_param().coerce(value, param=param, ctx=CONTEXT)
    except typer.BadParameter:
        return NOT_PLAIN


@pytest.mark.parametrize("name", [name for name in KINDS if name not in ("texts", "counts")])
@given(value=st.one_of(TEXTS, NATIVE))
def test_a_plain_value_is_what_typer_makes_of_it(name, value):
    """Of whatever text or value of a settings file; what is refused is never plain."""
    plain = plain_value(KINDS[name], value)
    expected = typers(name, value) if plain is not NOT_PLAIN else NOT_PLAIN

    assert plain == expected
    assert type(plain) is type(expected)


@pytest.mark.parametrize("name", ["texts", "counts"])
@given(values=st.none() | st.lists(TEXTS, max_size=3).map(tuple))
def test_plain_values_of_a_list_are_what_typer_makes_of_them(name, values):
    """One that is not plain leaves all of them to Typer."""
    plain = plain_value(KINDS[name], values)
    expected = typers(name, values) if plain is not NOT_PLAIN else NOT_PLAIN

    assert plain == expected
    assert type(plain) is type(expected)


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("text", "a b", "a b"),
        ("count", "12", 12),
        ("count", 12, 12),
        ("rate", "-1.5e-3", -0.0015),
        ("rate", "2", 2.0),
        ("path", "some/where", Path("some/where")),
        ("word", "cpu", "cpu"),
        ("texts", ("a", "b"), ["a", "b"]),
        ("count", "1_000", NOT_PLAIN),
        ("count", "1.0", NOT_PLAIN),
        ("rate", "nan", NOT_PLAIN),
        ("flag", "yes", NOT_PLAIN),
        ("word", "gpu", NOT_PLAIN),
        ("counts", ("1", "one"), NOT_PLAIN),
    ],
)
def test_what_is_plain(name, value, expected):
    """What is written in the usual way; the rest is Typer's."""
    assert plain_value(KINDS[name], value) == expected


def test_a_path_that_can_not_be_read_is_typers(tmp_path):
    """It has a message for it."""
    loop = tmp_path / "loop"
    loop.symlink_to(loop)

    assert plain_value(Path, str(loop)) is NOT_PLAIN


def ruled(
    days: Annotated[int, typer.Option(min=0, max=7)] = 1,
    rates: Annotated[float, typer.Option(max=2)] = 1,
    folder: Annotated[Path | None, typer.Option(exists=True)] = None,
    number: Annotated[int, typer.Option(parser=lambda text: int(text) * 2)] = 2,
):
    """A command whose options ask more of their values than a type."""


def test_what_is_within_limits_is_plain():
    """A number that may be."""
    params, context, command = params_of(ruled)
    take_plain_values(command)
    command.get_params(context)

    assert params["days"].get_runtime_param().coerce("0", param=params["days"], ctx=context) == 0
    assert params["days"]._runtime_param is None


@pytest.mark.parametrize(
    ("name", "value"), [("days", "-1"), ("days", 8), ("days", "two"), ("folder", "nowhere"), ("rates", "3")]
)
def test_rules_are_typers(name, value):
    """A limit or a folder that has to be there is looked at by Typer."""
    params, context, command = params_of(ruled)
    take_plain_values(command)
    command.get_params(context)

    with pytest.raises(typer.BadParameter):
        params[name].get_runtime_param().coerce(value, param=params[name], ctx=context)


def test_parsers_are_called():
    """An option's own function says what a value is."""
    params, context, command = params_of(ruled)
    take_plain_values(command)
    command.get_params(context)

    assert params["number"].get_runtime_param().coerce("4", param=params["number"], ctx=context) == 8


def test_all_commands_take_plain_values():
    """Those of the app, of groups, and their options for help."""
    seen = []

    def look(command, context):
        seen.extend(type(param.get_runtime_param()).__name__ for param in command.get_params(context))
        for inner in getattr(command, "commands", {}).values():
            look(inner, typer.Context(inner, parent=context))

    root = typer.main.get_command(app)
    look(root, typer.Context(root))

    assert len(seen) > 300
    assert set(seen) == {"PlainValues"}
