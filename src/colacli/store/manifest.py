"""What a stored folder holds: every file's size and hash, where it came from, what made it."""

from __future__ import annotations

import math
import os
import platform
import re
import socket
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib import metadata
from typing import TYPE_CHECKING, Any

from colacli.errors import IntegrityError
from colacli.ledger import Ledger
from colacli.store.canonical import canonical, document, is_key, with_seal
from colacli.store.reading import from_json, read_bounded

if TYPE_CHECKING:
    from pathlib import Path

MANIFEST = "manifest.json"
FORMAT = 1
_FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")  # longer ones don't fit into an exported file
_LIBRARIES = ("colacli", "torch", "transformers", "tokenizers", "safetensors")


@dataclass(frozen=True)
class FileRecord:
    """One file's identity."""

    sha256: str
    size: int
    """Bytes."""


@dataclass(frozen=True)
class Result:
    """What a training counted beside the files it left."""

    best_epoch: int
    """The epoch whose weights were kept, counted from 1."""
    parameters: Ledger


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """Written last, so a folder that has one is complete."""

    key: str
    files: dict[str, FileRecord]
    created: str
    """UTC, ISO 8601, microseconds."""
    seconds: float
    """Wall-clock time the work took."""
    environment: dict[str, str] = field(default_factory=dict)
    """Device, host and library versions: they may change a last digit, so they are kept, not keyed."""
    parents: dict[str, str] = field(default_factory=dict)
    sources: dict[str, str] = field(default_factory=dict)
    """Where inputs were found (`base`, `data`): to find them again, not to identify them."""
    result: Result | None = None
    """What a training counted beside its files; None for what is only derived."""
    format: int = FORMAT
    seal: str | None = None
    """SHA-256 of the rest, so that its own damage shows too."""

    @property
    def size(self) -> int:
        """Bytes of all files together, the manifest itself not counted."""
        return sum(record.size for record in self.files.values())


def sealed(manifest: Manifest) -> bytes:
    """The bytes of `manifest.json`."""
    return canonical(with_seal(document(manifest)))


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a stored folder.

    Raises:
        IntegrityError: it is missing or is not a manifest.
    """
    path = folder / MANIFEST
    try:
        return parse_manifest(read_bounded(path), str(path))
    except FileNotFoundError as error:
        raise IntegrityError(f"{path} is missing", "the folder is not a complete run") from error
    except OSError as error:
        raise IntegrityError(f"{path} can't be read: {error}", "restore it from a copy") from error


def parse_manifest(content: bytes, where: str) -> Manifest:
    """A manifest from its bytes.

    Raises:
        IntegrityError: they are not one; `where` names the file.
    """
    try:
        values = from_json(content)
        if values.get("seal") is not None and values != with_seal(values):  # manifests of earlier versions have none
            raise ValueError("it has other bytes than were written")
        files = {name: FileRecord(**record) for name, record in values.pop("files").items()}
        result = values.pop("result", None)
        manifest = Manifest(files=files, result=_result(result) if result else None, **values)
        _check_types(manifest)
        return manifest
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError) as error:
        hint = "restore it from a copy, or remove the run with `colacli runs rm`"
        raise IntegrityError(f"{where} is not a manifest: {error}", hint) from error


def _result(values: dict[str, Any]) -> Result:
    return Result(best_epoch=int(values["best_epoch"]), parameters=Ledger(**values["parameters"]))


def _check_types(manifest: Manifest) -> None:
    """A manifest is read by people's programs too: what is in it is what it says, or it is damaged."""
    maps = (manifest.environment, manifest.parents, manifest.sources)
    texts = (manifest.key, manifest.created, *(text for one in maps for pair in one.items() for text in pair))
    sizes = [record.size for record in manifest.files.values()]
    if manifest.format != FORMAT:
        raise ValueError(f"format {manifest.format!r} is not {FORMAT}")
    if not all(isinstance(text, str) for text in texts) or not all(type(size) is int and size >= 0 for size in sizes):
        raise TypeError("a value of another type than is written")
    if not math.isfinite(manifest.seconds):
        raise ValueError("its time is no number")
    if not all(map(_FILE_NAME.fullmatch, manifest.files)) or not all(map(is_key, manifest.parents.values())):
        raise ValueError("a file's name or a parent's key could lead out of the store, or is longer than any")
    if MANIFEST in manifest.files:
        raise ValueError("it lists itself")


def now() -> str:
    """This moment, as manifests write it."""
    return datetime.now(UTC).isoformat(timespec="microseconds")


def environment_of(device: str) -> dict[str, str]:
    """What may change the last digit of a number: device, host, threads, versions."""
    versions = {name: metadata.version(name) for name in _LIBRARIES}
    return {
        "device": device,
        "host": socket.gethostname(),
        "machine": platform.machine(),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "cpus": str(os.cpu_count()),
        "threads": os.environ.get("OMP_NUM_THREADS", "default"),
        "byte_order": sys.byteorder,
        **versions,
    }
