"""What `eval --submission` shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from colacli.render.console import Show, say

if TYPE_CHECKING:
    from colacli.workflows.submit import Submission


def show_submission(submission: Submission, show: Show) -> None:
    """What was written and where; there are no metrics, for there are no labels."""
    n, acceptable, file = submission.n, submission.acceptable, submission.file
    document = {
        "key": submission.run.key,
        "data": str(submission.data),
        "split": None,
        "metrics": None,
        "submission": {"form": submission.form, "file": str(file), "n": n, "acceptable": acceptable},
    }
    line = f"{n:,} answers, {acceptable:,} of them acceptable, are in {file}"
    show("eval", document, lambda console: say(console, line))
