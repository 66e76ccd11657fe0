"""An experiment's recipe: arms, each a command with its settings, and the claims about them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from colacli.statistics.choice import ChosenBy
from colacli.workflows.samplers import SamplerName
from colacli.workflows.search_space import Space

LARGER = "--larger"
"""The variant of an arm that is left out unless `--larger` names a base model for it."""
TRIALS = "-trials"
"""After the name of a searched arm's runs: what its trials are called."""


@dataclass(frozen=True)
class Arm:
    """A command with its settings: as many runs as there are seeds."""

    name: str
    command: str
    settings: dict[str, Any]
    """By option, with dashes."""
    seeds: int | None = None
    """None for as many as the experiment's other arms."""

    @property
    def teacher(self) -> str | None:
        """An arm's name, or a reference."""
        teacher = self.settings.get("teacher")
        return teacher if isinstance(teacher, str) else None

    @property
    def student_base(self) -> str | None:
        """An arm's name, or a reference."""
        start = self.settings.get("student-base")
        return start if isinstance(start, str) else None

    @property
    def comes_from(self) -> set[str]:
        """Its teacher and its student base: names of arms, or references.

        Its own name as a student base is a reference.
        """
        start = self.student_base if self.student_base != self.name else None
        return {name for name in (self.teacher, start) if name is not None}


@dataclass(frozen=True, kw_only=True)
class Search:
    """How the settings of an arm are chosen: by sentences that are held out of train, never by dev."""

    arm: str
    sampler: SamplerName = "random"
    budget: int = 20
    """Most trials."""
    by: ChosenBy = "mcc"
    seed: int = 0
    """Of the sampler."""
    round: int = 4
    """Trials that the sampler gives at a time, without knowing how any of them does."""


@dataclass(frozen=True)
class Recipe:
    """An experiment, before anything of it is planned."""

    name: str
    """Its file's; runs are named after it and their arm."""
    title: str
    about: str
    arms: dict[str, Arm]
    claims: list[tuple[str, str]]
    search: Search | None = None
    space: Space = field(default_factory=dict)
    """What a search may try."""

    def run_name(self, arm: str) -> str:
        """What an arm's runs are called in the store."""
        return f"{self.name}-{arm}"

    def ancestors(self, arm: Arm) -> dict[str, Arm]:
        """The arms that one comes from, and those that they come from."""
        found: dict[str, Arm] = {}
        waiting = [arm]
        while waiting:
            for name in waiting.pop().comes_from & self.arms.keys() - found.keys():
                found[name] = self.arms[name]
                waiting.append(found[name])
        return {name: one for name, one in self.arms.items() if name in found}

    def without(self, arms: Iterable[str]) -> Recipe:
        """Without these arms, and without the claims about them."""
        left_out = set(arms)
        kept = {name: arm for name, arm in self.arms.items() if name not in left_out}
        return replace(self, arms=kept, claims=[pair for pair in self.claims if set(pair) <= kept.keys()])

    def settled(self, chosen: Mapping[str, Any]) -> Recipe:
        """With the settings that a search has chosen."""
        assert self.search is not None, "only a search chooses"
        arm = self.arms[self.search.arm]
        arms = {**self.arms, arm.name: replace(arm, settings={**arm.settings, **chosen})}
        return replace(self, arms=arms, search=None)
