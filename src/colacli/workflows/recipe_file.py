"""A recipe from its TOML file, with the options of `--set`; everything that can be wrong with it is named there."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from colacli.errors import UsageError, did_you_mean
from colacli.options import options_of
from colacli.store.reading import convert
from colacli.store.refs import is_name
from colacli.workflows.recipe import TRIALS, Arm, Recipe, Search
from colacli.workflows.search_space import Space, parse_space
from colacli.workflows.verbs import VERBS

_NOT_OF_A_RUN = {"name", "seeds", "jobs", "dry-run", "force"}
"""Options of a verb that are the experiment's own."""
_FIXED_IN_A_SEARCH = {"seed", "validation", "data", "device"}
"""What all trials have in common."""


@dataclass(frozen=True, kw_only=True)
class _Document:
    """A recipe's file. Its other tables are defaults of commands."""

    title: str
    about: str = ""
    claims: list[tuple[str, str]] = field(default_factory=list)
    arms: dict[str, dict[str, Any]]
    search: Search | None = None
    space: dict[str, Any] = field(default_factory=dict)


def read_recipe(path: Path, overrides: Mapping[str, Any] | None = None) -> Recipe:
    """A recipe from its file.

    Args:
        path: of the file.
        overrides: options that hold for every arm whose command has them, whatever the file says.

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
    if not arms:
        raise UsageError(f"{path} has no arm", "docs/experiments.md shows a recipe")
    _check_claims(document.claims, arms, path)
    arms = _overridden(arms, overrides or {})
    space = _space(document, arms, path)
    if both := sorted((overrides or {}).keys() & space.keys()):
        raise UsageError(f"--set {both[0]}: {path} searches this option", "leave it out, or take it out of [space]")
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
    if not is_name(name) or not is_name(f"{path.stem}-{name}{TRIALS}"):  # the longest of the names in the store
        hint = "use letters, digits, '.', '_' and '-', and fewer than 90 of them, the file's name included"
        raise UsageError(f"{where}: an arm can't be called so", hint)
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


def _overridden(arms: Mapping[str, Arm], overrides: Mapping[str, Any]) -> dict[str, Arm]:
    """The arms, each with the options that its command has."""
    known = {name: settings_of(arm.command) for name, arm in arms.items()}
    _check_known(overrides, set().union(*known.values()) - {"teacher"}, "--set", "option")  # an arm has its own
    return {
        name: replace(arm, settings=arm.settings | {key: overrides[key] for key in overrides.keys() & known[name]})
        for name, arm in arms.items()
    }


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
    _check_known(space, settings_of(arm.command) - _FIXED_IN_A_SEARCH, f"{path}: [space]", "option")
    if not 1 <= search.budget <= 100_000 or search.round < 1:
        hint = "budget is 1 to 100000 trials, a round at least one"
        raise UsageError(f"{path}: [search] budget = {search.budget}, round = {search.round}", hint)
    if f"{arm.name}{TRIALS}" in arms:
        raise UsageError(f"{path}: [arms.{arm.name}{TRIALS}] is what the trials of {arm.name} are called", "rename it")
    if type(arm.settings.get("seed", 0)) is not int:
        raise UsageError(f"{path}: {arm.name}'s seed is a whole number, not {arm.settings['seed']!r}")
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
            hint = f"{did_you_mean(str(name), known)}there are {', '.join(known)}"
            raise UsageError(f"{where}: there is no {what} '{name}'", hint)
