"""What `data` shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from rich.console import Console

from colacli.data.corpus_warnings import warnings_of
from colacli.data.features import Joined
from colacli.data.summary import CorpusSummary, Repeats, SplitSummary
from colacli.render.console import Show, Table, percent, say
from colacli.render.features import joined_document, show_joined
from colacli.workflows.data import Arrival, Known


def show_corpora(corpora: Sequence[Known], show: Show) -> None:
    """One row per corpus."""
    rows = [
        [corpus.name, _sizes(corpus.sizes), str(corpus.path or corpus.problem or "included in colacli")]
        for corpus in corpora
    ]
    documents = [
        {"name": one.name, "path": str(one.path) if one.path else None, "splits": one.sizes, "problem": one.problem}
        for one in corpora
    ]
    show("data.list", {"corpora": documents}, Table(["corpus", "splits", "location"], rows).show)


def show_arrival(command: str, arrival: Arrival, show: Show) -> None:
    """A fetched or imported corpus."""
    document: dict[str, Any] = {
        "name": arrival.name,
        "path": str(arrival.path),
        "splits": arrival.sizes,
        "digests": arrival.digests,
    }
    line = f"{arrival.name} is in {arrival.path}: {_sizes(arrival.sizes)}"
    if arrival.joined is not None:
        document["features"] = joined_document(arrival.joined)
    show(command, document, lambda console: _show_arrival(line, arrival.joined, console))


def _show_arrival(line: str, joined: Joined | None, console: Console) -> None:
    say(console, line)
    if joined is not None:
        show_joined(joined, console)


def _sizes(sizes: Mapping[str, int]) -> str:
    return ", ".join(f"{split} {count:,}" for split, count in sizes.items())


def show_summary(summary: CorpusSummary, show: Show) -> None:
    """Sizes, balance, lengths, sources, repeated sentences, and what to know before training."""
    document = asdict(summary) | {"warnings": [asdict(warning) for warning in warnings_of(summary)]}
    show("data.show", document, lambda console: _show(summary, console))


def _show(summary: CorpusSummary, console: Console) -> None:
    words = ["words: min", "median", "mean", "max"]
    columns = ["split", "sentences", "acceptable", "fraction", *words, "sources", "digest"]
    Table(columns, [_split_row(split) for split in summary.splits], summary.origin).show(console)
    for split in summary.splits:
        rows = [[source.source or "—", str(source.n), percent(source.acceptable_share)] for source in split.sources]
        Table(["source", "sentences", "acceptable"], rows, f"{split.name}: most common sources").show(console)
    for split in summary.splits:
        _show_repeats(f"{split.name}: duplicates", split.duplicates, console)
        _show_repeats(f"{split.name}: duplicates with both labels", split.contradictions, console)
    for overlap in summary.overlaps:
        if not overlap.n:
            say(console, f"no sentence of {overlap.split} is also in train")
    for warning in warnings_of(summary):
        say(console, f"Warning: {warning.message}")


def _split_row(split: SplitSummary) -> list[str]:
    words = split.words
    return [
        split.name,
        f"{split.n:,}",
        f"{split.acceptable:,}",
        percent(split.acceptable_share),
        str(words.min),
        f"{words.median:g}",
        f"{words.mean:.1f}",
        str(words.max),
        str(split.distinct_sources),
        split.digest[:12],
    ]


def _show_repeats(title: str, repeats: Repeats, console: Console) -> None:
    if not repeats.texts:
        return
    rows = [
        [", ".join(f"{place.line} ({place.label})" for place in repeat.places), repeat.text]
        for repeat in repeats.examples
    ]
    count = f"the first {len(rows)} of {repeats.texts}" if len(rows) < repeats.texts else str(repeats.texts)
    Table(["lines", "sentence"], rows, f"{title}: {count}").show(console)
