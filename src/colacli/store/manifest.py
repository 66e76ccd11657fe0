"""What a stored folder holds: every file's size and hash, where it came from, what made it."""

from __future__ import annotations

import json
import os
import platform
import socket
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib import metadata
from typing import TYPE_CHECKING, Any

from colacli.errors import IntegrityError

if TYPE_CHECKING:
    from pathlib import Path

MANIFEST = "manifest.json"
_LIBRARIES = ("colacli", "torch", "transformers", "tokenizers", "safetensors")


@dataclass(frozen=True)
class FileRecord:
    """One file's identity."""

    sha256: str
    size: int
    """Bytes."""


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
    result: dict[str, Any] = field(default_factory=dict)
    """What the work counted beside its files: best epoch, parameters."""
    format: int = 1

    @property
    def size(self) -> int:
        """Bytes of all files together, the manifest itself not counted."""
        return sum(record.size for record in self.files.values())


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a stored folder.

    Raises:
        IntegrityError: it is missing or is not a manifest.
    """
    path = folder / MANIFEST
    try:
        values = json.loads(path.read_bytes())
        files = {name: FileRecord(**record) for name, record in values.pop("files").items()}
        return Manifest(files=files, **values)
    except FileNotFoundError as error:
        raise IntegrityError(f"{path} is missing", "the folder is not a complete run") from error
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        hint = "restore it from a copy, or remove the run with `colacli runs rm`"
        raise IntegrityError(f"{path} is not a manifest: {error}", hint) from error


def now() -> str:
    """This moment, as manifests write it."""
    return datetime.now(UTC).isoformat(timespec="microseconds")


def environment(device: str) -> dict[str, str]:
    """What may change the last digit of a number: device, host, threads, versions."""
    versions = {name: metadata.version(name) for name in _LIBRARIES}
    return {
        "device": device,
        "host": socket.gethostname(),
        "machine": platform.machine(),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "cpus": str(os.cpu_count()),
        "byte_order": sys.byteorder,
        **versions,
    }
