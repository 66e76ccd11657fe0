"""Every figure that was measured, kept in a JSON file as soon as it is known; medians and spreads of them."""

from __future__ import annotations

import json
import os
import statistics
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from benchmarks.machine import kind
from colacli.devices import FAST_BF16

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from benchmarks.piece import Result

SCHEMA = "colacli.benchmarks/2"
_OF_ONE_MACHINE = "colacli.benchmarks/1"
Machine = dict[str, str]
"""What `machine.describe` says."""
Turn = dict[str, "Result"]
"""Of every contender, what it found when it was its turn."""


@dataclass(frozen=True)
class Spread:
    """The middle of several figures, and how far they reach."""

    median: float
    low: float
    high: float
    count: int


def spread(values: Sequence[float]) -> Spread:
    """Median, least and greatest of at least one figure."""
    return Spread(statistics.median(values), min(values), max(values), len(values))


@dataclass
class RowResults:
    """What was measured of one row."""

    code: str
    """Digest of the code that it was measured of."""
    settings: dict[str, Any]
    """What else its figures depend on: threads, steps, corpus."""
    machine: Machine
    """What it was measured on."""
    date: str = ""
    """When the last figure was measured, in UTC."""
    turns: list[Turn] = field(default_factory=list)

    def has(self, turn: int, contender: str) -> bool:
        """Whether a contender had this turn already."""
        return turn < len(self.turns) and contender in self.turns[turn]

    def add(self, turn: int, contender: str, result: Result) -> None:
        """Keep what a contender found in a turn."""
        while len(self.turns) <= turn:
            self.turns.append({})
        self.turns[turn][contender] = result
        self.date = datetime.now(UTC).strftime("%Y-%m-%d %H:%M")

    def of(self, contender: str, measure: str) -> list[float]:
        """A contender's figures, turn by turn."""
        return [turn[contender][measure] for turn in self.turns if measure in turn.get(contender, {})]


Rows = dict[str, RowResults]
"""By their names."""


@dataclass
class Results:
    """A file of results: for each kind of processor the rows that were measured on one, by name."""

    kinds: dict[str, Rows] = field(default_factory=dict)

    def row(self, name: str, code: str, settings: dict[str, Any], machine: Machine, *, again: bool) -> RowResults:
        """Where a row's figures go: to those that are there if they are of the same code, settings and machine.

        Else to none, in place of this row of this kind of processor. Other kinds stay as they are.
        """
        rows = self.kinds.setdefault(kind(machine, settings["threads"]), {})
        kept = rows.get(name)
        if again or kept is None or (kept.code, kept.settings, kept.machine) != (code, settings, machine):
            rows[name] = RowResults(code, settings, machine)
        return rows[name]

    def save(self, path: Path) -> None:
        """Write all of it, whole or not at all."""
        path.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps({"schema": SCHEMA, **asdict(self)}, indent=1) + "\n"
        new = path.with_suffix(".new")
        new.write_text(text, encoding="utf-8")
        os.replace(new, path)  # noqa: PTH105 - Path.replace gives another Path


def load(path: Path) -> Results:
    """The results in a file.

    Raises:
        OSError: it can't be read.
        ValueError: it is none of ours.
    """
    document = json.loads(path.read_text(encoding="utf-8"))
    if document.get("schema") == _OF_ONE_MACHINE:
        return _of_one_machine(document["machine"], document["rows"])
    if document.get("schema") != SCHEMA:
        raise ValueError(f"{path} is not a file of benchmark results")
    kinds = document["kinds"].items()
    return Results({one: {name: RowResults(**row) for name, row in rows.items()} for one, rows in kinds})


def _of_one_machine(machine: Machine, rows: dict[str, dict[str, Any]]) -> Results:
    """A file of an older version, which had one machine, and chose the precision by its instructions alone."""
    default = "bf16" if FAST_BF16 & set(machine["instructions"].split(", ")) else "fp32"
    results = Results()
    for name, row in rows.items():
        settings = {**row["settings"], "default": default}
        kept = results.row(name, row["code"], settings, machine, again=True)
        kept.date, kept.turns = row["date"], row["turns"]
    return results
