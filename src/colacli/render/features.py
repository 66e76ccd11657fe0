"""What `data import --features` shows: how an annotation matches its corpus."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from rich.console import Console

from colacli.render.console import Table, say

if TYPE_CHECKING:
    from colacli.data.features import Joined, Unmatched

_MOST = 20
"""Sentences without a match that a terminal shows."""


def joined_document(joined: Joined) -> dict[str, Any]:
    """The constructions, how many sentences have an annotation, and all without a match."""
    return {
        "file": joined.features.file,
        "constructions": list(joined.features.names),
        "sentences": len(joined.features.constructions),
        "annotated": joined.annotated,
        "unmatched": [asdict(sentence) for sentence in joined.unmatched],
        "missing": [asdict(sentence) for sentence in joined.missing],
    }


def show_joined(joined: Joined, console: Console) -> None:
    """Counts by split, then each sentence without a match."""
    names, sentences = len(joined.features.names), len(joined.features.constructions)
    say(
        console,
        f"{joined.features.file} marks {names:,} construction{'' if names == 1 else 's'} in {sentences:,} sentences",
    )
    for split, count in joined.annotated.items():
        if count:
            of_all = f"{count:,} of {len(joined.corpus.splits[split]):,}"
            say(console, f"{of_all} sentences of {split} have an annotation")
    _show_unmatched("annotated sentences that the corpus lacks", joined.unmatched, console)
    _show_unmatched("sentences of the corpus without an annotation", joined.missing, console)


def _show_unmatched(title: str, sentences: Sequence[Unmatched], console: Console) -> None:
    if not sentences:
        return
    shown = sentences[:_MOST] if console.is_terminal else sentences
    rows = [[sentence.where, sentence.text, sentence.similar or "—"] for sentence in shown]
    count = f"the first {len(shown)} of {len(sentences)}" if len(shown) < len(sentences) else str(len(sentences))
    Table(["where", "sentence", "similar to"], rows, f"{title}: {count}").show(console)
