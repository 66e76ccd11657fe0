"""What `doctor` shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from colacli.render.console import Show, Table

if TYPE_CHECKING:
    from colacli.workflows.doctor import Finding


def show_diagnosis(findings: Sequence[Finding], show: Show) -> None:
    """One row per finding, with what to do."""
    rows = [
        [finding.what, finding.state, finding.detail + (f" — {finding.hint}" if finding.hint else "")]
        for finding in findings
    ]
    table = Table(["what", "state", "detail"], rows)
    show("doctor", {"findings": [asdict(finding) for finding in findings]}, table.show)
