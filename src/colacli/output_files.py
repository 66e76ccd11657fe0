"""Files that a command writes where the user says: checked before the work, and replaced completely or not at all.

A pipe or a device is written to. Links are followed.
"""

from __future__ import annotations

import os
import stat
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from colacli.errors import DataError, UsageError
from colacli.store.files import remove_folder, replacing, scratch_folder, sync_file, sync_folder


def check_output(path: Path, *, force: bool, store: Path, source: Path | None = None) -> None:
    """See that a file can be written, before anything is computed for it.

    Args:
        path: the file.
        force: whether one that is there may be replaced.
        store: the store's folder, in which nothing but the store itself writes.
        source: a file that the command reads.

    Raises:
        UsageError: it can't be, or is there and may not be replaced.
    """
    hint = "name another file, in a folder that exists"
    try:
        if _is_stream(path):
            if not os.access(path, os.W_OK):
                raise UsageError(f"{path} can't be written", hint)
            return
        target = path.resolve()
        if path.is_dir() or target.is_relative_to(store.resolve()):
            raise UsageError(f"{path} can't be written: it is a folder, or in the store", hint)
        if source is not None and path.exists() and path.samefile(source):
            raise UsageError(f"{path} is what is read, and can't be written", hint)
        if path.exists() and not force:
            raise UsageError(f"{path} is there already", "name another file, or replace it with --force")
        with tempfile.TemporaryFile(dir=target.parent):  # permissions alone don't say whether this works
            pass
    except (OSError, ValueError) as error:
        raise UsageError(f"{path} can't be written: {getattr(error, 'strerror', None) or error}", hint) from error


@contextmanager
def open_output(path: Path) -> Iterator[IO[bytes]]:
    """A stream into a file, which is replaced when the block ends without an error; or into a pipe or a device.

    Raises:
        DataError: it can't be written.
    """
    try:
        if _is_stream(path):
            with path.open("wb") as stream:
                yield stream
        else:
            with replacing(path.resolve()) as temporary, temporary.open("wb") as stream:
                yield stream
                stream.flush()
    except OSError as error:
        raise DataError(f"{path} can't be written: {error.strerror or error}", "name another file") from error


def check_output_folder(path: Path, *, force: bool, store: Path, marker: str) -> None:
    """See that a folder can be made, before anything is computed for it.

    Args:
        path: the folder.
        force: whether one that is there may be replaced, if it is empty or has a file called `marker`.
        store: the store's folder.
        marker: what is in every folder that the command makes.

    Raises:
        UsageError: it can't be, or is there and may not be replaced.
    """
    hint = "name another folder, in one that exists"
    try:
        target, home = path.resolve(), store.resolve()
        if target.is_relative_to(home) or home.is_relative_to(target):
            raise UsageError(f"{path} can't be written: it is in the store, or the store is in it", hint)
        if path.exists() and not force:
            raise UsageError(f"{path} is there already", "name another folder, or replace it with --force")
        if path.exists() and not path.is_dir():
            raise UsageError(f"{path} is not a folder", hint)
        if path.is_dir() and any(path.iterdir()) and not (path / marker).is_file():
            raise UsageError(f"{path} has other files in it: it has no {marker}", "name another folder, or empty it")
        with tempfile.TemporaryFile(dir=target.parent):
            pass
    except (OSError, ValueError) as error:
        raise UsageError(f"{path} can't be written: {getattr(error, 'strerror', None) or error}", hint) from error


@contextmanager
def open_output_folder(path: Path) -> Iterator[Path]:
    """An empty folder beside `path`, which takes its place when the block ends without an error.

    Raises:
        DataError: it can't be written.
    """
    target = path.resolve()
    new, old = (target.with_name(f".{target.name[:50]}.{uuid.uuid4().hex}.tmp") for _ in range(2))
    try:
        with scratch_folder(new):
            yield new
            for file in sorted(new.rglob("*")):
                (sync_folder if file.is_dir() else sync_file)(file)
            sync_folder(new)
            if target.exists():
                target.rename(old)
            try:
                new.rename(target)
            except OSError:
                if old.exists():
                    old.rename(target)
                raise
            sync_folder(target.parent)
    except OSError as error:
        raise DataError(f"{path} can't be written: {error.strerror or error}", "name another folder") from error
    remove_folder(old)


def _is_stream(path: Path) -> bool:
    """Whether it is a pipe or a device, or names an open file by its number (as /dev/stdout does).

    Raises:
        OSError: its name is too long, or a part of it is no folder.
    """
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return False
    target = path.absolute()
    while target.is_symlink() and not _is_open_file(target):
        target = target.parent / target.readlink()
    return _is_open_file(target) or not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))


def _is_open_file(path: Path) -> bool:
    parent = path.parent.resolve()
    return parent.name == "fd" and parent.parts[1:2] in (("proc",), ("dev",))
