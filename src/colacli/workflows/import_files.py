"""Several exported files at once, as a class hands them in: each is taken in completely or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from colacli.errors import ColacliError, UsageError
from colacli.events import OnEvent
from colacli.sharing.archive import asked_in
from colacli.store.refs import check_name, names
from colacli.store.store import Store
from colacli.workflows.sharing import Shared, bring_in

SUFFIX = ".tar"


@dataclass(frozen=True)
class ImportedFile:
    """A file, and what became of its runs."""

    path: Path
    name: str | None
    shared: list[Shared] = field(default_factory=list)
    error: ColacliError | None = None
    """Why nothing of it was taken in."""


def import_files(
    store: Store, paths: Sequence[Path], *, name: str | None, by_file: bool, on_event: OnEvent
) -> list[ImportedFile]:
    """Take in the runs of exported files, one after the other; a file that can't be used loses none of the others.

    Args:
        store: where to.
        paths: the files.
        name: given to the runs that a single file was made for.
        by_file: whether each file's runs get its name, without `.tar`.
        on_event: told what is going on.

    Raises:
        UsageError: a name can't be given, and nothing was imported: two files have the same, it is none, or it stands
            for other runs already.
        ColacliError: the only file can't be used.
    """
    if name and (by_file or len(paths) > 1):
        raise UsageError(f"--name {name} is for one file", "--name-by-file names the runs of several after the files")
    named = _names_by_file(store, paths) if by_file else [name] * len(paths)
    if len(paths) == 1:
        return [ImportedFile(paths[0], named[0], bring_in(store, paths[0], name=named[0], on_event=on_event))]
    return [_imported(store, path, name, on_event) for path, name in zip(paths, named, strict=True)]


def _imported(store: Store, path: Path, name: str | None, on_event: OnEvent) -> ImportedFile:
    try:
        return ImportedFile(path, name, bring_in(store, path, name=name, on_event=on_event))
    except ColacliError as error:
        return ImportedFile(path, name, error=error)


def _names_by_file(store: Store, paths: Sequence[Path]) -> list[str]:
    """A name a file, each checked against the others and against those in the store.

    A name that stands for the runs of its file already may stay: the command can be repeated.
    """
    present = {name.casefold(): (name, set(keys)) for name, keys in names(store).items()}
    seen: dict[str, Path] = {}
    for path in paths:
        name = _name_of(path)
        if other := seen.get(name.casefold()):
            raise UsageError(
                f"{other} and {path} would both be called '{name}'", "rename one of them; nothing was imported"
            )
        seen[name.casefold()] = path
        before, keys = present.get(name.casefold(), (name, set()))
        if before != name or (keys and keys != _asked(path)):
            hint = f"rename the file, or import it alone with --name; `colacli runs show {before}` says what it is"
            raise UsageError(f"{path}: '{before}' is the name of other runs; nothing was imported", hint)
    return [_name_of(path) for path in paths]


def _name_of(path: Path) -> str:
    try:
        return check_name(path.name.removesuffix(SUFFIX))
    except UsageError as error:
        raise UsageError(f"{path}: {error.message}; nothing was imported", f"rename the file: {error.hint}") from error


def _asked(path: Path) -> set[str]:
    """Keys of the runs that a file was made for; none where it can't be read, which its import will say."""
    with suppress(ColacliError, OSError):
        return set(asked_in(path))
    return set()
