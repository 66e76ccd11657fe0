"""Evaluations, and what is shown of them."""

import io
import json

from rich.console import Console

from colacli.data.corpus import Sentence
from colacli.render.console import make_console
from colacli.render.evaluate import show_evaluation
from colacli.statistics.calibration import calibrate
from colacli.workflows.breakdown import break_down
from colacli.workflows.evaluate import Evaluation
from colacli.workflows.splits import measure_split
from factories.runs import DEV, answering


def evaluation(run, sources, missing=""):
    """An evaluation of four sentences a source: of the first source one is judged rightly, of the others three."""
    labels = [1, 0, 1, 1] * len(sources)
    answers = [1, 1, 0, 0, *[1, 1, 1, 1] * (len(sources) - 1)]
    texts = ["Yes.", "It is so, and nobody has ever doubted that."]
    sentences = [Sentence(texts[row % 2], label, source=sources[row // 4]) for row, label in enumerate(labels)]
    predictions = answering(answers, labels)
    parts = None if missing else break_down(sentences, predictions, frozenset(texts[:1]))
    calibration = calibrate(predictions.labels, predictions.logits)
    measured = measure_split(predictions)
    return Evaluation(run, "here", DEV, measured.metrics, calibration, True, parts, missing, {DEV: measured})


def document(result):
    """As a program gets it."""
    documents = []
    show_evaluation(result, lambda schema, document, view: documents.append(json.dumps(document, allow_nan=False)))
    return json.loads(documents[0])


def piped(result, *, briefly=True):
    """Lines of a pipe."""
    stream = io.StringIO()
    show_evaluation(result, lambda schema, document, view: view(make_console(stream)), briefly=briefly)
    return stream.getvalue().splitlines()


def drawn(result, width=80, *, briefly=True):
    """Lines of a terminal without colour."""
    stream = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    console = Console(file=stream, force_terminal=True, width=width, color_system=None)
    show_evaluation(result, lambda schema, document, view: view(console), briefly=briefly)
    stream.seek(0)
    return [line.rstrip() for line in stream.read().splitlines()]
