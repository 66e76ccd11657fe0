"""What `data` shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console

from colacli.data.corpus_warnings import warnings_of
from colacli.data.pairs_summary import PairsSummary
from colacli.render.console import Show, Table, percent, say
from colacli.render.features import joined_document, show_joined
from colacli.render.metrics import LABELS

if TYPE_CHECKING:
    from colacli.data.about import About
    from colacli.data.corpus import Reading
    from colacli.data.summary import CorpusSummary, Repeats, SplitSummary
    from colacli.workflows.data import Arrival, Known

_QUOTING = {"csv": "enclose values", "none": "are part of values", None: "—"}
"""What quotation marks do, by a file's quoting."""


def show_corpora(corpora: Sequence[Known], show: Show) -> None:
    """One row per corpus."""
    rows = [
        [
            corpus.name,
            _sizes(corpus.sizes, corpus.unlabelled),
            str(corpus.path or corpus.problem or "included in colacli"),
        ]
        for corpus in corpora
    ]
    documents = [
        {
            "name": corpus.name,
            "path": str(corpus.path) if corpus.path else None,
            "splits": corpus.sizes,
            "unlabelled": corpus.unlabelled,
            "problem": corpus.problem,
        }
        for corpus in corpora
    ]
    show("data.list", {"corpora": documents}, Table(["corpus", "splits", "location"], rows).show)


def show_arrival(command: str, arrival: Arrival, show: Show) -> None:
    """A fetched or imported corpus."""
    document: dict[str, Any] = {
        "name": arrival.name,
        "path": str(arrival.path),
        "splits": arrival.sizes,
        "unlabelled": arrival.unlabelled,
        "digests": arrival.digests,
        "about": asdict(arrival.about) if arrival.about else None,
    }

    if arrival.joined is not None:
        document["features"] = joined_document(arrival.joined)
    show(command, document, lambda console: _show_arrival(arrival, console))


def _show_arrival(arrival: Arrival, console: Console) -> None:
    say(console, f"{arrival.name} is in {arrival.path}: {_sizes(arrival.sizes, arrival.unlabelled)}")
    _show_about(arrival.about, console)
    if arrival.joined is not None:
        show_joined(arrival.joined, console)


def _show_about(about: About | None, console: Console) -> None:
    if about is None:
        return
    facts = {"language": about.language, "source": about.source, "licence": about.licence, "cite": about.citation}
    for name, text in facts.items():
        if text:
            say(console, f"{name}: {text}")


def _sizes(sizes: Mapping[str, int], unlabelled: int) -> str:
    parts = [f"{split} {count:,}" for split, count in sizes.items()]
    return ", ".join([*parts, f"test {unlabelled:,} without labels"] if unlabelled else parts)


def show_summary(summary: CorpusSummary | PairsSummary, show: Show) -> None:
    """Sizes, balance, lengths, sources, repeated sentences, and what to know before training; pairs by phenomenon."""
    if isinstance(summary, PairsSummary):
        pairs = summary
        show("data.show", asdict(pairs), lambda console: _show_pairs(pairs, console))
        return
    document = asdict(summary) | {"warnings": [asdict(warning) for warning in warnings_of(summary)]}
    show("data.show", document, lambda console: _show(summary, console))


def _show_pairs(summary: PairsSummary, console: Console) -> None:
    rows = [
        [one.field or "—", one.phenomenon or "—", f"{one.paradigms:,}", f"{one.pairs:,}"] for one in summary.phenomena
    ]
    title = f"{summary.origin}: {summary.pairs:,} minimal pairs in {summary.paradigms:,} paradigms"
    Table(["field", "phenomenon", "paradigms", "pairs"], rows, title).show(console)
    if summary.equal:
        say(console, f"{summary.equal} pairs have the same sentence twice: nobody can tell them apart")
    say(console, f"digest: {summary.digest[:12]}; `colacli pairs REF --data {summary.origin}` judges them")
    _show_about(summary.about, console)


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
    if summary.unlabelled:
        text = f"{summary.unlabelled:,} sentences of test have no labels"
        say(console, f"{text}; `judge --data` and `eval --submission` take them")
    _show_readings(summary.readings, console)
    _show_about(summary.about, console)


def _show_readings(readings: Sequence[Reading], console: Console) -> None:
    """Which columns were taken, what the labels mean, and whether quotation marks enclose values."""
    rows = []
    for reading in readings:
        columns = ", ".join(f"{role}={name}" for role, name in reading.columns.items())
        labels = ", ".join(f"{word} = {LABELS[meaning]}" for word, meaning in sorted(reading.labels.items()))
        rows.append([Path(reading.file).name, columns, labels or "—", _QUOTING[reading.quoting]])
    if rows:
        Table(["file", "columns", "labels", "quotation marks"], rows, "how the files were read").show(console)
    for reading in readings:
        if reading.enclosed:
            text = f"{reading.enclosed:,} sentences of {reading.file} stand in quotation marks, which are part of them"
            say(console, f"{text}; --quoting csv takes them off")


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
