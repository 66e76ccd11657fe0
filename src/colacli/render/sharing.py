"""What `runs export`, `import`, `push` and `pull` show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from colacli.render.console import Show, say
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
    lines = [f"{run.key}  {_OUTCOMES[run.outcome]}{'' if run.asked else ' (an ancestor)'}" for run in shared]
    document = {**facts, "runs": [asdict(run) for run in shared]}
    show(command, document, lambda console: say(console, "\n".join(lines)))
