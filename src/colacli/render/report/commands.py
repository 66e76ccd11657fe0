"""The section with the commands that make every run again."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from typing import TYPE_CHECKING

from colacli.render.console import Table
from colacli.render.report.blocks import Block, Data, Listing, Section, Text

if TYPE_CHECKING:
    from colacli.workflows.report import Report

_VERSIONS = ("colacli", "torch", "transformers", "tokenizers", "safetensors", "python")
_UNKNOWN = "not recorded"


def commands(report: Report) -> Section:
    """Commands, keys and versions."""
    return Section("Commands", list(_blocks(report)))


def command_lines(report: Report) -> list[str]:
    """One a recipe, teachers first; a comment where the command is not known."""
    return [
        shlex.join(("colacli", *recipe.arguments))
        if recipe.arguments
        else f"# {', '.join(run.key[:12] for run in recipe.runs)}: by `{recipe.runs[0].spec.command}`, not known here"
        for recipe in report.recipes
    ]


def _blocks(report: Report) -> Iterator[Block]:
    yield Text(
        "In this order, they make every run again. The same options, data and base model give the same key; the same "
        "bytes too on the same machine with the same versions and number of threads."
    )
    yield Listing(command_lines(report))
    rows = [
        [run.key, run.spec.command, str(run.spec.revision), str(run.spec.training.seed), run.manifest.created[:10]]
        for run in report.runs
    ]
    yield Data(Table(["key", "command", "revision", "seed", "made"], rows, "runs"))
    environments = [run.manifest.environment for run in report.runs]
    versions = [[name, ", ".join(sorted({one.get(name, _UNKNOWN) for one in environments}))] for name in _VERSIONS]
    yield Data(Table(["program", "version"], versions, "versions"))
