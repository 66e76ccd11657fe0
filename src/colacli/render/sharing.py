"""What `runs export`, `import`, `push` and `pull` show."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from colacli.render.console import say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from colacli.render.console import Show
    from colacli.workflows.sharing import Shared

_OUTCOMES = {
    "exported": "exported",
    "sent": "sent",
    "added": "new here",
    "present": "there already, kept",
    "replaced": "was damaged here, replaced",
}


def show_shared(schema: str, where: dict[str, Any], shared: Sequence[Shared], show: Show) -> None:
    """A line a run: what became of it; `where` stands in the document only."""
    lines = [f"{one.key}  {_OUTCOMES[one.outcome]}{'' if one.asked else ' (an ancestor)'}" for one in shared]
    document = {**where, "runs": [asdict(one) for one in shared]}
    show(schema, document, lambda console: say(console, "\n".join(lines)))
