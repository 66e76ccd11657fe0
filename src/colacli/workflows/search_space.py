"""The settings that a search may try, and in which order it tries them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any, Literal, Protocol

from colacli.data.seeded_random import SeededRandom
from colacli.errors import UnavailableError, UsageError

Value = bool | int | float | str
Setting = dict[str, Value]
"""A value for each option of the space."""
SamplerName = Literal["grid", "random", "tpe"]

_BOUNDS = {"low", "high", "log", "steps"}
_LARGEST_GRID = 100_000


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
    def text(self) -> str:
        """For people."""
        return f"{self.low} to {self.high}{', log' if self.log else ''}"


Space = dict[str, Choices | Range]
"""By option."""


class Sampler(Protocol):
    """Says what to try next."""

    def ask(self, count: int) -> list[Setting]:
        """At most so many settings, none of which it gave before; fewer when there are no more."""

    def tell(self, setting: Setting, value: float | None) -> None:
        """How well one of them did, larger being better; None for one that failed."""


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
    if not isinstance(log, bool) or not (steps is None or (type(steps) is int and 2 <= steps <= _LARGEST_GRID)):
        raise UsageError(f"{where}: log is true or false, steps a whole number of at least 2", hint)
    if isinstance(low, int) != isinstance(high, int):
        low, high = float(low), float(high)
    return Range(low, high, log, steps)


@dataclass
class Grid:
    """Every combination, the last option changing first."""

    space: Space
    _given: int = 0

    def __post_init__(self) -> None:
        values = [dimension.grid(option) for option, dimension in self.space.items()]
        if (size := math.prod(len(column) for column in values)) > _LARGEST_GRID:
            raise UsageError(f"[space] has {size:,} combinations", "search at random, with a budget")
        self._settings = [dict(zip(self.space, row, strict=True)) for row in product(*values)]

    def ask(self, count: int) -> list[Setting]:
        """The next ones."""
        settings = self._settings[self._given : self._given + count]
        self._given += len(settings)
        return settings

    def tell(self, setting: Setting, value: float | None) -> None:
        """A grid learns nothing."""


@dataclass
class RandomSampler:
    """Each option by itself, uniformly; the first n of a seed are the same whatever the budget."""

    space: Space
    seed: int
    _seen: set[tuple[Value, ...]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._random = SeededRandom(f"search {self.seed}")

    def ask(self, count: int) -> list[Setting]:
        """New ones; a hundred repeated draws in a row mean that there are no more."""
        settings: list[Setting] = []
        repeated = 0
        while len(settings) < count and repeated < 100:
            setting = {option: dimension.at(self._random.random()) for option, dimension in self.space.items()}
            if (drawn := tuple(setting.values())) in self._seen:
                repeated += 1
                continue
            repeated = 0
            self._seen.add(drawn)
            settings.append(setting)
        return settings

    def tell(self, setting: Setting, value: float | None) -> None:
        """It learns nothing."""


class TpeSampler:
    """Optuna's tree-structured Parzen estimator (Bergstra, Bardenet, Bengio and Kégl 2011), told after every round.

    Raises:
        UnavailableError: Optuna is not installed.
    """

    def __init__(self, space: Space, seed: int) -> None:
        try:
            import optuna
        except ImportError as error:
            hint = "pip install 'colacli[search]', or sampler = \"random\""
            raise UnavailableError(f'sampler = "tpe" needs the package optuna: {error}', hint) from error
        optuna.logging.set_verbosity(optuna.logging.ERROR)
        self._optuna, self._space = optuna, space
        self._study = optuna.create_study(
            direction="maximize", sampler=optuna.samplers.TPESampler(seed=seed, n_startup_trials=8)
        )
        self._trials: dict[tuple[Value, ...], Any] = {}

    def ask(self, count: int) -> list[Setting]:
        """Its suggestions that are new: what is suggested again tells nothing, since a run is always the same."""
        settings: list[Setting] = []
        repeated = 0
        while len(settings) < count and repeated < 20:
            trial = self._study.ask()
            setting = {option: self._suggest(trial, option) for option in self._space}
            if (drawn := tuple(setting.values())) in self._trials:
                self._study.tell(trial, state=self._optuna.trial.TrialState.FAIL)
                repeated += 1
                continue
            self._trials[drawn] = trial
            settings.append(setting)
        return settings

    def _suggest(self, trial: Any, option: str) -> Value:
        dimension = self._space[option]
        if isinstance(dimension, Choices):
            position: int = trial.suggest_categorical(option, list(range(len(dimension.values))))
            return dimension.values[position]
        if dimension.is_whole:
            return int(trial.suggest_int(option, dimension.low, dimension.high, log=dimension.log))
        return float(f"{trial.suggest_float(option, dimension.low, dimension.high, log=dimension.log):.3g}")

    def tell(self, setting: Setting, value: float | None) -> None:
        """A trial that failed is not suggested again."""
        trial = self._trials[tuple(setting.values())]
        if value is None:
            self._study.tell(trial, state=self._optuna.trial.TrialState.FAIL)
        else:
            self._study.tell(trial, value)


def sampler_of(name: SamplerName, space: Space, seed: int) -> Sampler:
    """A sampler by its name in a recipe.

    Raises:
        UsageError: a grid can't be made of the space.
        UnavailableError: the package is not installed.
    """
    if name == "grid":
        return Grid(space)
    return RandomSampler(space, seed) if name == "random" else TpeSampler(space, seed)
