"""A row of measurements: its contenders, and the claims that are figures of their turns.

A row's contenders are measured in turns, A, B, A, B, so that a machine that slows down for a
while slows all of them. A claim is a figure computed of each turn: a ratio, a share of a limit, a time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from benchmarks.results import Turn
from colacli.config import Precision


@dataclass(frozen=True)
class Settings:
    """How much is measured of each."""

    steps: int = 8
    """Training steps, after one to warm up; fewer of the peers."""
    epochs: int = 5
    """Of the distillation."""
    tokens: int = 200
    """That are generated."""
    pairs: int = 2_000
    """That are scored."""
    sentences: int = 8_551
    """Of the corpus' train split."""
    default: Precision = "bf16"
    """Precision that colacli takes on this processor when it is not told."""
    device: str = "cpu"
    """What computes."""

    @classmethod
    def recorded(cls, settings: Mapping[str, Any]) -> Settings:
        """Of results."""
        return cls(**{one.name: settings[one.name] for one in fields(cls) if one.name in settings})

    @property
    def grouped(self) -> int:
        """Steps of the peers' fastest training."""
        return min(5 if self.device == "cpu" else 20, self.steps)

    @property
    def slow(self) -> int:
        """Steps of the peers' default training and of the plain loop, each many seconds long."""
        return min(2, self.steps)


@dataclass(frozen=True)
class Contender:
    """One side of a row: a piece and its options."""

    name: str
    piece: str
    options: dict[str, Any] = field(default_factory=dict)
    seeded: bool = False
    """Whether each turn has a seed of its own, for other random batches."""

    @property
    def is_bf16(self) -> bool:
        """Whether it computes in bf16."""
        return self.options.get("precision") == "bf16" or bool(self.options.get("bf16"))


@dataclass(frozen=True)
class Claim:
    """One line of the report's first table."""

    work: str
    against: str
    value: Callable[[Turn], float]
    """Of one turn."""
    goal: float | None = None
    """What it should reach; None where it is only shown."""
    unit: str = "times"
    at_most: bool = False
    """Whether less is better."""

    def holds(self, value: float) -> bool:
        """Whether a figure reaches the goal."""
        return self.goal is None or (value <= self.goal if self.at_most else value >= self.goal)


@dataclass(frozen=True)
class Row:
    """What is measured together."""

    name: str
    title: str
    measures: dict[str, str]
    """Figures of its contenders that are shown, and their units."""
    contenders: tuple[Contender, ...]
    claims: tuple[Claim, ...] = ()
    bases: tuple[str, ...] = ("gpt2",)
    """Models that have to be made."""
    teachers: bool = False
    """Whether it needs the two teachers."""
    repeats: int | None = None
    """Most turns that it takes, whatever is asked for."""


def less(measure: str, ours: str, peer: str) -> Callable[[Turn], float]:
    """How many times less of something we take than a peer: seconds, bytes."""
    return lambda turn: float(turn[peer][measure] / turn[ours][measure])


def more(measure: str, ours: str, peer: str) -> Callable[[Turn], float]:
    """How many times more of something we have than a peer: tokens a second."""
    return less(measure, peer, ours)


def figure(measure: str, ours: str) -> Callable[[Turn], float]:
    """A figure as it is."""
    return lambda turn: float(turn[ours][measure])


def share(measure: str, ours: str, limit_measure: str, limit: str, times: float = 1.0) -> Callable[[Turn], float]:
    """A rate as a part of the limit measured in the same turn, in percent; `times` brings both to one unit."""
    return lambda turn: float(100 * times * turn[ours][measure] / turn[limit][limit_measure])


def ceiling(ours: str, limit: str, peer: str) -> Callable[[Turn], float]:
    """How many times less time a step would take than a peer's at the rate of products measured in the same turn."""

    def value(turn: Turn) -> float:
        products = turn[ours]["seconds_per_step"] * turn[ours]["flops_per_second"]  # of a step
        return float(turn[peer]["seconds_per_step"] * turn[limit]["flops_per_second"] / products)

    return value
