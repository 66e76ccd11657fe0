"""Every command of the app, imported when it is asked for and not before.

`colacli compare` imports `cli/compare.py` alone, so that no command waits for the modules of the others. The help of
the app needs each command's name and first paragraph; these stand here, and a test compares them with the commands'.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from colacli.cli.plain_values import take_plain_values, with_plain_values

COMMANDS = {
    "finetune": "Tune GPT-2 with LoRA to judge whether a sentence is acceptable: the teacher.",
    "pretrain-student": "Train a student's recurrent layers as a language model of a text, for students to start from.",
    "train-student": "Train the small recurrent student alone: the baseline for distillation.",
    "distil": "Train the same student from a tuned teacher's logits and the labels.",
    "eval": "Measure a run on a split and its parts: accuracy, MCC and F1 beside the majority class, and calibration.",
    "compare": "Compare runs, or arms of several seeds, on the same sentences, and say whether their difference is real.",  # noqa: E501
    "generate": "Continue a prompt with the base model, or with a tuned one.",
    "judge": "Is each sentence acceptable? Prints label and probability, one line per sentence.",
    "demo": "Everything on the bundled model and corpus, offline: tune, distil, compare, in a separate store.",
    "doctor": "Devices, precision, store and caches: what is there, what is missing and how to get it.",
    "adopt": "Make a run of a PEFT adapter that was trained elsewhere: it is measured here, on all splits but train.",
    "experiment": "Make all runs of an experiment's arms, here or on a cluster, and compare its claims.",
    "export": "Write a run as other programs read it; `colacli.json` in it says of which run it is.",
    "init": "Write a commented colacli.toml into this folder: every option with its help and its default.",
    "pairs": "Minimal pairs: how often does a model prefer the acceptable sentence? By paradigm, phenomenon and field.",
    "report": "Write a report of runs: models, curves, comparison, checklist, and the commands that make them again.",
    "baseline": "Judges that are no tuned networks, as runs: majority, ngrams, lm.",
    "runs": "The runs in the store: list, show, name, resume, rm, verify, gc, du, export, import, push, pull.",
    "data": "Corpora: list, show, fetch, import.",
    "config": "Every setting and its source; trust of a folder's settings.",
}
"""Name, and first paragraph of the help; the module has the same name, and an `app`."""


class _Imported(Mapping[str, Any]):
    """The commands by name, each imported when it is looked up."""

    def __getitem__(self, name: str) -> Any:
        if name not in COMMANDS:
            raise KeyError(name)
        return _import_command(name)

    def __iter__(self) -> Iterator[str]:
        return iter(COMMANDS)

    def __len__(self) -> int:
        return len(COMMANDS)


@cache
def _import_command(name: str) -> Any:
    command = typer.main.get_command(import_module(f"colacli.cli.{name.replace('-', '_')}").app)
    command.name = name
    take_plain_values(command)
    return command


class Commands(TyperGroup):
    """The group of all commands: its lists are made from the names and texts above."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        self.commands: Any = _Imported()

    def get_params(self, ctx: Any) -> list[Any]:
        """The app's own options, which take plain values as they are too."""
        return [*with_plain_values(super().get_params(ctx))]

    def list_commands(self, ctx: typer.Context) -> list[str]:  # type: ignore[override] # noqa: ARG002
        """The names."""
        return list(COMMANDS)

    def get_command(self, ctx: typer.Context, cmd_name: str) -> TyperCommand | None:  # type: ignore[override] # noqa: ARG002
        """What a list says of a command; None where there is none."""
        return TyperCommand(cmd_name, help=COMMANDS[cmd_name]) if cmd_name in COMMANDS else None

    def resolve_command(self, ctx: typer.Context, args: list[str]) -> tuple[str | None, Any, list[str]]:  # type: ignore[override]
        """The command that the arguments begin with, and the other arguments.

        Raises:
            UsageError: there is none; Typer's.
        """
        name, listed, others = super().resolve_command(ctx, args)
        return name, self.commands[name] if listed else None, others
