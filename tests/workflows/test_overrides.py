"""`--set`: settings over a recipe's, in TOML's words."""

import pytest

from colacli.errors import UsageError
from colacli.workflows.overrides import parse_overrides


@pytest.mark.parametrize("text", ["epochs", "epochs=", "=3"])
def test_a_setting_without_a_value_is_refused(text):
    """In the form that it needs."""
    with pytest.raises(UsageError, match="write OPTION=VALUE"):
        parse_overrides([text])


def test_settings_are_as_in_a_recipe():
    """Numbers, truth values, and text where it is no TOML."""
    assert parse_overrides(["epochs=4", "lr=1e-3", "bidirectional=true", "transfer=words,parts", "--batch_size=2"]) == {
        "epochs": 4,
        "lr": 1e-3,
        "bidirectional": True,
        "transfer": "words,parts",
        "batch-size": 2,
    }
