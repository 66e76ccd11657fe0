"""What `runs export`, `import`, `push` and `pull` show."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from rich.console import Console

from colacli.render.console import Show, Table, say

if TYPE_CHECKING:
    from colacli.workflows.import_files import ImportedFile
    from colacli.workflows.sharing import Shared

_OUTCOMES = {
    "exported": "exported",
    "sent": "sent",
    "added": "added",
    "present": "already present",
    "replaced": "was damaged here, replaced",
}


def show_shared(command: str, facts: dict[str, Any], shared: Sequence[Shared], show: Show) -> None:
    """One line per run; `facts` stand in the document only."""
    document = {**facts, "runs": [asdict(run) for run in shared]}
    show(command, document, lambda console: say(console, "\n".join(_lines(shared))))


def _lines(shared: Sequence[Shared]) -> list[str]:
    return [f"{run.key}  {_OUTCOMES[run.outcome]}{'' if run.asked else ' (an ancestor)'}" for run in shared]


def show_imported(files: Sequence[ImportedFile], show: Show) -> None:
    """One line per run of a single file; a line per file where there are several, those that failed last."""
    if len(files) == 1:
        return show_shared("runs.import", {"path": str(files[0].path), "name": files[0].name}, files[0].shared, show)
    document = {"files": [_file_document(file) for file in files]}
    return show("runs.import", document, lambda console: _show_files(files, console))


def _file_document(file: ImportedFile) -> dict[str, Any]:
    error = file.error and {"code": file.error.code, "message": file.error.message, "hint": file.error.hint}
    runs = [asdict(run) for run in file.shared]
    return {"path": str(file.path), "name": file.name, "runs": runs, "error": error}


def _show_files(files: Sequence[ImportedFile], console: Console) -> None:
    failed = [file for file in files if file.error]
    rows = [
        [str(file.path), file.name or "—", ", ".join(run.key[:12] for run in file.shared if run.asked), _outcomes(file)]
        for file in files
        if not file.error
    ]
    if rows:
        Table(["file", "name", "runs", "outcome"], rows).show(console)
    say(console, f"{len(rows)} of {len(files)} files imported")
    for file in failed:
        if file.error:
            say(console, f"not imported: {file.path}: {file.error.message}\n  {file.error.hint}")


def _outcomes(file: ImportedFile) -> str:
    """'1 added, 1 already present', ancestors too."""
    counts = Counter(_OUTCOMES[run.outcome] for run in file.shared)
    return ", ".join(f"{count} {outcome}" for outcome, count in counts.items())
