"""A finished run as a judge: its model and tokenizer, and their logits on sentences."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import torch

from colacli.data.tokens import check_ids, tokenise, tokenised_split
from colacli.devices import emulates_bf16
from colacli.errors import IntegrityError, ModelError
from colacli.events import Note
from colacli.models.adapters import ADAPTER_CONFIG, ADAPTER_WEIGHTS, load_adapter
from colacli.models.base import base_of
from colacli.models.inference import InferenceModel
from colacli.models.tensors import check_outputs
from colacli.models.tokenizer import load_tokenizer
from colacli.models.tokenizer_files import TOKENIZER_JSON, tokenizer_digest
from colacli.models.weights import STUDENT_CONFIG, STUDENT_WEIGHTS, load_classifier, load_student, to_precision
from colacli.training import EVALUATION_BATCH, make_deterministic, predict

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from tokenizers import Tokenizer
    from torch import Tensor

    from colacli.data.corpus import Sentences
    from colacli.events import OnEvent, Work
    from colacli.kernels.packing import Batch, Tokens
    from colacli.store.run import Run
    from colacli.store.store import Store

_STUDENT_LONGEST = 1024
"""Most tokens of a sentence given to a student: it has no limit of its own, so GPT-2's is kept."""


@dataclass(frozen=True)
class Judge:
    """A trained model, ready to judge."""

    model: InferenceModel
    """Batch -> logits (B, 2), on `device`."""
    tokenizer: Tokenizer
    tokenizer_digest: str
    """Of the files that the tokenizer was read from."""
    longest: int
    """Most tokens it takes."""
    vocabulary: int
    """How many different ones."""
    device: str
    compute: Callable[[Batch], Tensor] | None = None
    """What is computed instead of logits."""


def load_judge(run: Run, store: Store, base: Path | None, device: str, on_event: OnEvent) -> Judge:
    """The model of a run, in the precision it was trained in.

    Args:
        run: a teacher or a student.
        store: for remembered digests.
        base: where a teacher's base model is now; None for where it was.
        device: a torch device's name.
        on_event: told what is going on.

    Raises:
        ModelError: a teacher's base model is gone or is another.
        IntegrityError: the run's files are damaged.
    """
    make_deterministic(run.spec.training.seed)
    dtype = torch.bfloat16 if run.spec.training.precision == "bf16" else torch.float32
    if dtype == torch.bfloat16 and emulates_bf16(device):
        on_event(Note(f"run {run.key[:12]} was trained in bf16, which {device} emulates: this is slow"))
    if run.spec.lora is None:
        student = load_student(run.sound_file(STUDENT_CONFIG), run.sound_file(STUDENT_WEIGHTS))
        student.dtype = dtype
        files = {TOKENIZER_JSON: run.read(TOKENIZER_JSON)}
        try:
            tokenizer, digest = load_tokenizer(files, run.path), tokenizer_digest(files)
        except ModelError as error:  # no fault of a model of the user's: the run brings it
            raise IntegrityError(error.message, "make the run again with --force") from error
        vocabulary = len(student.get_parameter("embedding.weight"))
        return Judge(InferenceModel(student.to(device)), tokenizer, digest, _STUDENT_LONGEST, vocabulary, device)
    found = base_of(store, run, base, on_event)
    teacher = load_classifier(found)
    load_adapter(teacher, run.sound_file(ADAPTER_CONFIG), run.sound_file(ADAPTER_WEIGHTS))
    to_precision(teacher, dtype)
    tokenizer, config = load_tokenizer(found.tokenizer, found.folder), found.config
    model = InferenceModel(teacher.to(device))
    return Judge(model, tokenizer, found.digests.tokenizer, config.n_positions, config.vocab_size, device)


def logits_on(
    judge: Judge,
    split: Sentences,
    store: Store,
    on_event: OnEvent,
    work: Work,
    batch_size: int = EVALUATION_BATCH,
) -> Tensor:
    """Logits (sentences, 2) on a split, whose tokens are kept; `work` names it in progress events."""
    tokens = tokenised_split(store, split, judge.tokenizer, judge.tokenizer_digest, judge.longest, on_event)
    return _watched(judge, tokens, on_event, work, batch_size)


def logits_of(judge: Judge, texts: Sequence[str], where: str, on_event: OnEvent, work: Work, first: int = 1) -> Tensor:
    """Logits (sentences, 2) on sentences that are not kept; messages name `where`, and count from `first`."""
    tokens = tokenise(texts, judge.tokenizer, judge.longest, lambda index: f"{where}, sentence {first + index}")
    return _watched(judge, tokens, on_event, work, EVALUATION_BATCH)


def _watched(judge: Judge, tokens: Tokens, on_event: OnEvent, work: Work, batch_size: int) -> Tensor:
    def watch(done: int) -> None:
        on_event(replace(work, done=done))

    check_ids(tokens.ids, judge.vocabulary, judge.tokenizer)
    outputs = predict(judge.compute or judge.model, tokens, judge.device, batch_size, watch)
    check_outputs(outputs)
    return outputs
