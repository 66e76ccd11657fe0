"""Published scores of other models on minimal pairs, in the form of BLiMP's `models_summary.jsonl`."""

from __future__ import annotations

from pathlib import Path

from colacli.data.json_objects import json_lines
from colacli.data.lines import refusal, shown

_NAMES = ("UID", "linguistics_term")
_ALL = "overall"
_HINT = 'write one object a line, such as {"UID": "causative", "linguistics_term": "argument_structure", "gpt2": 0.78}'

Published = dict[tuple[str, str], dict[str, float]]
"""Accuracies by model, of ("paradigm", NAME), ("phenomenon", NAME) or ("mean", "")."""


def read_published(path: Path) -> Published:
    """The scores in a file.

    A line with UID "overall" is of its `linguistics_term`; where that is "overall" too, of all.

    Raises:
        DataError: the file can't be read, or a line is not of this form.
    """
    published: Published = {}
    for number, values in json_lines(path, _HINT):
        paradigm, phenomenon = (values.get(name) for name in _NAMES)
        if not isinstance(paradigm, str) or not isinstance(phenomenon, str):
            raise refusal(path, number, f"{' and '.join(_NAMES)} are not both text", _HINT)
        accuracies: dict[str, float] = {}
        for model, value in values.items():
            if model in _NAMES:
                continue
            if not isinstance(value, int | float) or not 0 <= value <= 1:
                raise refusal(path, number, f"{shown(model)} is {shown(value)}, expected a number in [0, 1]", _HINT)
            accuracies[model] = float(value)
        key = ("paradigm", paradigm) if paradigm != _ALL else ("phenomenon", phenomenon)
        published[("mean", "") if phenomenon == _ALL else key] = accuracies
    return published
