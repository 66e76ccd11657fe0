"""What `eval --errors` and `eval --per-sentence` show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console

from colacli.render.console import Show, Table, decimals, say
from colacli.render.metrics import metrics_table
from colacli.workflows.per_sentence import run_columns

if TYPE_CHECKING:
    from colacli.data.corpus import Sentence
    from colacli.workflows.evaluate import Evaluation
    from colacli.workflows.mistakes import Mistake, Mistakes


def sentence_document(sentence: Sentence) -> dict[str, Any]:
    """What is shown of a sentence beside a model's answer."""
    return {
        "sentence": sentence.text,
        "label": sentence.label,
        "source": sentence.source,
        "constructions": list(sentence.constructions),
    }


def mistakes_document(mistakes: Mistakes) -> dict[str, Any]:
    """Both kinds, and how many there are of each."""
    return {
        "accepted": [_document(mistake) for mistake in mistakes.accepted],
        "rejected": [_document(mistake) for mistake in mistakes.rejected],
        "accepted_total": mistakes.total[0],
        "rejected_total": mistakes.total[1],
    }


def _document(mistake: Mistake) -> dict[str, Any]:
    return {**sentence_document(mistake.sentence), "probability": mistake.probability}


def show_mistakes(mistakes: Mistakes, console: Console) -> None:
    """A table of each kind."""
    _show("accepted, but not acceptable", mistakes.accepted, mistakes.total[0], console)
    _show("rejected, but acceptable", mistakes.rejected, mistakes.total[1], console)


def _show(title: str, mistakes: Sequence[Mistake], total: int, console: Console) -> None:
    rows = [[decimals(one.probability), one.sentence.source or "—", one.sentence.text] for one in mistakes]
    count = f"the surest {len(mistakes):,} of {total:,}" if len(mistakes) < total else f"{total:,}"
    Table(["P(acceptable)", "source", "sentence"], rows, f"{title}: {count}").show(console)


def show_written(results: Sequence[Evaluation], file: Path, show: Show) -> None:
    """The metrics of several runs, and the file with their answers."""
    document = {
        "key": None,
        "data": results[0].data,
        "split": results[0].split,
        "metrics": None,
        "runs": [_run_document(result) for result in results],
        "per_sentence": {"file": str(file), "n": results[0].metrics.n},
    }
    show("eval", document, lambda console: _show_written(results, file, console))


def _run_document(result: Evaluation) -> dict[str, Any]:
    run = result.run
    document = {"key": run.key, "seed": run.spec.training.seed, "columns": run_columns(run), "cached": result.cached}
    return {**document, "metrics": asdict(result.metrics)}


def _show_written(results: Sequence[Evaluation], file: Path, console: Console) -> None:
    by_run = {f"seed {one.run.spec.training.seed}, {one.run.key[:6]}": one.metrics for one in results}
    metrics_table(by_run, f"{results[0].split} of {results[0].data}", "run").show(console)
    say(console, written_line(results, file))


def written_line(results: Sequence[Evaluation], file: Path) -> str:
    """'527 sentences with the answers of 3 runs are in FILE'."""
    runs = "the run's answers" if len(results) == 1 else f"the answers of {len(results)} runs"
    return f"{results[0].metrics.n:,} sentences with {runs} are in {file}"
