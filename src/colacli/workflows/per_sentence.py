"""One line a sentence, in CSV: all that the numbers of `eval` are computed from."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path

from colacli.data.constructions import SEPARATOR
from colacli.errors import DataError
from colacli.events import OnEvent, ignore
from colacli.output_files import check_output, open_output
from colacli.statistics.calibration import probabilities
from colacli.store.refs import resolve, resolve_one
from colacli.store.run import Run
from colacli.store.store import Store
from colacli.workflows.evaluate import EvaluateOptions, Evaluation, evaluate_run
from colacli.workflows.mistakes import sentence_predictions

_ANSWER = ("answer", "probability", "margin", "in_train", "length")
"""Columns of a run: its label, P(acceptable), the logit of acceptable less the other, 1 where it was trained on this
sentence, and the range of length that it counts in."""


def examine(
    reference: str,
    options: EvaluateOptions,
    file: Path | None,
    store: Store,
    on_event: OnEvent = ignore,
    *,
    force: bool = False,
    alone: bool = False,
) -> list[Evaluation]:
    """Measure one or several runs on a split, and write every sentence with its label and their answers to `file`.

    Numbers have all their digits (`repr`). The columns of several runs have the seed and the key in their names.

    Args:
        reference: of the runs.
        options: what they are measured on.
        file: None to write nothing.
        store: where the runs are.
        on_event: told what is going on.
        force: whether a file that is there may be replaced.
        alone: whether the reference has to stand for one run.

    Raises:
        UsageError: the file can't be written, or is there and `force` is not set.
        UnknownReferenceError: there is no such run, or more than one and `alone` is set.
        DataError: the sentences are not to be had, or the runs were measured on different ones.
    """
    if file is not None:
        check_output(file, force=force, store=store.root)
    runs = [resolve_one(store, reference)] if alone else resolve(store, reference)
    evaluations = [
        evaluate_run(run, options, store, on_event) for run in sorted(runs, key=lambda run: run.spec.training.seed)
    ]
    if file is not None:
        _check_same(evaluations)
        _write(evaluations, file)
    return evaluations


def run_columns(run: Run) -> list[str]:
    """The names of a run's columns beside those of other runs."""
    return [f"{column}[seed {run.spec.training.seed}, {run.key[:6]}]" for column in _ANSWER]


def _check_same(evaluations: Sequence[Evaluation]) -> None:
    first, *others = (sentence_predictions(evaluation).sentences for evaluation in evaluations)
    for evaluation, sentences in zip(evaluations[1:], others, strict=True):
        if [(one.text, one.label) for one in sentences] != [(one.text, one.label) for one in first]:
            problem = f"runs {evaluations[0].run.key[:12]} and {evaluation.run.key[:12]} have other sentences"
            raise DataError(f"{problem} on {evaluation.split}", "name a corpus for all of them with --data")


def _write(evaluations: Sequence[Evaluation], file: Path) -> None:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(_rows(evaluations))
    with open_output(file) as stream:
        stream.write(text.getvalue().encode())


def _rows(evaluations: Sequence[Evaluation]) -> Iterator[Sequence[object]]:
    several = len(evaluations) > 1
    names = [name for one in evaluations for name in (run_columns(one.run) if several else _ANSWER)]
    yield ["sentence", "label", "source", "constructions", *names]
    answers = [_answers(evaluation) for evaluation in evaluations]
    for row, sentence in enumerate(sentence_predictions(evaluations[0]).sentences):
        cells = [cell for answer in answers for cell in answer[row]]
        yield [sentence.text, sentence.label, sentence.source, SEPARATOR.join(sentence.constructions), *cells]


def _answers(evaluation: Evaluation) -> list[tuple[object, ...]]:
    """The values of a run's columns for each sentence."""
    by_sentence = sentence_predictions(evaluation)
    predictions, trained_on = by_sentence.predictions, by_sentence.trained_on
    margins = [accept - reject for reject, accept in predictions.logits]
    overlap = ["" if trained_on is None else int(one.text in trained_on) for one in by_sentence.sentences]
    return list(
        zip(
            predictions.predicted,
            probabilities(predictions.logits),
            margins,
            overlap,
            by_sentence.lengths.names,
            strict=True,
        )
    )
