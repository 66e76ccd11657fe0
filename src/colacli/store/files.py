"""Writing files so that a crash leaves either all of them or none: temporary, fsync, rename."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import stat
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from colacli.errors import UsageError, check_text


def hash_file(path: Path) -> str:
    """Hexadecimal SHA-256 of a file's bytes."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def file_size(path: Path) -> int | None:
    """Bytes of a file; None where there is none, or something else."""
    with suppress(FileNotFoundError, NotADirectoryError):
        status = path.stat()
        return status.st_size if stat.S_ISREG(status.st_mode) else None
    return None


def is_folder(path: Path) -> bool:
    """Whether a folder is there; where nobody can tell (permissions, a broken disk), it is."""
    return in_doubt(path.is_dir)


def is_there(path: Path) -> bool:
    """Whether a file or folder is there; where nobody can tell, it is."""
    return in_doubt(path.exists)


def in_doubt(check: Callable[[], bool]) -> bool:
    """What a check says; where the system does not let it be made, yes."""
    try:
        return check()
    except OSError:
        return True


def sync_file(path: Path) -> None:
    """Force a file's bytes to disk."""
    with path.open("rb") as stream:
        os.fsync(stream.fileno())


def sync_folder(path: Path) -> None:
    """Force a folder's entries to disk, where the system can open folders (Windows can't)."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except PermissionError:
        return
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_files(folder: Path) -> None:
    """Force all files of a folder to disk, and its entries."""
    for path in folder.iterdir():
        sync_file(path)
    sync_folder(folder)


def make_folder(path: Path) -> None:
    """Make a folder, and those above it, with their entries forced to disk; one that is there is fine."""
    if not path.parent.is_dir():
        make_folder(path.parent)
    path.mkdir(exist_ok=True)
    sync_folder(path.parent)  # also where another process made it just now, and may not have come to this


def expanded(path: str | Path, where: str) -> Path:
    """A folder that the user names, absolute, `~` being the home folder; `where` names the setting.

    Raises:
        UsageError: there is no home folder or no working folder, or the path is not UTF-8, as a library needs it.
    """
    try:
        folder = Path(path).expanduser().absolute()
    except (OSError, RuntimeError) as error:
        raise UsageError(f"{where}: {error}", "give an absolute path") from error
    check_text(str(folder), where)
    return folder


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A temporary beside a file, which takes its place when the block ends well and is gone when it doesn't."""
    temporary = path.with_name(f".{path.name[:50]}.{uuid.uuid4().hex}.tmp")  # no longer than a name may be
    try:
        yield temporary
        sync_file(temporary)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    sync_folder(path.parent)


def write_atomically(path: Path, content: bytes) -> None:
    """Replace a file by new bytes; a reader sees all of the old ones or all of the new ones."""
    with replacing(path) as temporary:
        temporary.write_bytes(content)


def rename_folder(source: Path, target: Path) -> bool:
    """Rename a complete folder into place; False when another is there already.

    The rename is the one moment at which the target comes to exist, so of two writers the second learns it here.
    """
    try:
        source.rename(target)
    except OSError as error:
        if error.errno in (errno.ENOTEMPTY, errno.EEXIST) or target.is_dir():
            return False
        raise
    sync_folder(target.parent)
    return True


@contextmanager
def scratch_folder(path: Path) -> Iterator[Path]:
    """A new folder that is removed afterwards unless it was renamed, also on Ctrl-C."""
    try:
        make_folder(path)
        yield path
    finally:
        remove_folder(path)


def remove_folder(path: Path) -> None:
    """Remove a folder and all in it; it may be absent, or be removed by another process at the same time."""
    while path.is_dir():
        with suppress(FileNotFoundError):
            shutil.rmtree(path)


def bytes_in(path: Path) -> int:
    """Bytes of a file, or of all files in a folder; what can't be read counts as none."""
    size = 0
    for file in (str(path), *(f"{folder}{os.sep}{name}" for folder, _, names in os.walk(path) for name in names)):
        with suppress(OSError):
            status = os.lstat(file)
            size += status.st_size if stat.S_ISREG(status.st_mode) else 0
    return size
