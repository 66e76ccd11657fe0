"""A run as an ONNX model with its tokenizer beside it, checked with onnxruntime on the run's own sentences."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from colacli.errors import DataError, ModelError
from colacli.events import OnEvent
from colacli.exports.agreement import Judged, compare_logits, judged_sentences
from colacli.exports.card import write_card
from colacli.exports.kinds import LABELS, ExportOptions, Written, need, refuse_baseline
from colacli.exports.rounding import measure_rounding
from colacli.exports.tokens import tokenizer_json
from colacli.kernels.packing import Tokens
from colacli.models.base import base_of
from colacli.models.tokenizer import encode_all
from colacli.models.tokenizer_files import TOKENIZER_JSON
from colacli.models.weights import STUDENT_CONFIG, STUDENT_WEIGHTS, load_student
from colacli.store.run import Run
from colacli.store.store import Store
from colacli.training.fit import predict
from colacli.training.predictor import TokenPredictor, load_predictor

MODEL = "model.onnx"
LOGITS = "logits"
EXTRA = "onnx"
PACKAGES = ("onnx", "onnxruntime")
_ABOUT = """A {} that judges whether an English sentence is acceptable, as an ONNX graph: from `input_ids` and
`attention_mask`, padded on the right, to `logits`, the second of which is for acceptable sentences."""
_ROUNDED = "rounded.onnx"
_BATCH = 64
_GENERATED = 256
"""Sentences of made-up token ids where the run's own are not here."""
_LONGEST = 48


def write(run: Run, store: Store, options: ExportOptions, path: Path, on_event: OnEvent) -> Written:
    """The graph, the tokenizer and the card.

    Raises:
        UsageError: the run is a baseline.
        UnavailableError: a package is not installed.
        DataError: int8 is asked for, and the run's sentences are not here to measure it on.
        IntegrityError: the graph's logits are not the run's.
        ModelError: a teacher's base model is gone, or int8 costs accuracy.
    """
    refuse_baseline(run)
    for package in PACKAGES if run.spec.student else (*PACKAGES, "onnxscript"):
        need(package, EXTRA)
    int8 = options.quantize == "int8"
    predictor = load_predictor(run, store, options.base, "cpu", on_event, precision="fp32")
    assert isinstance(predictor, TokenPredictor), "a network reads tokens"
    judged, ids, notes = _sentences(run, store, options, predictor, on_event, required=int8)
    about = {"run": run.key, "labels": ",".join(LABELS.values()), "quantize": options.quantize}
    _save(run, store, options, path, about, on_event)
    exported = _logits(path, ids)
    on = "rows of generated token ids" if notes else ""
    written = Written(compare_logits(run, judged, exported, on), notes=notes)
    if int8:
        _round(run, path, about)
        written = measure_rounding(run, judged, exported, _logits(path, ids))
    (path / TOKENIZER_JSON).write_bytes(tokenizer_json(predictor.tokenizer))
    kind = "small recurrent network" if run.spec.student else "GPT-2, tuned with LoRA,"
    write_card(run, path, _ABOUT.format(kind))
    return written


def _save(run: Run, store: Store, options: ExportOptions, path: Path, about: dict[str, str], on_event: OnEvent) -> None:
    """Write the graph in fp32."""
    if run.spec.student is not None:
        return _save_student(run, path, about, int8=False)
    from colacli.exports.teacher_graph import save_teacher

    return save_teacher(run, base_of(store, run, options.base, on_event), path / MODEL, about)


def _save_student(run: Run, path: Path, about: dict[str, str], *, int8: bool) -> None:
    from colacli.exports.graph import student_graph

    student = load_student(run.verified_file(STUDENT_CONFIG), run.verified_file(STUDENT_WEIGHTS))
    try:
        model = student_graph(student, about, int8=int8)
    except ValueError as error:
        hint = "train the student with a smaller --hidden, or with --embedding-rank"
        raise ModelError(f"the student can't be an ONNX model: {error}", hint) from error
    (path / MODEL).write_bytes(model.SerializeToString(deterministic=True))


def _round(run: Run, path: Path, about: dict[str, str]) -> None:
    """Replace the graph by one with int8 weights: a student's with a scale a row, a teacher's as the runtime does."""
    if run.spec.student is not None:
        return _save_student(run, path, about, int8=True)
    from onnxruntime.quantization import quantize_dynamic

    root = logging.getLogger()
    level = root.level
    root.setLevel(logging.ERROR)  # it warns there that the graph could be optimised first
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            quantize_dynamic(path / MODEL, path / _ROUNDED, per_channel=True)
    finally:
        root.setLevel(level)
    for file in path.glob(f"{MODEL}*"):
        file.unlink()
    (path / _ROUNDED).rename(path / MODEL)
    return None


def _sentences(
    run: Run, store: Store, options: ExportOptions, predictor: TokenPredictor, on_event: OnEvent, *, required: bool
) -> tuple[list[Judged], list[list[list[int]]], tuple[str, ...]]:
    """The run's own sentences and their token ids; made-up ids where they are not here and not required."""
    try:
        judged = judged_sentences(run, store, options.base, on_event)
        return judged, [encode_all(predictor.tokenizer, one.texts) for one in judged], ()
    except DataError as error:
        if required:
            raise DataError(
                f"--quantize int8 is measured on the run's own sentences: {error.message}",
                "bring the corpus back to where it was, or leave --quantize out",
            ) from error
        note = f"compared on generated token ids: {error.message}"
        ids = _generated(predictor)
        lengths = torch.tensor([len(sentence) for sentence in ids])
        tokens = Tokens(torch.tensor([token for sentence in ids for token in sentence]), lengths)
        logits = predict(predictor.model, tokens)
        return [Judged("generated token ids", [], [0] * len(ids), logits)], [ids], (note,)


def _generated(predictor: TokenPredictor) -> list[list[int]]:
    generator = torch.Generator().manual_seed(0)
    longest = min(_LONGEST, predictor.longest)
    lengths = torch.randint(1, longest + 1, (_GENERATED,), generator=generator).tolist()
    return [torch.randint(predictor.vocabulary, (length,), generator=generator).tolist() for length in lengths]


def _logits(path: Path, ids: Sequence[list[list[int]]]) -> list[Tensor]:
    """What the runtime makes of each split's token ids: logits (n, 2), in padded batches."""
    import onnxruntime

    session = onnxruntime.InferenceSession(path / MODEL, providers=["CPUExecutionProvider"])
    logits = []
    for sentences in ids:
        batches = [sentences[start : start + _BATCH] for start in range(0, len(sentences), _BATCH)]
        logits.append(torch.cat([torch.from_numpy(session.run([LOGITS], _padded(batch))[0]) for batch in batches]))
    return logits


def _padded(batch: list[list[int]]) -> dict[str, Any]:
    """The model's inputs (B, T)."""
    rows = [torch.tensor(sentence) for sentence in batch]
    ids = pad_sequence(rows, batch_first=True)
    mask = pad_sequence([torch.ones_like(row) for row in rows], batch_first=True)
    return {"input_ids": ids.numpy(), "attention_mask": mask.numpy()}
