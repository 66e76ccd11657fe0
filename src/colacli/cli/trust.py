"""Which folders' settings are trusted: a file that the user has trusted, while its path and content are the same."""

from __future__ import annotations

import os
from pathlib import Path

from colacli.errors import UsageError
from colacli.store.canonical import sha256
from colacli.store.files import write_atomically


def config_folder() -> Path | None:
    """`$COLACLI_CONFIG_DIR`, else the user's configuration folder; None where there is none."""
    if variable := os.environ.get("COLACLI_CONFIG_DIR"):
        return Path(variable).expanduser().absolute()
    import platformdirs

    folder = platformdirs.user_config_path("colacli", appauthor=False)
    return folder if folder.is_absolute() else None  # without a home folder it is relative


def user_file() -> Path | None:
    """The user's settings, which are always trusted."""
    folder = config_folder()
    return folder / "config.toml" if folder else None


def is_trusted(path: Path, content: bytes) -> bool:
    """Whether a file is trusted with this content."""
    folder = config_folder()
    return folder is not None and _record(folder, path, content).is_file()


def trust(path: Path) -> Path:
    """Trust a file with its present content; its absolute path.

    Raises:
        UsageError: there is no such file, or no configuration folder.
    """
    path, folder = path.resolve(), config_folder()
    if not path.is_file():
        raise UsageError(f"there is no file {path}", "name a folder that has a colacli.toml")
    if folder is None:
        raise UsageError("there is no configuration folder to record this in", "set COLACLI_CONFIG_DIR to a folder")
    record = _record(folder, path, path.read_bytes())
    record.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(record, os.fsencode(path))
    return path


def untrust(path: Path) -> Path:
    """Stop trusting a file, whatever its content; its absolute path."""
    path, folder = path.resolve(), config_folder()
    for record in (folder / "trusted").iterdir() if folder and (folder / "trusted").is_dir() else []:
        if record.read_bytes() == os.fsencode(path):
            record.unlink()
    return path


def _record(folder: Path, path: Path, content: bytes) -> Path:
    """The file that records trust: its name is the hash of path and content, its content the path."""
    return folder / "trusted" / sha256(os.fsencode(path.resolve()) + b"\0" + content)
