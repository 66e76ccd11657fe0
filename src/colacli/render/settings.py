"""What `config` shows: every setting and its source."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from colacli.config import DEFAULT
from colacli.render.console import Show, Table, say


def show_settings(document: dict[str, Any], show: Show) -> None:
    """One row per setting, and one per file."""
    show("config", document, lambda console: _show(document, console))


def _show(document: dict[str, Any], console: Console) -> None:
    settings = document["settings"]
    is_set = [
        [_key(setting), setting["value"], setting["source"] + ("" if setting["applies"] else " (not trusted)")]
        for setting in settings
        if setting["source"] != DEFAULT
    ]
    defaults = _default_rows([setting for setting in settings if setting["source"] == DEFAULT])
    if is_set:
        Table(["setting", "value", "source"], is_set).show(console)
    else:
        say(console, "nothing is set: every option has its default")
    if defaults:
        Table(["not set", "default", "also of"], defaults).show(console)
    places = [[place["name"], place["path"] or "none", place["source"]] for place in document["places"]]
    Table(["place", "path", "source"], places).show(console)
    files = [
        [file["level"], file["path"], "trusted" if file["trusted"] else "not trusted"] for file in document["files"]
    ]
    if files:
        Table(["file", "path", "trust"], files).show(console)


def _default_rows(settings: Sequence[dict[str, Any]]) -> list[list[str]]:
    """A row an option and default: in the first command that has it, with the others in the last column."""
    same: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for setting in settings:
        same.setdefault((setting["option"], setting["value"]), []).append(setting)
    commands = {setting["command"] for setting in settings}
    rows = []
    for (_, value), (first, *others) in same.items():
        also = "all others" if len(others) == len(commands) - 1 > 0 else ", ".join(one["command"] for one in others)
        rows.append([_key(first), value, also])
    return rows


def _key(setting: dict[str, Any]) -> str:
    return f"[{setting['command']}] {setting['option']}"


def show_trust(command: str, path: Path, state: str, show: Show) -> None:
    """The file, and whether it is trusted now."""
    show(command, {"path": str(path)}, lambda console: say(console, f"{path} {state}"))


def show_written(path: Path, text: str, show: Show) -> None:
    """The new file, and the tables in it."""
    tables = [line.strip("[]") for line in text.splitlines() if line.startswith("[")]
    next_step = "remove the # before what you want to set; `colacli config` then shows it"
    document = {"path": str(path), "commands": tables}
    show("init", document, lambda console: say(console, f"{path} has settings of {len(tables)} commands\n{next_step}"))
