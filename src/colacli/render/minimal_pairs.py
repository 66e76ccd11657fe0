"""What `compare --pairs` shows: two arms, phenomenon by phenomenon."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from rich.console import Console

from colacli.render.console import Table, decimals, percent, points, say
from colacli.statistics.power import LEVEL

if TYPE_CHECKING:
    from colacli.workflows.compare_pairs import OnPhenomenon, PairsComparison


def minimal_pairs_document(result: PairsComparison) -> dict[str, Any]:
    """Every row, as plain JSON values."""
    return {"data": result.data, "digest": result.digest, "phenomena": [_document(row) for row in result.rows]}


def _document(row: OnPhenomenon) -> dict[str, Any]:
    found = row.comparison
    return {
        "phenomenon": row.phenomenon,
        "a": row.a,
        "b": row.b,
        "n": found.n,
        "accuracies": list(found.means),
        "ties": list(row.ties),
        "a_better": found.better[0] if found.better else None,
        "b_better": found.better[1] if found.better else None,
        "accuracy_difference": found.difference,
        "interval": list(found.interval),
        "sign_test": asdict(found.sign_test) if found.sign_test else None,
        "p": found.p,
        "holm_p": found.holm_p,
        "detectable_difference": found.detectable,
    }


def show_minimal_pairs(result: PairsComparison, console: Console) -> None:
    """A table, and which phenomena one arm knows better."""
    minimal_pairs_table(result).show(console)
    for finding in minimal_pairs_findings(result):
        say(console, finding)


def minimal_pairs_table(result: PairsComparison) -> Table:
    """A row a phenomenon and two arms."""
    columns = ["phenomenon", "a", "b", "pairs", "a right", "b right", "ties", "a − b", "95 % interval", "p"]
    title = f"on minimal pairs of {result.data}, a tie half right; p by Holm's correction for {len(result.rows)}"
    return Table([*columns, "detectable"], [_row(row) for row in result.rows], f"{title} comparisons")


def minimal_pairs_findings(result: PairsComparison) -> list[str]:
    """The phenomena that one arm knows better."""
    findings = []
    for row in result.rows:
        if row.comparison.holm_p < LEVEL:
            better, worse = (row.a, row.b) if row.comparison.difference > 0 else (row.b, row.a)
            findings.append(f"{row.phenomenon}: {better} is better than {worse}")
    return findings or ["inconclusive: on no phenomenon is the difference larger than chance explains"]


def _row(row: OnPhenomenon) -> list[str]:
    found = row.comparison
    low, high = found.interval
    return [
        row.phenomenon,
        row.a,
        row.b,
        str(found.n),
        *map(percent, found.means),
        " / ".join(map(str, row.ties)),
        points(found.difference),
        f"{100 * low:+.1f} to {100 * high:+.1f}",
        decimals(found.holm_p) if found.holm_p >= 0.0001 else "< 0.0001",
        "—" if found.detectable is None else points(found.detectable).removeprefix("+"),
    ]
