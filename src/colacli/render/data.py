"""What `data` shows."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from colacli.render.console import Table, percent, say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from colacli.data.summary import CorpusSummary, Repeat, Repeats, SplitSummary
    from colacli.render.console import Show
    from colacli.workflows.data import Arrival, Known


def show_corpora(known: Sequence[Known], show: Show) -> None:
    """A row a corpus."""
    rows = [
        [
            one.name,
            ", ".join(f"{split} {count:,}" for split, count in one.sizes.items()),
            str(one.path or one.problem or "comes with colacli"),
        ]
        for one in known
    ]
    found: list[dict[str, Any]] = [
        {
            "name": one.name,
            "path": str(one.path) if one.path else None,
            "splits": one.sizes,
            "problem": one.problem,
        }
        for one in known
    ]
    table = Table(["corpus", "splits", "where"], rows)
    show("data.list", {"corpora": found}, table.show)


def show_arrival(schema: str, arrival: Arrival, show: Show) -> None:
    """What has come in, and where it is."""
    sizes = {name: len(split) for name, split in arrival.corpus.splits.items()}
    digests = {name: split.digest for name, split in arrival.corpus.splits.items()}
    found: dict[str, object] = {
        "name": arrival.name,
        "path": str(arrival.path),
        "splits": sizes,
        "digests": digests,
    }
    words = ", ".join(f"{name} {count:,}" for name, count in sizes.items())
    show(schema, found, lambda console: say(console, f"{arrival.name} is in {arrival.path}: {words}"))


def show_summary(summary: CorpusSummary, show: Show) -> None:
    """Sizes, balance, lengths, sources, and what is doubtful."""
    show("data.show", asdict(summary), lambda console: _show(summary, console))


def _show(summary: CorpusSummary, console: Console) -> None:
    columns = [
        "split",
        "sentences",
        "acceptable",
        "share",
        "words: min",
        "median",
        "mean",
        "max",
        "sources",
        "digest",
    ]
    Table(columns, [_split_row(one) for one in summary.splits], summary.origin).show(console)
    for one in summary.splits:
        rows = [[each.source or "—", str(each.n), percent(each.acceptable_share)] for each in one.sources]
        Table(["source", "sentences", "acceptable"], rows, f"{one.name}: most common sources").show(console)
    for one in summary.splits:
        _show_repeats(f"{one.name}: duplicates", one.duplicates, console)
        _show_repeats(f"{one.name}: duplicates with both labels", one.contradictions, console)
    for overlap in summary.overlaps:
        say(
            console,
            f"{overlap.n} sentences of {overlap.split} stand in train too, {overlap.other_label} with the other label",
        )


def _split_row(one: SplitSummary) -> list[str]:
    words = one.words
    return [
        one.name,
        f"{one.n:,}",
        f"{one.acceptable:,}",
        percent(one.acceptable_share),
        str(words.min),
        f"{words.median:g}",
        f"{words.mean:.1f}",
        str(words.max),
        str(one.distinct_sources),
        one.digest[:12],
    ]


def _show_repeats(title: str, repeats: Repeats, console: Console) -> None:
    if repeats.texts:
        rows = [[_places(one), one.text] for one in repeats.examples]
        shown = f"the first {len(rows)} of {repeats.texts}" if len(rows) < repeats.texts else str(repeats.texts)
        Table(["lines", "sentence"], rows, f"{title}: {shown}").show(console)


def _places(repeat: Repeat) -> str:
    return ", ".join(f"{place.line} ({place.label})" for place in repeat.places)
