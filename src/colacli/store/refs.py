"""References: how a person names runs. Key digits, a name, `latest~N`, a path, `^teacher`."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from colacli.errors import IntegrityError, UnknownReferenceError, UsageError
from colacli.store.artifact import RUNS
from colacli.store.canonical import is_key
from colacli.store.files import make_folder, write_atomically
from colacli.store.folders import Folders
from colacli.store.index import scan_by_age
from colacli.store.manifest import MANIFEST
from colacli.store.reading import read_bounded
from colacli.store.run import Run
from colacli.store.store import Store

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_DIGITS = re.compile(r"[0-9a-f]{4,64}")
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
"""Devices, to Windows, whatever comes after the dot."""
_LATEST = re.compile(r"latest(?:~(\d{1,9}))?")
_LIST_HINT = "`colacli runs list` shows what there is"


def check_name(name: str) -> str:
    """A name that may be given to runs.

    Raises:
        UsageError: it could be taken for something else, or is no file name everywhere.
    """
    if not is_name(name):
        raise UsageError(
            f"'{name}' can't be a name",
            "use up to 100 letters, digits, '.', '_' and '-', a letter or digit first; no name that Windows reserves",
        )
    if _DIGITS.fullmatch(name) or _LATEST.fullmatch(name):
        raise UsageError(f"'{name}' can't be a name: it reads as a key or as 'latest'", "choose another name")
    return name


def is_name(name: str) -> bool:
    """Whether text can be a name's file, on every system."""
    return bool(_NAME.fullmatch(name)) and not name.endswith(".") and not _RESERVED.fullmatch(name)


def check_free(store: Folders, name: str) -> None:
    """See that a name can be given, be it there already or not.

    Raises:
        UsageError: it can't be a name, or differs from another in upper and lower case alone.
    """
    check_name(name)
    for other in _name_files(store):
        if other != name and other.casefold() == name.casefold():
            raise UsageError(f"'{name}' and '{other}' are one file to some systems", f"use '{other}', or another name")


def set_name(store: Store, name: str, keys: list[str]) -> list[str]:
    """Let a name stand for these runs; the keys that it stood for before.

    Raises:
        UsageError: it can't be a name, or differs from another in upper and lower case alone.
        UnknownReferenceError: a run was removed meanwhile.
    """
    check_free(store, name)
    before: list[str] | None = None
    with suppress(IntegrityError):  # a damaged name can be given again
        before = _keys(store.refs / name)
    if before != keys:  # a name that stands already is given again in a store that is only read
        _write(store, name, keys)
    # Whoever removes a run looks at the names after it, and here the run is looked at after the name: one of the two
    # sees the other, so no name is left without its run unnoticed.
    if missing := [key[:12] for key in keys if not (store.folder(RUNS) / key).is_dir()]:
        raise UnknownReferenceError(f"run {missing[0]} was removed while it was named '{name}'", "make it again")
    return before or []


def drop_from_names(store: Folders, keys: set[str]) -> None:
    """Take runs that were removed out of every name; a name without runs is removed too."""
    for name, stored in names(store).items():
        remaining = [key for key in stored if key not in keys]
        if not remaining:
            (store.refs / name).unlink(missing_ok=True)
        elif remaining != stored:
            _write(store, name, remaining)


def _write(store: Folders, name: str, keys: list[str]) -> None:
    make_folder(store.refs)
    write_atomically(store.refs / name, "".join(f"{key}\n" for key in keys).encode())


def names(store: Folders) -> dict[str, list[str]]:
    """All names and the keys they stand for, sorted by name; a damaged one is left out, and an error when used."""
    return scan_names(store)[0]


def scan_names(store: Folders) -> tuple[dict[str, list[str]], dict[str, IntegrityError]]:
    """All names that can be read and the keys they stand for, and what is wrong with the others, sorted by name."""
    keys_by_name: dict[str, list[str]] = {}
    damaged: dict[str, IntegrityError] = {}
    for name in _name_files(store):
        try:
            if keys := _keys(store.refs / name):
                keys_by_name[name] = keys
        except IntegrityError as error:
            damaged[name] = error
    return keys_by_name, damaged


def _name_files(store: Folders) -> list[str]:
    """What is in `refs/` and can be a name, sorted."""
    return sorted(filter(is_name, os.listdir(store.refs))) if store.refs.is_dir() else []  # noqa: PTH208 - names alone


def names_by_key(store: Folders) -> dict[str, list[str]]:
    """The names of every run that has one, by its key, sorted."""
    by_key: dict[str, list[str]] = {}
    for name, keys in names(store).items():
        for key in dict.fromkeys(keys):
            by_key.setdefault(key, []).append(name)
    return by_key


