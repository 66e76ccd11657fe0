"""What `runs verify`, `runs gc` and `runs du` show."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from colacli.render.console import Table, say, size
from colacli.store.canonical import is_key

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from colacli.render.console import Show
    from colacli.store.gc import Item
    from colacli.workflows.disk import Collection, Usage
    from colacli.workflows.runs import Verification


def show_verification(result: Verification, show: Show) -> None:
    """Every fault, or that there is none, and what was moved where."""

    def view(console: Console) -> None:
        rows = [[fault.kind, _short(fault.key), fault.what] for fault in result.faults]
        if rows:
            Table(["kind", "key", "fault"], rows).show(console)
        for path in result.quarantined:
            say(console, f"moved to {path}")
        say(console, f"{result.checked} artifacts checked, {len(result.faults)} faults")

    found: dict[str, Any] = {
        "checked": result.checked,
        "faults": [asdict(fault) for fault in result.faults],
        "quarantined": [str(path) for path in result.quarantined],
    }
    show("runs.verify", found, view)


def show_collection(result: Collection, show: Show) -> None:
    """What goes and what stays, a row each, and why."""
    freed = sum(item.size for item in result.freed)

    def view(console: Console) -> None:
        rows = [_row(item, "freed" if result.done else "would be freed") for item in result.items]
        if rows:
            Table(["kind", "key", "size", "what becomes of it"], rows).show(console)
        count = f"{len(result.freed)} of {len(rows)}"
        say(console, f"{count} freed: {size(freed)}" if result.done else f"{count} would be freed: {size(freed)}")
        if result.freed and not result.done:
            say(console, "nothing was removed; --yes does it")

    items = [_document(item, done=result.done) for item in result.items]
    show("runs.gc", {"done": result.done, "bytes": freed, "items": items}, view)


def _row(item: Item, gone: str) -> list[str]:
    return [item.kind, _short(item.path.name), size(item.size), f"stays: {item.reason}" if item.reason else gone]


def _document(item: Item, *, done: bool) -> dict[str, Any]:
    return {
        "kind": item.kind,
        "key": item.path.name,
        "bytes": item.size,
        "kept": item.reason or None,
        "removed": done and not item.reason,
    }


def show_usage(parts: Sequence[Usage], show: Show) -> None:
    """A row a run, then a row for everything else there is."""
    total = sum(part.size for part in parts)
    runs = [{"key": part.key, "names": part.names, "bytes": part.size} for part in parts if part.key]
    others = {part.kind: part.size for part in parts if not part.key}
    rows = [[part.kind, part.key[:12], ", ".join(part.names), size(part.size)] for part in parts]
    table = Table(["kind", "key", "names", "size"], [*rows, ["total", "", "", size(total)]])
    show("runs.du", {"runs": runs, "others": others, "total": total}, table.show)


def _short(name: str) -> str:
    """A key, or a name that begins with one, by its first digits."""
    return name[:12] if is_key(name[:64]) else name
