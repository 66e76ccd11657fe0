"""Combinations of `doctor`'s options that mean nothing."""

import pytest

from colacli.cli.main import run


@pytest.mark.parametrize(
    ("words", "message"), [(["--device", "cpu"], "--device"), (["--probe", "--measure"], "two reports")]
)
@pytest.mark.usefixtures("store_home")
def test_what_means_nothing_is_refused(capsys, words, message):
    """Before anything is measured."""
    assert run(["doctor", *words]) == 2
    assert message in capsys.readouterr().err
