"""Runs in another place with the store's layout, over fsspec. There, as here, a run is what has a manifest."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from colacli.errors import IntegrityError, UnavailableError, UnknownReferenceError
from colacli.events import OnEvent, Work
from colacli.sharing.address import scrub
from colacli.sharing.receive import CHUNK, Incoming
from colacli.store.artifact import RUNS
from colacli.store.canonical import is_key
from colacli.store.manifest import MANIFEST, parse_manifest
from colacli.store.refs import keys_beginning
from colacli.store.run import Run

_OBJECT_STORES = {"s3", "gs", "az", "abfs"}
"""Where a file appears complete or not at all, and nobody makes folders."""
_PART = ".part"
_AGAIN = "check the address, the network and the credentials; the same command continues where this one ended"


class Remote:
    """Runs in another place.

    Args:
        fs: a file system of fsspec's.
        root: the folder in it that has `runs/`.
        name: what it is called in messages.

    Raises:
        UnavailableError: here and in all that follows: it can't be reached, or refuses.
    """

    def __init__(self, fs: Any, root: str, name: str) -> None:
        self.name = name
        self._fs = fs
        self._runs = f"{root}{'/' if root and not root.endswith('/') else ''}{RUNS}"
        self._has_folders = _OBJECT_STORES.isdisjoint([fs.protocol] if isinstance(fs.protocol, str) else fs.protocol)

    def find(self, reference: str) -> str:
        """The full key of the one run there whose key begins with these digits, four or more.

        Raises:
            UnknownReferenceError: there is none, or more than one.
        """
        keys = keys_beginning(reference, filter(is_key, self._sizes(self._runs)))
        keys = [key for key in keys if MANIFEST in self._sizes(f"{self._runs}/{key}")]
        if len(keys) != 1:
            hint = "there, a run goes by four or more digits of its key, and by enough to tell it from others"
            raise UnknownReferenceError(f"'{reference}' stands for {len(keys)} runs in {self.name}", hint)
        return keys[0]

    def push(self, run: Run, on_event: OnEvent) -> bool:
        """Send a verified run, its manifest last; False where it was there already."""
        if self._has(run.key):
            return False
        try:
            with self._reaching():
                self._send(run, on_event)
        except FileNotFoundError as error:  # nothing left to rename, where another push of the same run was faster
            if not run.path.is_dir():
                raise IntegrityError(f"{run.path} was removed while it was sent", "make the run again") from error
            if not self._has(run.key):
                raise unreached(self.name, error) from error
        return True

    def _has(self, key: str) -> bool:
        """Whether a run is there, with all its files in their sizes."""
        folder = f"{self._runs}/{key}"
        sizes = self._sizes(folder)
        if MANIFEST not in sizes:
            return False
        try:
            manifest = parse_manifest(self._document(f"{folder}/{MANIFEST}"), folder)
        except IntegrityError:
            return False
        return all(sizes.get(name) == record.size for name, record in manifest.files.items())

    def _send(self, run: Run, on_event: OnEvent) -> None:
        """Send what is missing.

        The manifest has another name until the end. It tells whose files an interrupted push has left: where they
        are those of a run of the same key made elsewhere, they are removed.
        """
        folder = f"{self._runs}/{run.key}"
        partial = f"{folder}/{MANIFEST}{_PART}"
        if self._has_folders:
            self._fs.makedirs(folder, exist_ok=True)
        names = {name + end for name in (MANIFEST, *run.manifest.files) for end in ("", _PART)}
        sent = {name: size for name, size in self._sizes(folder).items() if name in names}  # others are not ours
        for name in sent:
            self._check_file(f"{folder}/{name}")
        if MANIFEST in sent:  # damaged, or nothing would be sent; nobody may read it until all is sent
            self._fs.rm_file(f"{folder}/{MANIFEST}")
            del sent[MANIFEST]
        if MANIFEST + _PART not in sent or self._document(partial) != (run.path / MANIFEST).read_bytes():
            for name in sent:
                self._fs.rm_file(f"{folder}/{name}")
            sent = {}
            self._fs.put_file(str(run.path / MANIFEST), partial)
        done = 0
        for name, record in sorted(run.manifest.files.items()):
            if sent.get(name) != record.size:
                self._put(run.path / name, f"{folder}/{name}", replace=name in sent)
            done += record.size
            on_event(Work(f"sending {run.key[:12]}", done, run.manifest.size, "bytes"))
        self._fs.mv(partial, f"{folder}/{MANIFEST}")

    def _put(self, source: Path, target: str, *, replace: bool) -> None:
        """Send a file; where a part of it could be read, it gets its name when it is complete."""
        partial = target + _PART if self._has_folders else target
        self._fs.put_file(str(source), partial)
        if partial != target:
            if replace:  # not every protocol renames onto a file
                self._fs.rm_file(target)
            self._fs.mv(partial, target)

    def fetch(self, key: str, folder: Path, on_event: OnEvent) -> Run:
        """Fetch a run into a folder, and verify it there.

        Raises:
            IntegrityError: it is damaged, or incomplete there.
        """
        origin, there, done = f"{self.name}/{RUNS}/{key}", f"{self._runs}/{key}", 0
        try:
            incoming = Incoming(folder / key, origin, self._chunks(f"{there}/{MANIFEST}"))
            for name, record in sorted(incoming.manifest.files.items()):
                incoming.take(name, self._chunks(f"{there}/{name}"))
                done += record.size
                on_event(Work(f"fetching {key[:12]}", done, incoming.manifest.size, "bytes"))
        except FileNotFoundError as error:
            hint = "push the run there again from a store that has it"
            raise IntegrityError(f"{origin} is incomplete: {error}", hint) from error
        return incoming.run()

    def _sizes(self, folder: str) -> dict[str, Any]:
        """What is in a folder, and its sizes; nothing where there is no folder."""
        try:
            with self._reaching():
                self._fs.invalidate_cache()
                entries = self._fs.ls(folder, detail=True)
        except FileNotFoundError:
            return {}
        return {entry["name"].rstrip("/").rpartition("/")[2]: entry.get("size") for entry in entries}

    def _chunks(self, path: str) -> Iterator[bytes]:
        self._check_file(path)
        with self._reaching(), self._fs.open(path, "rb") as stream:
            while chunk := stream.read(CHUNK):
                yield chunk

    def _check_file(self, path: str) -> None:
        """See that it is no pipe or device, which could block or never end."""
        with self._reaching():
            if self._has_folders and self._fs.info(path)["type"] not in ("file", "link"):
                raise UnavailableError(f"{self.name}: {path} is not a plain file", "remove it there")

    def _document(self, path: str) -> bytes:
        """A small file's bytes; of one too large to be a document, only the first, which don't parse."""
        return next(self._chunks(path), b"")

    @contextmanager
    def _reaching(self) -> Iterator[None]:
        """Any exception of a protocol means that the remote can't be used, except that a file is not found."""
        try:
            yield
        except (FileNotFoundError, UnavailableError):
            raise
        except Exception as error:
            raise unreached(self.name, error) from error


def unreached(name: str, error: Exception) -> UnavailableError:
    """The error for a remote that failed."""
    first = scrub((str(error).splitlines() or [""])[0])
    return UnavailableError(f"{name}: {first or type(error).__name__}", _AGAIN)
