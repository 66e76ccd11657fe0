"""In which order a search tries the settings of its space."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from itertools import product
from typing import Any, Literal, Protocol

from colacli.data.seeded_random import SeededRandom
from colacli.errors import UnavailableError, UsageError
from colacli.workflows.search_space import LARGEST_GRID, Choices, Setting, Space, Value

SamplerName = Literal["grid", "random", "tpe"]


class Sampler(Protocol):
    """Says what to try next."""

    def ask(self, count: int) -> list[Setting]:
        """At most so many settings, none of which it gave before; fewer when there are no more."""

    def tell(self, setting: Setting, value: float | None) -> None:
        """How well one of them did, larger being better; None for one that failed."""


@dataclass
class Grid:
    """Every combination, the last option changing first."""

    space: Space
    _given: int = 0

    def __post_init__(self) -> None:
        values = [dimension.grid(option) for option, dimension in self.space.items()]
        if (size := math.prod(len(column) for column in values)) > LARGEST_GRID:
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
