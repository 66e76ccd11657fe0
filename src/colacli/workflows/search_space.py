"""The settings that a search may try."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from colacli.errors import UsageError

Value = bool | int | float | str
Setting = dict[str, Value]
"""A value for each option of the space."""

_BOUNDS = {"low", "high", "log", "steps"}
LARGEST_GRID = 100_000
"""Most combinations."""


@dataclass(frozen=True)
class Choices:
    """One of several values."""

    values: tuple[Value, ...]

    def at(self, fraction: float) -> Value:
        """The value at a place in [0, 1)."""
        return self.values[int(fraction * len(self.values))]

    def grid(self, option: str) -> Sequence[Value]:  # noqa: ARG002
        """All values."""
        return self.values

    @property
    def bounds(self) -> Sequence[Value]:
        """All values: where these can be, all can."""
        return self.values

    @property
    def text(self) -> str:
        """For people."""
        return ", ".join(str(value) for value in self.values)


@dataclass(frozen=True)
class Range:
    """A number between two, both included; whole where both are."""

    low: float
    high: float
    log: bool = False
    """Whether it is drawn uniformly in its logarithm."""
    steps: int | None = None
    """How many values a grid takes."""

    @property
    def is_whole(self) -> bool:
        """Whether only whole numbers are meant."""
        return isinstance(self.low, int) and isinstance(self.high, int)

    def at(self, fraction: float) -> Value:
        """The number at a place in [0, 1], by three significant digits: a key should not hang on a rounding error."""
        low, high = (self.low, self.high) if not self.is_whole else (self.low - 0.5, self.high + 0.5)
        if self.log:
            value = math.exp(math.log(low) + fraction * (math.log(high) - math.log(low)))
        else:
            value = low + fraction * (high - low)
        value = round(value) if self.is_whole else float(f"{value:.3g}")
        return type(self.low)(min(max(value, self.low), self.high))

    def grid(self, option: str) -> Sequence[Value]:
        """`steps` numbers from low to high.

        Raises:
            UsageError: there are no steps.
        """
        if self.steps is None:
            message = f"[space] {option}: a grid needs the number of values of a range"
            raise UsageError(message, "add steps = N to it, or give a list of values")
        ends = [self.at(step / max(1, self.steps - 1)) for step in range(self.steps)]
        return list(dict.fromkeys(ends))

    @property
    def bounds(self) -> Sequence[Value]:
        """Both ends."""
        return self.low, self.high

    @property
    def text(self) -> str:
        """For people."""
        return f"{self.low} to {self.high}{', log' if self.log else ''}"


Space = dict[str, Choices | Range]
"""By option."""


def parse_space(table: Mapping[str, Any], where: str) -> Space:
    """The space of a recipe's `[space]`.

    Raises:
        UsageError: an entry is neither a list of values nor a range; `where` names the file.
    """
    if not table:
        raise UsageError(f"{where}: [space] is empty", "give the options to be searched, as lists or ranges")
    return {option: _dimension(option, entry, f"{where}: [space] {option}") for option, entry in table.items()}


def _dimension(option: str, entry: Any, where: str) -> Choices | Range:
    if isinstance(entry, list):
        if not entry or not all(isinstance(value, bool | int | float | str) for value in entry):
            raise UsageError(f"{where}: a list of values has at least one, each a number, a word or true or false")
        return Choices(tuple(dict.fromkeys(entry)))
    hint = f"write {option} = [1, 2] or {option} = {{ low = 1e-4, high = 1e-2, log = true }}"
    if not isinstance(entry, dict) or not {"low", "high"} <= entry.keys() <= _BOUNDS:
        raise UsageError(f"{where} is neither a list of values nor a range with low and high", hint)
    low, high, log, steps = entry["low"], entry["high"], entry.get("log", False), entry.get("steps")
    numbers = all(
        isinstance(end, int | float) and not isinstance(end, bool) and math.isfinite(end) for end in (low, high)
    )
    if not numbers or not low < high or (log is True and low <= 0):
        raise UsageError(f"{where}: low is a number below high, and above 0 where log = true", hint)
    if not isinstance(log, bool) or not (steps is None or (type(steps) is int and 2 <= steps <= LARGEST_GRID)):
        raise UsageError(f"{where}: log is true or false, steps a whole number of at least 2", hint)
    if isinstance(low, int) != isinstance(high, int):
        low, high = float(low), float(high)
    return Range(low, high, log, steps)
