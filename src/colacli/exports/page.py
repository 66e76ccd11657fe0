"""A student as one HTML file that judges sentences in a browser, offline; its sources are in `bundled/page/`."""

from __future__ import annotations

import re
from base64 import b64encode
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from msgspec import json
from torch import Tensor

from colacli.errors import DataError, ModelError, UsageError
from colacli.events import OnEvent, Work
from colacli.exports.agreement import judged_sentences
from colacli.exports.byte_level import byte_level
from colacli.exports.claims import about, examples, measurements
from colacli.exports.kinds import ExportOptions, Written, refuse_baseline
from colacli.exports.rounding import dequantised, measure_rounding, quantised
from colacli.exports.weaknesses import FEWEST, weaknesses
from colacli.models.inference import InferenceModel
from colacli.models.student import RecurrentClassifier
from colacli.models.student_shape import StudentShape
from colacli.models.weights import STUDENT_CONFIG, STUDENT_WEIGHTS, load_student
from colacli.store.reading import decode
from colacli.store.run import Run
from colacli.store.store import Store
from colacli.training.card import LIMITS
from colacli.training.predictor import TokenPredictor, load_predictor

_SOURCES = Path(__file__).parent.parent / "bundled" / "page"
_LARGE, _TOO_LARGE = 6_000_000, 100_000_000
"""Bytes of a page."""


def write(run: Run, store: Store, options: ExportOptions, path: Path, on_event: OnEvent) -> Written:  # noqa: ARG001
    """The page.

    Raises:
        UsageError: the run is a teacher or a baseline.
        ModelError: its tokenizer is of a kind that the page can't read, it is too large, or int8 costs accuracy.
    """
    refuse_baseline(run)
    if run.spec.student is None:
        raise UsageError(f"run {run.key[:12]} is a teacher: --to page writes students", "give --to transformers")
    predictor = load_predictor(run, store, None, "cpu", on_event, precision="fp32")
    assert isinstance(predictor, TokenPredictor)  # as a student's is
    student = load_student(run.verified_file(STUDENT_CONFIG), run.verified_file(STUDENT_WEIGHTS))
    tokenizer = byte_level(predictor.tokenizer, f"run {run.key[:12]}")
    if len(tokenizer["vocabulary"]) > predictor.vocabulary:
        message = f"the tokenizer of run {run.key[:12]} has tokens that its network has no row for"
        raise ModelError(message, "train the student on a base model whose vocabulary and tokenizer agree")
    written = _measure(run, store, student, predictor, on_event)
    claims = {
        "about": about(run),
        "measurements": [asdict(one) for one in measurements(run)],
        "weaknesses": [asdict(one) for one in weaknesses(run, store, on_event)],
        "fewest": FEWEST,
        "rounding": _rounding(written),
        "examples": examples(),
        "limits": LIMITS,
    }
    shape = decode(run.read(STUDENT_CONFIG), StudentShape)
    page = page_html({"student": {"shape": shape, "weights": weights_of(student), "tokenizer": tokenizer}, **claims})
    path.write_bytes(page)
    return _with_size(written, len(page), shape.embedding_rank)


def page_html(data: dict[str, Any]) -> bytes:
    """The page with its style, code and data filled in.

    Args:
        data: `student`, and what is said of it.
    """
    parts = {name: (_SOURCES / name).read_text(encoding="utf-8") for name in ("page.css", "model.js", "app.js")}
    parts["data"] = _script_json(data)
    page = (_SOURCES / "page.html").read_text(encoding="utf-8")
    return re.sub(r"\{\{(.*?)\}\}", lambda match: parts[match[1]], page).encode()


def _script_json(data: dict[str, Any]) -> str:
    """JSON that ends no `script` element, begins no comment there, and is JavaScript too."""
    escapes = {ord(character): f"\\u{ord(character):04x}" for character in "<>&\u2028\u2029"}
    return json.encode(data).decode().translate(escapes)


def weights_of(student: RecurrentClassifier) -> dict[str, dict[str, Any]]:
    """Matrices as int8 with a scale a row, biases in fp32, both as little-endian bytes in base64."""
    weights: dict[str, dict[str, Any]] = {}
    for name, parameter in student.named_parameters():
        shape = list(parameter.shape)
        if parameter.ndim == 2:
            rounded, scales = quantised(parameter)
            weights[name] = {"shape": shape, "int8": _base64(rounded), "scales": _base64(scales.astype("<f4"))}
        else:
            weights[name] = {"shape": shape, "floats": _base64(parameter.detach().numpy().astype("<f4"))}
    return weights


def _base64(values: Any) -> str:
    return b64encode(values.tobytes()).decode()


def _measure(
    run: Run, store: Store, student: RecurrentClassifier, predictor: TokenPredictor, on_event: OnEvent
) -> Written:
    """The rounded student on the run's own sentences, against the run's logits; a note where they are not here."""
    try:
        judged = judged_sentences(run, store, None, on_event)
    except DataError as error:
        note = f"what rounding changes was not measured, nor where it is weak in its corpus: {error.message}"
        return Written(notes=(note,))
    rounded = replace(predictor, model=InferenceModel(dequantised(student)))
    logits: list[Tensor] = [
        rounded.on_texts(one.texts, one.split, on_event, Work(f"judging {one.split} with int8 weights", 0, 0))
        for one in judged
    ]
    return measure_rounding(run, judged, [one.logits for one in judged], logits, "give --to onnx")


def _rounding(written: Written) -> dict[str, Any] | None:
    if written.agreement is None:
        return None
    changes = [
        {"split": split, "n": one.n, "accuracy": one.accuracy_difference, "mcc": one.mcc_difference}
        for split, one in written.changes
    ]
    return {"largest_difference": written.agreement.largest_difference, "changes": changes}


def _with_size(written: Written, size: int, rank: int | None) -> Written:
    """With a note where the page is large.

    Raises:
        ModelError: it is too large for a browser.
    """
    smaller = "train the student with " + ("--embedding-rank" if rank is None else f"an --embedding-rank below {rank}")
    if size > _TOO_LARGE:
        message = f"the page would have {size / 1e6:.0f} MB, more than {_TOO_LARGE / 1e6:.0f}, most of it embeddings"
        raise ModelError(message, f"nothing was written; {smaller}")
    if size <= _LARGE:
        return written
    note = f"the page has {size / 1e6:.1f} MB, most of it embeddings: to have less, {smaller}"
    return replace(written, notes=(*written.notes, note))
