"""A stored run as a predictor: its model, and the logits of sentences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

import torch
from tokenizers import Tokenizer
from torch import Tensor

from colacli.config import Precision
from colacli.devices import emulates_bf16
from colacli.errors import IntegrityError, ModelError
from colacli.events import Note, OnEvent, Work
from colacli.kernels.packing import Tokens
from colacli.models.adapter_config import ADAPTER_CONFIG, ADAPTER_WEIGHTS
from colacli.models.adapters import load_adapter
from colacli.models.base import Base, base_of
from colacli.models.gpt2 import Classifier
from colacli.models.inference import InferenceModel, OutputKind
from colacli.models.lm_features import LM, LM_COUNTS, load_regression
from colacli.models.logistic import two_logits
from colacli.models.majority import MAJORITY, Majority, load_majority
from colacli.models.ngrams import NGRAM_WEIGHTS, NGRAMS, NgramClassifier, load_ngrams
from colacli.models.student import RecurrentClassifier
from colacli.models.tensors import check_outputs
from colacli.models.tokenizer import load_tokenizer
from colacli.models.tokenizer_files import TOKENIZER_JSON, tokenizer_digest
from colacli.models.tokens import Sentences, check_ids, tokenise, tokenised_split
from colacli.models.weights import STUDENT_CONFIG, STUDENT_WEIGHTS, load_classifier, load_student, to_precision
from colacli.results import check_judges
from colacli.store.run import Run
from colacli.store.store import Store
from colacli.training.fit import EVALUATION_BATCH, JUDGING_BATCH, make_deterministic, predict
from colacli.training.lm_baseline import LmPredictor
from colacli.training.plan import STUDENT_LONGEST
from colacli.training.scorer import load_scorer


class Predictor(Protocol):
    """A run, ready to predict."""

    @property
    def device(self) -> str:
        """Where it computes."""

    def on_split(
        self,
        sentences: Sentences,
        store: Store,
        on_event: OnEvent,
        work: Work,
        *,
        kind: OutputKind = "logits",
        batch_size: int = EVALUATION_BATCH,
    ) -> Tensor:
        """Logits (sentences, 2), states (sentences, d) that the head reads, both, or logits (tokens, 2) of prefixes.

        Args:
            sentences: a split or a transfer set.
            store: whose cache is used.
            on_event: told of the progress.
            work: names it in progress events.
            kind: which outputs; of a baseline logits alone, of a student no prefixes.
            batch_size: sentences at a time.

        Raises:
            ModelError: the model has no row for a token.
            IntegrityError: an output is not finite.
        """

    def on_texts(self, texts: Sequence[str], where: str, on_event: OnEvent, work: Work, first: int = 1) -> Tensor:
        """Logits (texts, 2) of texts that are not cached; messages name `where`, and count from `first`."""


@dataclass(frozen=True)
class TextPredictor:
    """A baseline that reads texts, not tokens."""

    model: Majority | NgramClassifier
    device: str = "cpu"

    def on_split(
        self,
        sentences: Sentences,
        store: Store,  # noqa: ARG002 - of the protocol, like the others
        on_event: OnEvent,
        work: Work,
        *,
        kind: OutputKind = "logits",
        batch_size: int = EVALUATION_BATCH,  # noqa: ARG002
    ) -> Tensor:
        """Logits (sentences, 2) in fp64."""
        assert kind == "logits", "a baseline is no teacher"
        return self.on_texts(sentences.texts, sentences.name, on_event, work)

    def on_texts(self, texts: Sequence[str], where: str, on_event: OnEvent, work: Work, first: int = 1) -> Tensor:  # noqa: ARG002
        """Logits (texts, 2) in fp64."""
        logits = two_logits(self.model.log_odds_of(texts))
        on_event(replace(work, done=len(texts)))
        return logits


@dataclass(frozen=True)
class TokenPredictor:
    """A model that reads tokens."""

    model: InferenceModel
    tokenizer: Tokenizer
    tokenizer_digest: str
    """Of the files that the tokenizer was read from."""
    longest: int
    """Most tokens of a sentence."""
    vocabulary: int
    """Size of the model's vocabulary."""
    device: str

    def on_split(
        self,
        sentences: Sentences,
        store: Store,
        on_event: OnEvent,
        work: Work,
        *,
        kind: OutputKind = "logits",
        batch_size: int = EVALUATION_BATCH,
    ) -> Tensor:
        """Outputs as of a `Predictor`; tokens are cached."""
        tokens = tokenised_split(store, sentences, self.tokenizer, self.tokenizer_digest, self.longest, on_event)
        return self._outputs(tokens, on_event, work, kind, batch_size)

    def on_texts(self, texts: Sequence[str], where: str, on_event: OnEvent, work: Work, first: int = 1) -> Tensor:
        """Logits (texts, 2) of texts that are not cached; messages name `where`, and count from `first`."""
        tokens = tokenise(texts, self.tokenizer, self.longest, lambda index: f"{where}, sentence {first + index}")
        return self._outputs(tokens, on_event, work, "logits", JUDGING_BATCH)

    def _outputs(self, tokens: Tokens, on_event: OnEvent, work: Work, kind: OutputKind, batch_size: int) -> Tensor:
        check_ids(tokens.ids, self.vocabulary, self.tokenizer)
        compute = self.model.computing(kind)
        outputs = predict(compute, tokens, batch_size, on_event, work, of_tokens=kind == "prefixes")
        check_outputs(outputs)
        return outputs


