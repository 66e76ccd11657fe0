"""An experiment's recipe: arms, each a command with its settings, and the claims about them, from a TOML file."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from colacli.errors import UsageError
from colacli.options import options_of
from colacli.statistics.choice import ChosenBy
from colacli.store.reading import convert
from colacli.store.refs import is_name
from colacli.workflows.search_space import SamplerName, Space, parse_space
from colacli.workflows.verbs import VERBS

LARGER = "--larger"
"""The variant of an arm that is left out unless `--larger` names a base model for it."""
_NOT_OF_A_RUN = {"name", "seeds", "jobs", "dry-run", "force"}
"""Options of a verb that are the experiment's own."""
_OF_AN_ARM = {"command", "extends", "seeds"}


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
        return self.settings.get("teacher")


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


@dataclass(frozen=True, kw_only=True)
class _Document:
    """A recipe's file. Its other tables are defaults of commands."""

    title: str
    about: str = ""
    claims: list[tuple[str, str]] = field(default_factory=list)
    arms: dict[str, dict[str, Any]]
    search: Search | None = None
    space: dict[str, Any] = field(default_factory=dict)


def read_recipe(path: Path) -> Recipe:
    """A recipe from its file.

    Raises:
        UsageError: it can't be read, or a table, an option, an arm or a claim in it is none.
    """
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"{path} can't be read: {error.strerror}", "name a recipe, a TOML file") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} is not TOML: {error}", "correct it there") from error
    if not is_name(path.stem):
        raise UsageError(f"{path}: its runs can't be named after '{path.stem}'", "rename the file")
    own = {name: table for name, table in tables.items() if name in _Document.__dataclass_fields__}
    defaults = _defaults({name: table for name, table in tables.items() if name not in own})
    _check_known(defaults, [*VERBS, *_Document.__dataclass_fields__], f"{path} has no table", "command")
    try:
        document = convert(own, _Document)
    except ValueError as error:
        raise UsageError(f"{path} is not a recipe: {error}", "docs/experiments.md shows one") from error
    for command, settings in defaults.items():
        if not isinstance(settings, dict):
            raise UsageError(f"{path}: {command} is no table", f"write [{command}] above its settings")
        _check_known(settings, settings_of(command), f"{path}: [{command}]", "option")
    arms = {name: _arm(name, document.arms, defaults, path) for name in document.arms}
    _check_claims(document.claims, arms, path)
    space = _space(document, arms, path)
    about = document.about.strip()
    return Recipe(path.stem, document.title, about, arms, document.claims, document.search, space)


def _defaults(tables: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The settings of commands by their names; `[baseline.ngrams]` is a table in a table."""
    baselines = tables.get("baseline")
    if not isinstance(baselines, dict):
        return dict(tables)
    defaults = {name: table for name, table in tables.items() if name != "baseline"}
    return defaults | {f"baseline.{name}": table for name, table in baselines.items()}


def _arm(name: str, tables: Mapping[str, Any], defaults: Mapping[str, Any], path: Path) -> Arm:
    where = f"{path}: [arms.{name}]"
    if not is_name(name):
        raise UsageError(f"{where}: an arm can't be called so", "use letters, digits, '.', '_' and '-'")
    own = _extended(name, tables, path, ())
    command = own.pop("command", None)
    if not isinstance(command, str) or command not in VERBS:
        raise UsageError(f"{where}: its command is one of {', '.join(VERBS)}", 'write command = "distil", say')
    seeds = own.pop("seeds", None)
    if seeds is not None and (type(seeds) is not int or not 1 <= seeds <= 10_000):
        raise UsageError(f"{where}: seeds is a whole number from 1 to 10000, not {seeds!r}")
    _check_known(own, settings_of(command), where, "option")
    return Arm(name, command, {**defaults.get(command, {}), **own}, seeds)


def _extended(name: str, tables: Mapping[str, Any], path: Path, seen: tuple[str, ...]) -> dict[str, Any]:
    """An arm's own settings over those of the arm that it extends.

    Raises:
        UsageError: there is no such arm, or they extend one another in a circle.
    """
    if name in seen:
        circle = " -> ".join((*seen, name))
        raise UsageError(f"{path}: arms extend one another: {circle}", "let one of them stand alone")
    own = dict(tables[name])
    if (base := own.pop("extends", None)) is None:
        return own
    _check_known([base], tables, f"{path}: [arms.{name}] extends", "arm")
    return {**_extended(base, tables, path, (*seen, name)), **own}


def settings_of(command: str) -> set[str]:
    """What can be set for a command in a recipe."""
    return {option.flag for option in options_of(VERBS[command].request)} - _NOT_OF_A_RUN


def _check_claims(claims: Iterable[tuple[str, str]], arms: Mapping[str, Arm], path: Path) -> None:
    for pair in claims:
        _check_known(pair, arms, f"{path}: claims", "arm")
        if pair[0] == pair[1]:
            raise UsageError(f"{path}: claims: {pair[0]} is compared with itself", "name two arms")


def _space(document: _Document, arms: Mapping[str, Arm], path: Path) -> Space:
    """What a search may try; empty without a search.

    Raises:
        UsageError: the search is of no arm, or of one that holds no sentences out, or its numbers can't be.
    """
    search = document.search
    if search is None:
        if document.space:
            raise UsageError(f"{path} has [space] without [search]", 'add [search] with arm = "NAME"')
        return {}
    _check_known([search.arm], arms, f"{path}: [search] arm", "arm")
    arm = arms[search.arm]
    space = parse_space(document.space, str(path))
    _check_known(space, settings_of(arm.command), f"{path}: [space]", "option")
    if not 1 <= search.budget <= 100_000 or not 1 <= search.round <= search.budget:
        hint = "a round is at least one trial, and no more than the budget"
        raise UsageError(f"{path}: [search] budget = {search.budget}, round = {search.round}", hint)
    if arm.settings.get("validation") != "holdout":
        hint = f'write validation = "holdout" in [arms.{arm.name}] or [{arm.command}]'
        raise UsageError(f"{path}: a search chooses by held-out sentences, and {arm.name} holds none out", hint)
    return space


def _check_known(names: Iterable[str], known: Iterable[str], where: str, what: str) -> None:
    """See that every name is known.

    Raises:
        UsageError: one is not; the nearest one is named.
    """
    known = sorted(known)
    for name in names:
        if name not in known:
            near = difflib.get_close_matches(str(name), known, n=1)
            hint = f"did you mean '{near[0]}'?" if near else f"there are {', '.join(known)}"
            raise UsageError(f"{where}: there is no {what} '{name}'", hint)
