"""What `compare` shows by construction, and the sentences that only one of two arms gets right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from rich.console import Console

from colacli.render.console import Table, decimals, percent, points, say
from colacli.render.mistakes import sentence_document
from colacli.statistics.power import LEVEL, POWER
from colacli.workflows.constructions import ConstructionComparison, Score

if TYPE_CHECKING:
    from colacli.workflows.disagreements import Disagreement, Disagreements

_MOST = 30
"""Constructions that a terminal shows at most."""
_ENDS = 10
"""Those that it shows at each end where there are more."""

Pairs = Sequence[Sequence[ConstructionComparison]]


def constructions_document(pairs: Pairs | None) -> list[dict[str, Any]] | None:
    """Each pair of arms with its constructions; None where the sentences are not here."""
    if pairs is None:
        return None
    return [
        {"a": pair[0].comparison.a, "b": pair[0].comparison.b, "constructions": [_document(one) for one in pair]}
        for pair in pairs
        if pair
    ]


def _document(one: ConstructionComparison) -> dict[str, Any]:
    comparison = one.comparison
    return {
        "construction": one.construction,
        "n": comparison.n,
        "a": asdict(one.a),
        "b": asdict(one.b),
        "only_a_right": comparison.paired.only_a_right if comparison.paired else None,
        "only_b_right": comparison.paired.only_b_right if comparison.paired else None,
        "accuracy_difference": comparison.accuracy_difference,
        "interval": list(comparison.interval),
        "mcnemar": asdict(comparison.mcnemar) if comparison.mcnemar else None,
        "p": comparison.p,
        "holm_p": comparison.holm_p,
        "detectable_difference": comparison.detectable,
    }


def show_constructions(pairs: Pairs, console: Console) -> None:
    """A table of each pair, and in which constructions its difference is real."""
    for pair in filter(None, pairs):
        a, b = pair[0].comparison.a, pair[0].comparison.b
        many = console.is_terminal and len(pair) > _MOST
        shown = [*pair[:_ENDS], *pair[-_ENDS:]] if many else pair
        title = f"by construction, a: {a}, b: {b}; a − b in points of accuracy, p by Holm's correction"
        columns = ["construction", "n", "a", "MCC", "b", "MCC", "a − b", "95 % interval", "p", "would show"]
        Table(columns, [_row(one) for one in shown], title).show(console)
        if many:
            say(console, f"{len(pair) - len(shown)} more lie between; --json gives all")
        say(console, _conclusion(a, b, pair))


def _row(one: ConstructionComparison) -> list[str]:
    comparison = one.comparison
    low, high = comparison.interval
    return [
        one.construction,
        str(comparison.n),
        *_score(one.a),
        *_score(one.b),
        points(comparison.accuracy_difference),
        f"{100 * low:+.1f} to {100 * high:+.1f}",
        decimals(comparison.holm_p) if comparison.holm_p >= 0.0001 else "< 0.0001",
        "—" if comparison.detectable is None else f"{100 * comparison.detectable:.1f}",
    ]


def _score(score: Score) -> list[str]:
    return [percent(score.accuracy), decimals(score.mcc)]


def _conclusion(a: str, b: str, pair: Sequence[ConstructionComparison]) -> str:
    """The constructions in which one arm is better, after the correction."""
    real = [one for one in pair if one.comparison.holm_p < LEVEL]
    detectable = [one.comparison.detectable for one in pair if one.comparison.detectable is not None]
    if not real:
        line = f"in no construction is {a} shown to differ from {b}"
        least = (
            f"{100 * min(detectable):.1f} points ({100 * POWER:.0f} % power, before the correction)"
            if detectable
            else ""
        )
        return f"{line}; the smallest difference that could show in one of them is {least}" if least else line
    better = [one.construction for one in real if one.comparison.accuracy_difference > 0]
    worse = [one.construction for one in real if one.comparison.accuracy_difference < 0]
    parts = [f"{word} in {', '.join(names)}" for word, names in (("worse", worse), ("better", better)) if names]
    return f"after the correction for all constructions {a} is {' and '.join(parts)} than {b}"


def disagreements_document(pairs: Sequence[Disagreements], most: int | None) -> list[dict[str, Any]]:
    """Each pair of arms with the sentences that only one gets right, at most so many of each kind."""
    return [
        {
            "a": pair.a,
            "b": pair.b,
            "only_a_right": [_disagreement_document(one) for one in pair.only_a_right[:most]],
            "only_b_right": [_disagreement_document(one) for one in pair.only_b_right[:most]],
            "totals": [len(pair.only_a_right), len(pair.only_b_right)],
        }
        for pair in pairs
    ]


def _disagreement_document(one: Disagreement) -> dict[str, Any]:
    return {
        **sentence_document(one.sentence),
        "probability": list(one.probability),
        "fraction_right": list(one.right),
    }


def show_disagreements(pairs: Sequence[Disagreements], most: int | None, console: Console) -> None:
    """Two tables a pair, the surest first."""
    for pair in pairs:
        for winner, rows in ((pair.a, pair.only_a_right), (pair.b, pair.only_b_right)):
            shown = rows[:most]
            count = f"the surest {len(shown):,} of {len(rows):,}" if len(shown) < len(rows) else f"{len(rows):,}"
            columns = ["label", "P by a", "P by b", "a right", "b right", "sentence"]
            cells = [[str(one.sentence.label), *_cells(one), one.sentence.text] for one in shown]
            Table(columns, cells, f"a: {pair.a}, b: {pair.b}; only {winner} is right: {count}").show(console)


def _cells(one: Disagreement) -> list[str]:
    return [*map(decimals, one.probability), *(f"{100 * fraction:.0f} %" for fraction in one.right)]
