"""What `config` shows: every setting that is set, and where it comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from colacli.render.console import Table, say

if TYPE_CHECKING:
    from rich.console import Console

    from colacli.render.console import Show


def show_settings(document: dict[str, Any], show: Show) -> None:
    """A line a setting, and a line a file."""
    show("config", document, lambda console: _tables(document, console))


def _tables(document: dict[str, Any], console: Console) -> None:
    settings = [
        [
            f"[{one['command']}] {one['option']}",
            one["value"],
            one["source"] + ("" if one["applies"] else " (not trusted)"),
        ]
        for one in document["settings"]
    ]
    files = [[one["level"], one["path"], "trusted" if one["trusted"] else "not trusted"] for one in document["files"]]
    if not settings:
        say(console, "everything is at its default")
    for columns, rows in ((("setting", "value", "from"), settings), (("file", "path", "trust"), files)):
        if rows:
            Table(columns, rows).show(console)
