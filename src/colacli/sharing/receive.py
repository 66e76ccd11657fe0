"""The way in for runs from elsewhere: what they say of themselves is checked, and only then are they let in."""

from __future__ import annotations

import uuid
from contextlib import contextmanager
from typing import TYPE_CHECKING

from colacli.errors import IntegrityError
from colacli.sharing.lineage import sound
from colacli.store.files import scratch_folder, sync_files
from colacli.store.lease import hold
from colacli.store.manifest import MANIFEST, parse_manifest
from colacli.store.run import HISTORY, METRICS, RUNS, SPEC

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from colacli.store.run import Run
    from colacli.store.store import Outcome, Store

CHUNK = 1 << 20
"""Bytes read at a time; also the most that a document may have, for it is read into memory whole."""
LARGEST = 64 << 30
"""Bytes a run may have."""
_HINT = "nothing of it was kept; get it again from where it was made"


@contextmanager
def scratch(store: Store) -> Iterator[Path]:
    """A folder in `work/` for what comes in, with a lease; what was not renamed into `runs/` goes with it."""
    store.prepare()
    with scratch_folder(store.root / "work" / f"incoming.{uuid.uuid4().hex}") as folder, hold(folder):
        yield folder


class Incoming:
    """A foreign run on its way in: takes only the files its manifest lists, and no byte more than it lists.

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
        documents = [name for name in (SPEC, METRICS, HISTORY) if name in self.manifest.files]
        sizes = [(name, self.manifest.files[name].size, CHUNK) for name in documents]
        for what, size, limit in (*sizes, ("its files", self.manifest.size, LARGEST)):
            if size > limit:
                raise self._refused(f"lists {what} with {size:,} bytes; {limit:,} is the most")
        folder.mkdir()
        (folder / MANIFEST).write_bytes(content)

    def take(self, name: str, chunks: Iterable[bytes]) -> None:
        """Put one of its files into it."""
        record, path = self.manifest.files.get(name), self._folder / name
        if record is None or path.exists():
            raise self._refused(f"has {name} twice" if record else f"has {name}, which its manifest doesn't list")
        with path.open("xb") as sink:
            for chunk in self._bounded(name, chunks, record.size):
                sink.write(chunk)

    def run(self) -> Run:
        """The run, once every file of it is here."""
        try:
            return sound(self._folder)
        except IntegrityError as error:  # told of the place it comes from: the folder will be gone
            raise IntegrityError(error.message.replace(str(self._folder), self._origin), _HINT) from error

    def _bounded(self, name: str, chunks: Iterable[bytes], limit: int) -> Iterator[bytes]:
        left = limit
        for chunk in chunks:
            left -= len(chunk)
            if left < 0:
                raise self._refused(f"has more than {limit:,} bytes in {name}")
            yield chunk

    def _refused(self, what: str) -> IntegrityError:
        return IntegrityError(f"{self._origin} {what}", _HINT)


def place(store: Store, run: Run) -> Outcome:
    """Let a sound run in, unless it is there already."""
    if run.path == store.folder(RUNS) / run.key:
        return "present"
    sync_files(run.path)
    return store.install(RUNS, run.key, run.path)
