"""Runs from elsewhere are checked against what they say of themselves before they are stored."""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from colacli.errors import IntegrityError
from colacli.results import HISTORY, faults_of_run, verified_run
from colacli.store.artifact import RUNS
from colacli.store.files import scratch_folder, sync_files
from colacli.store.imports import record_import
from colacli.store.lease import hold
from colacli.store.manifest import MANIFEST, parse_manifest
from colacli.store.run import Run
from colacli.store.store import Outcome, Store

CHUNK = 1 << 20
"""Bytes read at a time; also the most of any file that is not named below."""
_WEIGHTS = ("model.safetensors", "adapter_model.safetensors")
_LIMITS = {HISTORY: 1 << 26, "predictions-": 1 << 26, "tokenizer.json": 1 << 26, **dict.fromkeys(_WEIGHTS, 1 << 34)}
"""Most bytes of a file, by how its name begins."""
_BYTES = 8
"""Most bytes that a parameter takes in a file of weights."""
_HEADER = 1 << 24
"""Most bytes of the rest of such a file."""
_HINT = "nothing of it was stored; get it again from where it was made"


@contextmanager
def incoming_folder(store: Store) -> Iterator[Path]:
    """A folder in `work/` for what comes in, with a lease; what is not renamed into `runs/` is removed with it."""
    store.prepare()
    with scratch_folder(store.work / f"incoming.{uuid.uuid4().hex}") as folder, hold(folder):
        yield folder


class Incoming:
    """A run from elsewhere while it is received: only the files its manifest lists, and no byte more than it lists.

    Args:
        folder: where to put it; its name is the key the run is said to have.
        origin: where it comes from, for messages.
        manifest: its manifest's bytes.

    Raises:
        IntegrityError: here and later: the run is not what its manifest, or its key, says.
    """

    def __init__(self, folder: Path, origin: str, manifest: Iterable[bytes]) -> None:
        self._folder, self._origin = folder, origin
        content = b"".join(self._bounded(MANIFEST, manifest, CHUNK))
        self.manifest = parse_manifest(content, f"{origin}/{MANIFEST}")
        if self.manifest.key != folder.name:
            raise self._refused(f"has the manifest of run {self.manifest.key[:12]}")
        for name, record in self.manifest.files.items():
            if record.size > (limit := self._limit(name)):
                raise self._refused(f"lists {name} with {record.size:,} bytes; {limit:,} is the most")
        if self.manifest.size > (free := shutil.disk_usage(folder.parent).free):
            raise self._refused(f"has {self.manifest.size:,} bytes; the disk has {free:,} free")
        folder.mkdir()
        (folder / MANIFEST).write_bytes(content)

    def take(self, name: str, chunks: Iterable[bytes]) -> None:
        """Put one of its files into it."""
        record, path = self.manifest.files.get(name), self._folder / name
        if record is None or path.exists():
            raise self._refused(f"has {name} twice" if record else f"has {name}, which its manifest doesn't list")
        with path.open("xb") as sink:
            for chunk in self._bounded(name, chunks, record.size):
                if chunk.count(0) < len(chunk):
                    sink.write(chunk)
                else:  # as in a file of holes: takes no space here either
                    sink.seek(len(chunk), os.SEEK_CUR)
            sink.truncate()

    def run(self) -> Run:
        """The run, once every file of it is here."""
        try:
            return verified_run(self._folder)
        except IntegrityError as error:  # says where it comes from: the folder will be gone
            raise IntegrityError(error.message.replace(str(self._folder), self._origin), _HINT) from error

    def _limit(self, name: str) -> int:
        """Most bytes of a file: by its name, and of weights by the number of parameters."""
        limit = next((most for start, most in _LIMITS.items() if name.startswith(start)), CHUNK)
        if name in _WEIGHTS:
            parameters = self.manifest.result.parameters.total if self.manifest.result else 0
            limit = min(limit, _HEADER + _BYTES * parameters)
        return limit

    def _bounded(self, name: str, chunks: Iterable[bytes], limit: int) -> Iterator[bytes]:
        received = 0
        for chunk in chunks:
            received += len(chunk)
            if received > limit:
                raise self._refused(f"has more than {limit:,} bytes in {name}")
            yield chunk

    def _refused(self, what: str) -> IntegrityError:
        return IntegrityError(f"{self._origin} {what}", _HINT)


def store_incoming(store: Store, run: Run, source: str) -> Outcome:
    """Store a verified run, unless an undamaged one is there already, and record where it comes from."""
    target = store.folder(RUNS) / run.key
    is_there = target.is_dir()
    if run.path == target or (is_there and not faults_of_run(target, deep=True)):
        return "present"
    sync_files(run.path)
    record_import(store, run, source)
    return store.install(RUNS, run.key, run.path, replace=is_there)
