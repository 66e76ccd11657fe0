"""Faults of disks and processes, in one process: death, a full disk, a broken one, at any of its operations.

Python tells an audit hook of every file that is opened to be written and of every renaming, removal and new folder, so
none is forgotten; forcing to disk is counted beside it. A process that is dead does nothing any more: after the fault
every further operation fails too, so that no clean-up runs that `kill -9` would not run.

When the power fails, what was not forced to disk may be lost as well: `PowerFailure` remembers what was.
"""

from __future__ import annotations

import errno
import json
import os
import stat
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Iterator

_CHANGING = {"os.rename", "os.remove", "os.rmdir", "os.mkdir", "os.truncate", "os.link", "os.symlink"}
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC


class Death(BaseException):
    """The process is gone."""


class PowerFailure:
    """Remembers what was forced to disk under a folder, and makes the folder that is there after the power failed.

    A file has the bytes that it had when it was last forced to disk, a folder the entries; what never was is empty. The
    folder itself was there before.
    """

    def __init__(self, root: Path) -> None:
        root.mkdir()
        self.root = root
        self._files: dict[int, bytes] = {}
        self._folders: dict[int, dict[str, int]] = {}
        self._open: list[int] = []

    @contextmanager
    def recording(self) -> Iterator[None]:
        """Listen to what is forced to disk, in place of the real disk."""
        sync = os.fsync
        os.fsync = self._force  # type: ignore[assignment]
        try:
            yield
        finally:
            os.fsync = sync

    def _force(self, descriptor: int) -> None:
        status = os.fstat(descriptor)
        if stat.S_ISDIR(status.st_mode):
            with os.scandir(descriptor) as entries:
                self._folders[status.st_ino] = {entry.name: entry.inode() for entry in entries}
        else:
            self._files[status.st_ino] = os.pread(descriptor, status.st_size, 0)
        self._open.append(os.dup(descriptor))  # so that no later file gets the same number

    def left(self, target: Path, luck: random.Random | None = None) -> Path:
        """What is there afterwards, made in a new folder.

        Args:
            target: the new folder.
            luck: decides, entry by entry and file by file, whether what was not forced to disk is there all the same;
                None for never.
        """
        now = {path.lstat().st_ino: path for path in (self.root, *self.root.rglob("*"))}
        self._make(self.root.stat().st_ino, target, now, luck)
        for descriptor in self._open:
            os.close(descriptor)
        self._open = []
        return target

    def _make(self, inode: int, target: Path, now: dict[int, Path], luck: random.Random | None) -> None:
        path = now.get(inode)
        lucky = luck is not None and luck.random() < 0.5
        if inode in self._files or (path is not None and path.is_file()):
            target.write_bytes(path.read_bytes() if path and lucky else self._files.get(inode, b""))
            return
        target.mkdir()
        forced = self._folders.get(inode, {})
        current_entries = {one.name: one.lstat().st_ino for one in path.iterdir()} if path else {}
        for name in forced | current_entries:
            lucky = luck is not None and luck.random() < 0.5
            if (child := (current_entries if lucky else forced).get(name)) is not None:
                self._make(child, target / name, now, luck)


class Disk:
    """Counts what is done to a folder, and lets one operation fail, or it and all after it."""

    def __init__(self, root: Path, at: int, fault: Callable[[], BaseException], *, lasting: bool) -> None:
        self.root, self.at, self.fault, self.lasting = str(root), at, fault, lasting
        self.count = 0

    def operation(self, *, torn: Callable[[], Any] | None = None) -> None:
        """One more; `torn` does half of it before it fails."""
        self.count += 1
        if self.count == self.at or (self.lasting and self.count > self.at):
            if torn and self.count == self.at:
                torn()
            raise self.fault()

    def hears(self, event: str, arguments: tuple[Any, ...]) -> bool:
        """Whether an audit event changes something in the folder."""
        if event == "open":
            path, mode, flags = arguments
            changes = bool(set(str(mode or "r")) & set("wax+")) or (mode is None and flags & _WRITING)
        else:
            path, changes = arguments[0], event in _CHANGING
        # Removing a tree names files relative to a folder that is open.
        return bool(changes) and isinstance(path, str | os.PathLike) and self._is_inside(os.fspath(path), event)

    def _is_inside(self, path: str | bytes, event: str) -> bool:
        text = os.fsdecode(path)
        return text.startswith(self.root) or (event in ("os.remove", "os.rmdir") and not text.startswith("/"))


_active: list[Disk] = []
_installed: list[bool] = []


def _hook(event: str, arguments: tuple[Any, ...]) -> None:
    if _active and (event == "open" or event in _CHANGING) and _active[-1].hears(event, arguments):
        _active[-1].operation()


@contextmanager
def failing(root: Path, at: int, fault: Callable[[], BaseException] = Death, *, lasting: bool = True) -> Iterator[Disk]:
    """A disk on which operation number `at` under `root` fails (0: none); with `lasting` all after it too.

    Of `Path.write_bytes` there are two operations: to open, and to write, which leaves half of the bytes when it fails.
    """
    if not _installed:
        sys.addaudithook(_hook)
        _installed.append(True)
    disk = Disk(root, at or sys.maxsize, fault, lasting=lasting)
    write, sync = Path.write_bytes, os.fsync

    def write_bytes(path: Path, content: bytes) -> int:
        if str(path).startswith(disk.root):
            disk.operation(torn=lambda: write(path, content[: len(content) // 2]))
        return write(path, content)

    def fsync(descriptor: int) -> None:
        disk.operation()
        sync(descriptor)

    Path.write_bytes, os.fsync = write_bytes, fsync  # type: ignore[method-assign,assignment]
    _active.append(disk)
    try:
        yield disk
    finally:
        _active.pop()
        Path.write_bytes, os.fsync = write, sync  # type: ignore[method-assign]


def broken(number: int) -> Callable[[], OSError]:
    """A disk's error by its number, as `errno.ENOSPC`."""
    return lambda: OSError(number, os.strerror(number), "the disk")


FULL, BROKEN, DENIED, READ_ONLY = (broken(one) for one in (errno.ENOSPC, errno.EIO, errno.EACCES, errno.EROFS))


def bury(root: Path) -> None:
    """Let every lease in a store be of a process that is dead: this one only played dead."""
    for lease in (root / "work").glob("*/lease.json"):
        try:
            known = json.loads(lease.read_bytes())
        except ValueError:
            lease.unlink()  # half of one; its age would tell, five minutes later
            continue
        lease.write_text(json.dumps({**known, "pid": 2**22 + 1}))
