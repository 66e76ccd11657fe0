"""Errors name options as a program writes them."""

import pytest

from colacli.api.boundary import in_python, python_errors
from colacli.errors import DataError, UsageError


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("--batch-size must be at least 1, not 0", "batch_size= must be at least 1, not 0"),
        ("leave out --no-bos", "leave out bos="),
        ("`colacli runs rm --force` removes it", "`colacli runs rm --force` removes it"),
        ("`--help` says the limits", "`colacli COMMAND --help` says the limits"),
        ("what `--precision auto` means", 'what `precision="auto"` means'),
        ("`--data sample` needs none", '`data="sample"` needs none'),
        ("`--seeds 5` makes five", "`seeds=5` makes five"),
        ("set --clip 1 or --precision fp32", 'set clip=1 or precision="fp32"'),
        ("give --to onnx, or --to page", 'give to="onnx", or to="page"'),
        ("--transfer brings no new sentence", "transfer= brings no new sentence"),
        ("--temperature 2.5 is high", "temperature=2.5 is high"),
        ("a -- b", "a -- b"),
    ],
)
def test_flags_are_options(text, expected):
    """But commands are commands."""
    assert in_python(text) == expected


def test_the_hint_is_a_note_once():
    """However many calls the error passes."""
    with pytest.raises(UsageError) as caught, python_errors(), python_errors():
        raise UsageError("--lr is odd", "lower --lr")

    assert (caught.value.args, caught.value.__notes__) == (("lr= is odd",), ["lower lr="])


def test_without_a_hint_there_is_no_note():
    """And other errors pass as they are."""
    with pytest.raises(DataError) as caught, python_errors():
        raise DataError("odd")
    with pytest.raises(ZeroDivisionError), python_errors():
        _ = 1 / 0

    assert not hasattr(caught.value, "__notes__")
