"""What `pairs` shows: accuracy over all, by field, by phenomenon and by paradigm, the worst first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from rich.console import Console

from colacli.render.bars import Bar, show_bars
from colacli.render.console import Show, Table, percent, say

if TYPE_CHECKING:
    from colacli.data.published_scores import Published
    from colacli.workflows.pair_groups import Group
    from colacli.workflows.pairs import PairsResult

_MOST = 20
"""Paradigms that a terminal shows; a pipe and --json give all."""


def show_pairs(result: PairsResult, published: Published, show: Show) -> None:
    """A model on minimal pairs, and others' published scores."""
    document = asdict(result) | {
        f"by_{name}": [_group_document(name, group, published) for group in groups] for name, groups in _parts(result)
    }
    document |= {"n": sum(group.n for group in result.by_paradigm)}
    document |= {"ties": sum(group.ties for group in result.by_paradigm)}
    document |= {"interval": list(result.interval), "published": _mean(result, published)}
    show("pairs", document, lambda console: _show(result, published, console))


def _parts(result: PairsResult) -> list[tuple[str, list[Group]]]:
    return [("field", result.by_field), ("phenomenon", result.by_phenomenon), ("paradigm", result.by_paradigm)]


def _group_document(kind: str, group: Group, published: Published) -> dict[str, Any]:
    values = asdict(group) | {"accuracy": group.accuracy, "interval": list(group.interval)}
    return values | {"published": published.get((kind, group.name))}


def _show(result: PairsResult, published: Published, console: Console) -> None:
    pairs, ties = (sum(getattr(group, name) for group in result.by_paradigm) for name in ("n", "ties"))
    title = f"{result.model} on {pairs:,} pairs of {result.data}"
    bos = {None: "", True: ", first token scored after the start token", False: ", first token not scored"}[result.bos]
    say(console, f"{title}: by {result.score}{bos}; {result.precision}")
    say(console, mean_line(result))
    if others := _mean(result, published):
        say(console, "published: " + ", ".join(f"{name} {percent(value)}" for name, value in others.items()))
    say(console, f"{ties:,} ties, each counted half; chance is 50 %")
    for kind, groups in _parts(result):
        shown = groups[:_MOST] if console.is_terminal else groups
        if not shown or (kind != "paradigm" and len(shown) < 2):
            continue
        groups_table(kind, shown, published).show(console)
        bars = [Bar(group.name, group.accuracy, 0.5) for group in shown]
        show_bars(bars, "pairs whose good sentence is preferred", "chance", console)
        if len(shown) < len(groups):
            say(console, f"{len(groups) - len(shown)} more {kind}s are at least as good; --json gives all")


def _mean(result: PairsResult, published: Published) -> dict[str, float] | None:
    """The published means, where the same paradigms are measured."""
    measured = {group.name for group in result.by_paradigm}
    same = measured == {name for kind, name in published if kind == "paradigm"}
    return published.get(("mean", "")) if same else None


def mean_line(result: PairsResult) -> str:
    """The mean and its interval."""
    low, high = (100 * end for end in result.interval)
    count = len(result.by_paradigm)
    return f"mean over {count} paradigms: {percent(result.mean)} (95 % interval {low:.1f} to {high:.1f} %)"


def groups_table(kind: str, groups: Sequence[Group], published: Published) -> Table:
    """A row a group."""
    models = list(dict.fromkeys(model for group in groups for model in published.get((kind, group.name), {})))
    rows = [
        [
            group.name,
            str(group.n),
            percent(group.accuracy),
            "{:.1f} to {:.1f} %".format(*(100 * end for end in group.interval)),
            str(group.ties),
            *(percent(published.get((kind, group.name), {}).get(model)) for model in models),
        ]
        for group in groups
    ]
    columns = [kind, "pairs", "accuracy", "95 % interval", "ties", *models]
    return Table(columns, rows, f"by {kind}, the worst first")
