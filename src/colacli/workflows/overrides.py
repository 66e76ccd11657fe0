"""`--set OPTION=VALUE` of an experiment: options of single commands, for every arm whose command has them."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from typing import Any

from colacli.errors import UsageError


def parse_overrides(texts: Sequence[str]) -> dict[str, Any]:
    """`--set OPTION=VALUE` as options and their values, which are as in a recipe; what is no TOML is text.

    Raises:
        UsageError: it has another form.
    """
    pairs = [text.partition("=") for text in texts]
    for text, (option, equals, value) in zip(texts, pairs, strict=True):
        if not option or not equals or not value:
            raise UsageError(f"--set {text}: write OPTION=VALUE", "such as --set epochs=4")
    return {option.removeprefix("--").replace("_", "-"): _value(value) for option, _, value in pairs}


def _value(text: str) -> Any:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text