@dataclass(frozen=True)
class Network:
    """A run's network as it was trained, with its tokenizer."""

    model: Classifier | RecurrentClassifier
    tokenizer: Tokenizer
    tokenizer_digest: str
    """Of the files that the tokenizer was read from."""
    longest: int
    """Most tokens of a sentence."""
    embedding: Tensor | None = None
    """The base model's (vocabulary, d) in fp32, on the CPU; None of a student, and where the adapter trained it."""

    @property
    def vocabulary(self) -> int:
        """Number of the model's embeddings."""
        name = "transformer.wte.weight" if isinstance(self.model, Classifier) else "embedding.weight"
        return len(self.model.get_parameter(name))


def load_predictor(
    run: Run, store: Store, base: Path | None, device: str, on_event: OnEvent, precision: Precision | None = None
) -> Predictor:
    """The model of a run, in the precision it was trained in or in another.

    Args:
        run: a teacher, a student or a baseline.
        store: for remembered digests.
        base: where its base model is now; None for where it was.
        device: a torch device's name.
        on_event: told what is going on.
        precision: None for the run's own.

    Raises:
        ModelError: its base model is gone or is another; or another version's command made the run.
        IntegrityError: the run's files are damaged.
    """
    make_deterministic(run.spec.training.seed)
    match run.spec.command:
        case "baseline.majority":
            return TextPredictor(load_majority(run.verified_file(MAJORITY)))
        case "baseline.ngrams":
            return TextPredictor(load_ngrams(run.verified_file(NGRAMS), run.verified_file(NGRAM_WEIGHTS)))
        case "baseline.lm":
            return _load_lm_predictor(run, base_of(store, run, base, on_event), device)
    return predictor_of(load_network(run, store, base, device, on_event, precision), device)


def predictor_of(network: Network, device: str) -> TokenPredictor:
    """A network prepared for inference on the device where it is."""
    model = InferenceModel(network.model, captures=True)
    return TokenPredictor(
        model, network.tokenizer, network.tokenizer_digest, network.longest, network.vocabulary, device
    )


def load_network(
    run: Run, store: Store, base: Path | None, device: str, on_event: OnEvent, precision: Precision | None = None
) -> Network:
    """A teacher's or a student's network on a device; the arguments are those of `load_predictor`.

    Raises:
        ModelError: its base model is gone or is another; or the run has no network that this version knows.
        DataError: it is pretrained layers.
        IntegrityError: the run's files are damaged.
    """
    check_judges(run)
    if run.spec.lora is None and run.spec.student is None:
        message = f"run {run.key[:12]} was made by '{run.spec.command}': this colacli knows no such model"
        raise ModelError(message, "update colacli, or name the run of a teacher or a student")
    dtype = torch.bfloat16 if (precision or run.spec.training.precision) == "bf16" else torch.float32
    if dtype == torch.bfloat16 and emulates_bf16(device):
        on_event(Note(f"run {run.key[:12]} was trained in bf16, which {device} emulates: this is slow"))
    if run.spec.student is not None:
        return _load_student(run, dtype, device)
    base_model = base_of(store, run, base, on_event)
    teacher = load_classifier(base_model)
    load_adapter(teacher, run.verified_file(ADAPTER_CONFIG), run.verified_file(ADAPTER_WEIGHTS))
    embedding = teacher.transformer.wte.weight
    in_fp32 = None if embedding.requires_grad else embedding.data  # what follows gives the parameter other memory
    to_precision(teacher, dtype)
    tokenizer = load_tokenizer(base_model.tokenizer, base_model.folder)
    digest, longest = base_model.digests.tokenizer, base_model.config.n_positions
    return Network(teacher.to(device), tokenizer, digest, longest, in_fp32)


def _load_lm_predictor(run: Run, base: Base, device: str) -> LmPredictor:
    files = run.verified_file(LM), run.verified_file(LM_COUNTS)
    regression, counts = load_regression(*files, base.config.vocab_size)
    scorer = replace(load_scorer(base, "fp32", device), start=regression.start)
    return LmPredictor(scorer, regression, counts)


def _load_student(run: Run, dtype: torch.dtype, device: str) -> Network:
    student = load_student(run.verified_file(STUDENT_CONFIG), run.verified_file(STUDENT_WEIGHTS))
    student.dtype = dtype
    files = {TOKENIZER_JSON: run.read(TOKENIZER_JSON)}
    try:
        tokenizer, digest = load_tokenizer(files, run.path), tokenizer_digest(files)
    except ModelError as error:  # the run brings the tokenizer, so the run is damaged
        raise IntegrityError(error.message, "make the run again with --force") from error
    return Network(student.to(device), tokenizer, digest, STUDENT_LONGEST)