def names_of(store: Folders, key: str) -> list[str]:
    """The names that stand for a run."""
    return [name for name, keys in names(store).items() if key in keys]


def resolve(store: Store, reference: str) -> list[Run]:
    """The runs a reference stands for: one, as many as a name was given to, or those of several with commas.

    Raises:
        UnknownReferenceError: none, or an ambiguous one.
        IntegrityError: what it names is damaged.
    """
    if "," in reference and not _is_run_folder(reference.partition("^")[0]):
        return list({run.key: run for part in reference.split(",") for run in resolve(store, part)}.values())
    stem, parent, role = reference.partition("^")
    runs = _resolve_stem(store, stem)
    if parent:
        return list({run.key: run for child in runs for run in _parents(store, child, role, reference)}.values())
    return runs


def resolve_one(store: Store, reference: str) -> Run:
    """The one run a reference stands for.

    Raises:
        UnknownReferenceError: none, or more than one.
    """
    runs = resolve(store, reference)
    if len(runs) != 1:
        keys = ", ".join(f"run:{run.key[:12]}" for run in runs)
        raise UnknownReferenceError(f"'{reference}' stands for {len(runs)} runs: {keys}", "name one of them")
    return runs[0]


def keys_beginning(reference: str, keys: Iterable[str]) -> list[str]:
    """Those keys that four or more digits begin, with `run:` before them or without; none for any other reference."""
    digits = reference.removeprefix("run:")
    return [key for key in keys if key.startswith(digits)] if _DIGITS.fullmatch(digits) else []


def _resolve_stem(store: Store, stem: str) -> list[Run]:
    if latest := _LATEST.fullmatch(stem):
        return [_latest(store, int(latest[1] or 0))]
    if is_name(stem) and (keys := _keys(store.refs / stem)):
        return [_existing(store, key, f"the name '{stem}'") for key in keys]
    digits = stem.removeprefix("run:")
    if _DIGITS.fullmatch(digits):
        return [_by_digits(store, digits)]
    if digits == stem and _is_run_folder(stem):
        return [Run(Path(stem).resolve())]
    raise UnknownReferenceError(f"there is no run '{stem}' in {store.root}", _LIST_HINT)


def _keys(name: Path) -> list[str] | None:
    """The keys in a name's file; None where there is no such file.

    Raises:
        IntegrityError: it can't be read, is empty, or has something other than keys.
    """
    try:
        keys = read_bounded(name).decode("ascii", "replace").split()
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return None
    except OSError as error:
        raise IntegrityError(f"{name} can't be read: {error.strerror}", "see who may read it, or remove it") from error
    if not keys or not all(map(is_key, keys)):
        problem = "has something other than keys in it" if keys else "is empty"
        raise IntegrityError(f"{name} {problem}", "give the name again with `colacli runs name`, or remove the file")
    return keys


def _is_run_folder(path: str) -> bool:
    """Whether a path leads to a stored folder; one that no system could have doesn't."""
    try:
        return (Path(path) / MANIFEST).is_file()
    except (OSError, ValueError):
        return False


def _latest(store: Store, back: int) -> Run:
    keys = scan_by_age(store)
    if back >= len(keys):
        raise UnknownReferenceError(f"there is no latest~{back}: {store.root} has {len(keys)} runs", _LIST_HINT)
    return Run(store.folder(RUNS) / keys[-1 - back])


def _by_digits(store: Store, digits: str) -> Run:
    keys = keys_beginning(digits, store.run_keys())
    if len(keys) > 1:
        shortened = ", ".join(key[:12] for key in keys)
        raise UnknownReferenceError(f"'{digits}' begins {len(keys)} keys: {shortened}", "give more digits")
    if not keys:
        raise UnknownReferenceError(f"no run in {store.root} has a key that begins with '{digits}'", _LIST_HINT)
    return _existing(store, keys[0], digits)


def _existing(store: Store, key: str, where: str) -> Run:
    run = store.find_run(key)
    if run is None:
        raise UnknownReferenceError(f"run {key[:12]}, which {where} stands for, is not in {store.root}", _LIST_HINT)
    return run


def _parents(store: Store, run: Run, role: str, reference: str) -> list[Run]:
    """A run's parent in a role, or all of them where it had several."""
    parents = run.manifest.parents
    keys = [parents[name] for name in sorted(parents) if re.fullmatch(rf"{re.escape(role)}(-\d+)?", name)]
    if not keys:
        hint = "only distilled runs have ^teacher"
        raise UnknownReferenceError(f"'{reference}': run {run.key[:12]} has no '{role}'", hint)
    return [_existing(store, key, f"'{reference}'") for key in keys]
