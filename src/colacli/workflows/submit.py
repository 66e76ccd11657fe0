"""A run's answers for a benchmark's test set, in the file that the benchmark takes."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from colacli.data.corpus import Unlabelled
from colacli.data.lines import refusal, shown
from colacli.data.locate import read_test
from colacli.devices import resolve_device
from colacli.errors import UsageError
from colacli.events import OnEvent, Work, ignore
from colacli.metrics import predicted_labels
from colacli.output_files import check_output, open_output
from colacli.store.refs import resolve_one
from colacli.store.run import Run
from colacli.store.store import Store
from colacli.workflows.evaluate import EvaluateOptions

Form = Literal["glue", "kaggle"]
_HEADERS: dict[Form, tuple[str, str, str]] = {"glue": ("index", "\t", "prediction"), "kaggle": ("Id", ",", "Label")}
"""Name of the ids, what stands between two columns, name of the answers."""
_NUMBER = re.compile(r"[-+]?\d+")


@dataclass(frozen=True)
class Submission:
    """A file that was written."""

    run: Run
    form: Form
    data: Path
    """The test file."""
    file: Path
    n: int
    """Sentences."""
    acceptable: int
    """How many of them were called so."""


def submit(
    reference: str,
    form: Form | None,
    file: Path | None,
    options: EvaluateOptions,
    store: Store,
    on_event: OnEvent = ignore,
    *,
    force: bool = False,
) -> Submission:
    """Judge every sentence of a test file, or of a corpus' unlabelled test split, and write the answers to `file`.

    Raises:
        UsageError: no form, or no file to read or to write is named, or a split of it is asked for; or the file is
            there and `force` is not set, or can't be written.
        DataError: the test file can't be used.
        UnknownReferenceError: the reference is not one run.
    """
    if form is None:
        raise UsageError("--output is for --submission", "give --submission glue or kaggle, or leave it out")
    if options.data is None or file is None:
        raise UsageError("--submission needs a test file and a place", "give --data TEST and --output FILE")
    if options.split is not None:
        raise UsageError("--split and --submission exclude each other", "a test file is one split: leave --split out")
    run, data = resolve_one(store, reference), Path(options.data)
    check_output(file, force=force, store=store.root, source=data if data.exists() else None)

    from colacli.training.predictor import load_predictor

    test = read_test(store, options.data, options.layout, on_event, with_ids=True)
    _check_ids(data, form, test)
    predictor = load_predictor(run, store, options.base, resolve_device(options.device), on_event)
    work = Work("judging the test file", 0, len(test.texts))
    predictions = predicted_labels(predictor.on_texts(test.texts, str(data), on_event, work).tolist())
    _write(file, form, test, predictions)
    return Submission(run, form, data, file, len(predictions), sum(predictions))


def _check_ids(data: Path, form: Form, test: Unlabelled) -> None:
    """Refuse ids that a spreadsheet would execute: quoting doesn't stop it, and a changed id is another.

    Raises:
        DataError: there is one; or one that can't stand in this form.
    """
    for name, number in zip(test.ids, test.lines, strict=True):
        formula = name[0] in "=+-@\t\r" and not _NUMBER.fullmatch(name)
        if formula or (form == "glue" and set(name) & {"\t", "\n", "\r"}):
            problem = f"the id {shown(name)} is a formula to a spreadsheet, or breaks a line of the answers"
            raise refusal(data, number, problem, "give ids as benchmarks do: numbers")


def _write(file: Path, form: Form, test: Unlabelled, predictions: list[int]) -> None:
    name, separator, answer = _HEADERS[form]
    text = io.StringIO()
    options: Any = {"quoting": csv.QUOTE_NONE, "quotechar": None} if form == "glue" else {}
    writer = csv.writer(text, delimiter=separator, lineterminator="\n", **options)
    writer.writerows([(name, answer), *zip(test.ids, predictions, strict=True)])
    with open_output(file) as stream:
        stream.write(text.getvalue().encode())
