"""Reading what is stored: an artifact is an immutable folder with a manifest."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from colacli.errors import IntegrityError
from colacli.store.canonical import key_of, sha256
from colacli.store.files import file_size, hash_file
from colacli.store.manifest import Manifest, read_manifest

RUNS = "runs"
"""The kind of artifact, and the folder, that runs are in."""
SPEC = "spec.json"
REMAKE = "run `colacli runs verify --deep`; make the run again with the same command and --force"
"""The hint where a run is damaged."""


class Artifact:
    """A stored folder: its manifest is read, and its files are checked when they are asked for.

    Raises:
        IntegrityError: the manifest is missing or damaged, `spec.json` does not hash to the key, or, in all methods,
            a file is not listed, is missing, or is not as the manifest says.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.manifest: Manifest = read_manifest(path)
        self.spec_bytes = self._bytes(SPEC)
        if sha256(self.spec_bytes) != self.manifest.key:
            raise IntegrityError(f"{path / SPEC} does not hash to the key in its manifest", "restore it from a copy")

    @property
    def key(self) -> str:
        """64 hexadecimal digits."""
        return self.manifest.key

    @property
    def content(self) -> str:
        """Digest of all its files' digests, for what is derived from its files.

        Two folders of one key may differ in it: made on different machines, or not made by what the key says.
        """
        return key_of({name: record.sha256 for name, record in self.manifest.files.items()})

    def file(self, name: str) -> Path:
        """Path of a file, once its size agrees with the manifest."""
        path = self.path / name
        record = self.manifest.files.get(name)
        if record is None:
            raise IntegrityError(f"{self.path} has no {name} in its manifest", REMAKE)
        with self._reading(path):
            size = file_size(path)
        if size != record.size:
            problem = "is missing" if size is None else f"has {size} bytes where the manifest says {record.size}"
            raise IntegrityError(f"{path} {problem}", REMAKE)
        return path

    def verified_file(self, name: str) -> Path:
        """Path of a file, once every byte of it agrees with the manifest."""
        path = self.file(name)
        with self._reading(path):
            self._compare(name, hash_file(path))
        return path

    def read(self, name: str) -> bytes:
        """A file's bytes, as they were written."""
        content = self._bytes(name)
        self._compare(name, sha256(content))
        return content

    def _bytes(self, name: str) -> bytes:
        path = self.file(name)
        with self._reading(path):
            return path.read_bytes()

    @contextmanager
    def _reading(self, path: Path) -> Iterator[None]:
        """A file that another process removes between the check and the read is missing too."""
        try:
            yield
        except FileNotFoundError as error:
            raise IntegrityError(f"{path} is missing", REMAKE) from error
        except OSError as error:  # permissions, or the disk: of this file alone
            raise IntegrityError(f"{path} can't be read: {error.strerror}", "see who may read it") from error

    def _compare(self, name: str, digest: str) -> None:
        if digest != self.manifest.files[name].sha256:
            raise IntegrityError(f"{self.path / name} has other bytes than its manifest says", REMAKE)
