"""The kinds of export: each is a module of its own here, imported when it is asked for, with one function.

    write(run: Run, store: Store, options: ExportOptions, path: Path, on_event: OnEvent) -> Written

It fills `path`, an empty folder, or writes it, a file. Neither is where the user wants it until all is well.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from importlib import import_module
from pathlib import Path
from typing import Any, Literal

from colacli.config import Checked, flag_of, setting
from colacli.errors import UnavailableError, UsageError
from colacli.statistics.comparison import Comparison
from colacli.store.run import Run
from colacli.training.requests import MOVED_BASE


@dataclass(frozen=True, kw_only=True)
class ExportOptions(Checked):
    """What single kinds of export take."""

    base: Path | None = MOVED_BASE
    quantize: Literal["none", "int8"] = setting("none", "Weights of the ONNX model: int8 is a quarter of the size.")
    merged: bool = setting(
        default=False, help="For the hub: a teacher's adapter merged into its base, in place of the adapter alone."
    )
    licence: str | None = setting(
        None,
        "For the hub: the licence in the card, by the hub's identifier.",
        shown_default="the base model's, if known",
    )


@dataclass(frozen=True)
class Kind:
    """One kind of export."""

    makes: Literal["folder", "file"]
    options: frozenset[str] = frozenset()
    """Fields of `ExportOptions` that it takes."""
    several: bool = False
    """Whether a name of several runs makes one export: `write` is then called for each, on the same path."""


KINDS = {
    "transformers": Kind("folder", frozenset({"base"})),
    "peft": Kind("folder", frozenset({"base"})),
    "onnx": Kind("folder", frozenset({"base", "quantize"})),
    "page": Kind("file"),
    "hub": Kind("folder", frozenset({"base", "merged", "licence"})),
    "tensorboard": Kind("folder", several=True),
    "trackio": Kind("folder", several=True),
}
"""By the name of their modules."""


LABELS = {0: "unacceptable", 1: "acceptable"}
"""What exports call the two labels."""


@dataclass(frozen=True)
class Agreement:
    """An export's logits held against the run's."""

    sentences: int
    on: str
    """What they were compared on."""
    largest_difference: float
    """Between two logits."""


@dataclass(frozen=True)
class Written:
    """What is said of an export beside its files."""

    agreement: Agreement | None = None
    """None where there are no logits to compare."""
    changes: tuple[tuple[str, Comparison], ...] = ()
    """By split: the export's answers against the run's, where it rounds."""
    notes: tuple[str, ...] = ()
    """Sentences for the user."""


def check_kind(name: str, options: ExportOptions) -> Kind:
    """The kind of this name, if it takes the options that are given.

    Raises:
        UsageError: there is no such kind, or it has no such option.
    """
    if name not in KINDS:
        raise UsageError(f"--to: '{name}' is not one of {', '.join(KINDS)}", "`colacli export --help` shows the kinds")
    for option in fields(options):
        if getattr(options, option.name) != option.default and option.name not in KINDS[name].options:
            takers = ", ".join(other for other, kind in KINDS.items() if option.name in kind.options)
            flag = flag_of(option.name, option.metadata)
            raise UsageError(f"--{flag} has no meaning with --to {name}", f"it is for {takers}: leave it out")
    return KINDS[name]


def load_kind(name: str) -> Any:
    """The module of a kind."""
    return import_module(f"colacli.exports.{name}")


def refuse_baseline(run: Run) -> None:
    """Only networks are exported as models.

    Raises:
        UsageError: the run is a baseline.
    """
    if run.spec.is_baseline:
        message = f"run {run.key[:12]} is a baseline, not a network"
        raise UsageError(message, "name a run of finetune, train-student or distil; `runs export` takes any run")


def need(package: str, extra: str) -> Any:
    """An optional package.

    Raises:
        UnavailableError: it is not installed.
    """
    try:
        return import_module(package)
    except ImportError as error:
        hint = f"pip install 'colacli[{extra}]'"
        raise UnavailableError(f"this export needs the package {package.partition('.')[0]}: {error}", hint) from error
