"""What `eval --submission` shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from colacli.render.console import say

if TYPE_CHECKING:
    from colacli.render.console import Show
    from colacli.workflows.submit import Submission


def show_submission(made: Submission, show: Show) -> None:
    """What was written where; there are no metrics, for there are no labels."""
    document = {
        "key": made.run.key,
        "data": str(made.data),
        "split": None,
        "metrics": None,
        "submission": {"form": made.form, "file": str(made.file), "n": made.n, "acceptable": made.acceptable},
    }
    line = f"{made.n:,} answers, {made.acceptable:,} of them acceptable, are in {made.file}"
    show("eval", document, lambda console: say(console, line))
