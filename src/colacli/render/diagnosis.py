"""What `doctor` shows."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from colacli.render.console import Table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from colacli.render.console import Show
    from colacli.workflows.doctor import Finding


def show_diagnosis(findings: Sequence[Finding], show: Show) -> None:
    """A line a finding, and under it what to do."""
    rows = [[one.what, one.state, one.detail + (f" — {one.hint}" if one.hint else "")] for one in findings]
    table = Table(["what", "state", "detail"], rows)
    show("doctor", {"findings": [asdict(one) for one in findings]}, table.show)
