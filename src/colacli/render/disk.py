"""What `runs verify`, `runs gc` and `runs du` show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from rich.console import Console

from colacli.render.console import Show, Table, counted, say, size
from colacli.store.canonical import is_key

if TYPE_CHECKING:
    from colacli.workflows.disk import Collection, Usage
    from colacli.workflows.verify import Verification


def show_verification(result: Verification, show: Show) -> None:
    """Every fault, and where damaged artifacts were moved."""

    def view(console: Console) -> None:
        rows = [[fault.kind, _short(fault.key), fault.what] for fault in result.faults]
        if rows:
            Table(["kind", "key", "fault"], rows).show(console)
        for path in result.quarantined:
            say(console, f"moved to {path}")
        say(console, f"{counted(result.checked, 'artifact')} checked, {counted(len(result.faults), 'fault')}")

    document: dict[str, Any] = {
        "checked": result.checked,
        "faults": [asdict(fault) for fault in result.faults],
        "quarantined": [str(path) for path in result.quarantined],
    }
    show("runs.verify", document, view)


def show_collection(result: Collection, show: Show) -> None:
    """What is removed and what stays, with the reason."""
    freed = sum(item.size for item in result.freed)
    outcome = "freed" if result.done else "would be freed"

    def view(console: Console) -> None:
        rows = [
            [item.kind, _short(item.path.name), size(item.size), f"stays: {item.reason}" if item.reason else outcome]
            for item in result.items
        ]
        if rows:
            Table(["kind", "key", "size", "outcome"], rows).show(console)
        say(console, f"{len(result.freed)} of {len(rows)} {outcome}: {size(freed)}")
        if result.freed and not result.done:
            say(console, "nothing was removed; --yes does it")

    items = [
        {
            "kind": item.kind,
            "key": item.path.name,
            "bytes": item.size,
            "kept": item.reason or None,
            "removed": result.done and not item.reason,
        }
        for item in result.items
    ]
    show("runs.gc", {"done": result.done, "bytes": freed, "items": items}, view)


def show_usage(parts: Sequence[Usage], show: Show) -> None:
    """One row per run, then one for every other kind of data."""
    total = sum(part.size for part in parts)
    runs = [{"key": part.key, "names": part.names, "bytes": part.size} for part in parts if part.key]
    others = {part.kind: part.size for part in parts if not part.key}
    rows = [[part.kind, part.key[:12], ", ".join(part.names), size(part.size)] for part in parts]
    table = Table(["kind", "key", "names", "size"], [*rows, ["total", "", "", size(total)]])
    show("runs.du", {"runs": runs, "others": others, "total": total}, table.show)


def _short(name: str) -> str:
    """The first digits of a key or of a name that begins with a key; another name as it is."""
    return name[:12] if is_key(name[:64]) else name
