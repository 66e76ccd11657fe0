"""What `config` shows: every setting and its source."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rich.console import Console

from colacli.render.console import Show, Table, say


def show_settings(document: dict[str, Any], show: Show) -> None:
    """One row per setting, and one per file."""
    show("config", document, lambda console: _show(document, console))


def _show(document: dict[str, Any], console: Console) -> None:
    settings = [
        [
            f"[{setting['command']}] {setting['option']}",
            setting["value"],
            setting["source"] + ("" if setting["applies"] else " (not trusted)"),
        ]
        for setting in document["settings"]
    ]
    files = [
        [file["level"], file["path"], "trusted" if file["trusted"] else "not trusted"] for file in document["files"]
    ]
    if settings:
        Table(["setting", "value", "source"], settings).show(console)
    else:
        say(console, "everything has its default value; --defaults shows it")
    if files:
        Table(["file", "path", "trust"], files).show(console)


def show_trust(command: str, path: Path, state: str, show: Show) -> None:
    """The file, and whether it is trusted now."""
    show(command, {"path": str(path)}, lambda console: say(console, f"{path} {state}"))


def show_written(path: Path, text: str, show: Show) -> None:
    """The new file, and the tables in it."""
    tables = [line.strip("[]") for line in text.splitlines() if line.startswith("[")]
    next_step = "remove the # before what you want to set; `colacli config` then shows it"
    document = {"path": str(path), "commands": tables}
    show("init", document, lambda console: say(console, f"{path} has settings of {len(tables)} commands\n{next_step}"))
