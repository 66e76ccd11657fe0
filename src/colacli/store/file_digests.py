"""SHA-256 of large files outside the store, cached with what tells a file from another without reading all of it."""

from __future__ import annotations

import hashlib
import os
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from colacli.store.canonical import canonical, document, sha256, with_checksum
from colacli.store.files import hash_file, make_folder, write_atomically
from colacli.store.folders import Folders
from colacli.store.reading import Key, convert_checked, read_json

FILE_DIGESTS = "cache/file-digests"
_CLOCK_STEP = 2_000_000_000  # nanoseconds; file systems with the coarsest clock count by two seconds
_SAMPLES, _SAMPLE = 64, 1 << 16  # parts of a file, and bytes of each


@dataclass(frozen=True, kw_only=True)
class FileSignature:
    """What identifies a file's content.

    Size, inode and time of modification can be those of the file before (`cp -p`, `rsync --inplace`, `touch -r`). The
    time of change can't be set; but a clock may be, so a sample of the content is part of it too.
    """

    path: str
    size: int
    inode: int
    device: int
    modified_ns: int
    changed_ns: int
    sample: str


@dataclass(frozen=True, kw_only=True)
class _CachedDigest:
    signature: FileSignature
    sha256: Key
    seal: Key


def file_digest(store: Folders, path: Path) -> str:
    """SHA-256 of a file, from the store's cache where its signature is the same."""
    path = path.resolve()
    record = store.folder(FILE_DIGESTS) / f"{sha256(os.fsencode(path))}.json"
    signature = file_signature(path)
    with suppress(OSError, ValueError):
        cached = convert_checked(read_json(record), _CachedDigest)
        if cached.signature == signature:
            return cached.sha256
    digest = hash_file(path)
    if signature and signature == file_signature(path):
        with suppress(OSError):  # without permission to write, it is only computed again
            store.prepare()
            make_folder(record.parent)
            write_atomically(record, canonical(with_checksum({"signature": document(signature), "sha256": digest})))
    return digest


def file_signature(path: Path) -> FileSignature | None:
    """A file's signature; None where nothing identifies its content.

    So it is on Windows, which has no time of change, and for a file that was changed just now: it may be changed again
    within the clock's step.
    """
    status = path.stat()
    if os.name == "nt" or time.time_ns() - status.st_ctime_ns < _CLOCK_STEP:
        return None
    return FileSignature(
        path=os.fsencode(path).hex(),
        size=status.st_size,
        inode=status.st_ino,
        device=status.st_dev,
        modified_ns=status.st_mtime_ns,
        changed_ns=status.st_ctime_ns,
        sample=_sample(path, status.st_size),
    )


def _sample(path: Path, size: int) -> str:
    """SHA-256 of some of a file's bytes, spread evenly: a hundredth of GPT-2's weights."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        for part in range(_SAMPLES):
            stream.seek(part * max(0, size - _SAMPLE) // (_SAMPLES - 1))
            digest.update(stream.read(_SAMPLE))
    return digest.hexdigest()
