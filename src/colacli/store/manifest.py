"""What is in a stored folder: every file's size and hash, where it came from, what made it."""

from __future__ import annotations

import os
import platform
import socket
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal

from msgspec import Meta

from colacli.errors import IntegrityError
from colacli.parameters import ParameterCounts
from colacli.store.canonical import canonical, document, with_checksum
from colacli.store.reading import Count, FileName, Key, Name, Seconds, Text, convert_checked, from_json, read_bounded

MANIFEST = "manifest.json"
_LIBRARIES = ("colacli", "torch", "transformers", "tokenizers", "safetensors")


@dataclass(frozen=True)
class FileRecord:
    """One file's identity."""

    sha256: Key
    size: Count
    """Bytes."""


@dataclass(frozen=True)
class Result:
    """What a training counted beside the files it wrote."""

    best_epoch: Annotated[int, Meta(ge=0, le=10**6)]
    """The epoch whose weights were chosen, counted from 1; 0 where they were trained elsewhere."""
    parameters: ParameterCounts


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """Written last, so a folder that has one is complete."""

    key: Key
    files: dict[FileName, FileRecord]
    created: Annotated[str, Meta(pattern=r"\A[0-9T:.+-]{0,40}\Z")]
    """UTC, ISO 8601, microseconds."""
    seconds: Seconds
    """Wall-clock time the work took."""
    environment: dict[Text, Text] = field(default_factory=dict)
    """Device, host and library versions: they may change a last digit, so they are recorded, but not in the key."""
    parents: dict[Name, Key] = field(default_factory=dict)
    sources: dict[Text, Text] = field(default_factory=dict)
    """Paths of the inputs (`base`, `data`): to find them again, not to identify them."""
    result: Result | None = None
    """None for what is only derived."""
    format: Literal[1] = 1
    seal: Text | None = None
    """The document's checksum; manifests of earlier versions have none."""

    @property
    def size(self) -> int:
        """Bytes of all files together, the manifest itself not counted."""
        return sum(record.size for record in self.files.values())


def manifest_bytes(manifest: Manifest) -> bytes:
    """The bytes of `manifest.json`."""
    return canonical(with_checksum(document(manifest)))


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
        manifest = convert_checked(from_json(content), Manifest)
        if MANIFEST in manifest.files:
            raise ValueError("it lists itself")
        return manifest
    except ValueError as error:
        hint = "restore it from a copy, or remove the run with `colacli runs rm`"
        raise IntegrityError(f"{where} is not a manifest: {error}", hint) from error


def now() -> str:
    """This moment, as manifests write it."""
    return datetime.now(UTC).isoformat(timespec="microseconds")


def environment_of(device: str, libraries: Iterable[str] = _LIBRARIES) -> dict[str, str]:
    """What may change the last digit of a number: device, host, threads, versions."""
    return {
        "device": device,
        "host": socket.gethostname(),
        "machine": platform.machine(),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "cpus": str(os.cpu_count()),
        "threads": os.environ.get("OMP_NUM_THREADS", "default"),
        "byte_order": sys.byteorder,
        **versions_of(libraries),
    }


def versions_of(libraries: Iterable[str]) -> dict[str, str]:
    """Those that are installed, by name."""
    from importlib import metadata  # takes longer than all else that a start imports of the standard library

    return {name: metadata.version(name) for name in libraries}
