"""A student's recurrent layers, trained as a language model of a text: built, trained, measured, written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch

from colacli.errors import ModelError
from colacli.events import Counted, OnEvent
from colacli.kernels.packing import Batch, Tokens
from colacli.metrics import Confusion, Metrics
from colacli.models.lora import count
from colacli.models.next_token import NextTokenTeacher, RecurrentLanguageModel
from colacli.models.student_shape import StudentShape
from colacli.models.tensors import write_tensors
from colacli.models.tokens import Sentences, check_ids, tokenised_split
from colacli.models.weights import STUDENT_WEIGHTS, check_weights, load_embedding
from colacli.parameters import ParameterCounts
from colacli.perplexity import NextTokenMetrics
from colacli.store.manifest import Result
from colacli.store.store import Store
from colacli.training.checkpoints import CheckpointSaver
from colacli.training.counts import Counts
from colacli.training.fit import EVALUATION_BATCH, UNREAD_STEPS, FitResult, check_finite, make_deterministic
from colacli.training.measure import write_language_model
from colacli.training.pretraining import PretrainPlan, divide
from colacli.training.run import OpenRun
from colacli.training.scorer import load_base_tokenizer, load_for_inference
from colacli.training.state import TrainingState
from colacli.training.students import copy_embedding, shape_of

DIRECTIONS = ("forward", "backward")


@dataclass(frozen=True)
class TokenisedText:
    """Token ids of the sentences of a text."""

    train: Tokens
    held_out: Tokens
    end: int
    """The token that is predicted after each sentence, and that the base model reads before it."""


def tokenised_text(plan: PretrainPlan, store: Store, on_event: OnEvent) -> TokenisedText:
    """A plan's text, divided and tokenised.

    Raises:
        ModelError: the base has no document-start token, or no embedding for a token.
        DataError: a sentence has no token, or too many.
    """
    tokenizer = load_base_tokenizer(plan.base)
    if (end := tokenizer.start) is None:
        message = f"{plan.base.folder} has no document-start token to predict after a sentence"
        raise ModelError(message, "give a base model with a bos_token_id in its config.json")
    assert plan.pretraining.size is not None, "it is resolved"
    text = divide(plan.text, plan.pretraining.size)

    def tokens(sentences: Sentences) -> Tokens:
        found = tokenised_split(store, sentences, tokenizer.tokenizer, tokenizer.digest, plan.longest, on_event)
        check_ids(found.ids, plan.base.config.vocab_size, tokenizer.tokenizer)
        return found

    return TokenisedText(tokens(text.train), tokens(text.held_out), end)


def fit_language_model(plan: PretrainPlan, text: TokenisedText, run: OpenRun, on_event: OnEvent) -> Result:
    """Train new recurrent layers on a text, and fill their run's folder."""
    make_deterministic(plan.spec.training.seed)
    model = build_language_model(plan, text.end)
    parameters = count(model)
    on_event(Counted(parameters))
    teacher = _teacher(plan, text.end)
    fitted = pretrain(model.to(plan.device), teacher, text, plan, run.checkpoints, on_event)
    write_language_model(run, plan, measure(model, text.held_out), parameters, fitted)
    write_tensors(run.folder / STUDENT_WEIGHTS, model.student_weights())
    return Result(fitted.best_epoch, parameters)


def build_language_model(plan: PretrainPlan, end: int) -> RecurrentLanguageModel:
    """A new one, with the base's embeddings where these are asked for."""
    model = _untrained(plan, end)
    model.dtype = torch.bfloat16 if plan.spec.training.precision == "bf16" else torch.float32
    if plan.student.embeddings == "teacher":
        copy_embedding(model.embedding, model.projection, load_embedding(plan.base))
    return model


def count_language_model(plan: PretrainPlan) -> ParameterCounts:
    """Its parameters, on the meta device.

    Raises:
        ModelError: the base's weights are not those of its config.
    """
    check_weights(plan.base)
    with torch.device("meta"):
        return count(_untrained(plan, 0))


def _untrained(plan: PretrainPlan, end: int) -> RecurrentLanguageModel:
    shape: StudentShape = shape_of(plan.student, plan.base)
    model = RecurrentLanguageModel(shape, plan.spec.training.dropout, end, plan.pretraining.negatives)
    for part in (model.embedding, model.projection):
        if part is not None:
            part.requires_grad_(not plan.student.freeze_embeddings)
    return model


def _teacher(plan: PretrainPlan, start: int) -> NextTokenTeacher | None:
    """The base model, where its distributions are learned."""
    options = plan.pretraining
    if not options.kd_weight:
        return None
    assert options.temperature is not None, "a divergence has a temperature"
    model = load_for_inference(plan.base, plan.spec.training.precision).to(plan.device)
    return NextTokenTeacher(model, start, options.kd_weight, options.temperature)


def pretrain(
    model: RecurrentLanguageModel,
    teacher: NextTokenTeacher | None,
    text: TokenisedText,
    plan: PretrainPlan,
    checkpoints: CheckpointSaver,
    on_event: OnEvent,
) -> FitResult:
    """Train a language model in place, and leave it with the weights of the epoch that was selected.

    In the history accuracy is the fraction of tokens that were the likeliest, and the MCC is 0, as it is undefined.

    Raises:
        TrainingError: the loss became NaN or infinite.
    """
    training = plan.spec.training
    state = TrainingState(model, training, plan.device)
    checkpoints.restore(state)
    together = 1 if state.device.type == "cpu" else UNREAD_STEPS
    while not state.is_over:
        model.train()
        batches = state.batches(len(text.train))
        for first in range(0, len(batches), together):
            these = [text.train.batch(rows) for rows, _ in batches[first : first + together]]
            _train_on(model, teacher, these, state)
            seen = min(state.step * training.batch_size, len(text.train))
            on_event(replace(state.step_event(), sentences=seen))
            checkpoints.save(state)
        epoch = state.end_epoch(_combined(measure(model, text.held_out)))
        check_finite(epoch.dev_loss, f"the held-out loss after epoch {epoch.epoch}")
        checkpoints.save(state)
        on_event(epoch)
    return FitResult(state.choose(), state.history)


def _train_on(
    model: RecurrentLanguageModel, teacher: NextTokenTeacher | None, batches: Sequence[Batch], state: TrainingState
) -> None:
    """A step on each of several batches; then the host waits for their losses and counts."""
    steps = []
    for number, batch in enumerate(batches, start=state.step):
        state.optimizer.zero_grad(set_to_none=True)
        loss, sums = model.loss(batch, teacher.targets(batch) if teacher else None)
        loss.backward()  # type: ignore[no-untyped-call]
        state.update(number)
        steps.append(torch.stack([loss.detach(), sums.right]))
    for batch, (loss_there, right) in zip(batches, torch.stack(steps).tolist(), strict=True):
        predicted = len(batch.ids) * len(model.directions)
        state.count(Counts(loss_there, _counts(predicted, int(right)), len(batch.ids)))
        check_finite(loss_there, f"the loss in epoch {state.epoch}, step {state.step}")


def measure(model: RecurrentLanguageModel, tokens: Tokens) -> dict[str, NextTokenMetrics]:
    """Each direction's prediction of the next tokens of sentences, in fp32."""
    model.eval()
    sums = torch.zeros(len(model.directions), 2, dtype=torch.float64)
    for rows in tokens.by_prefix(EVALUATION_BATCH):
        sums += torch.stack([torch.stack(one) for one in model.measure(tokens.batch(rows))]).cpu()
    return {
        name: NextTokenMetrics.of(len(tokens.ids), nll, int(right))
        for name, (nll, right) in zip(DIRECTIONS, sums.tolist(), strict=False)
    }


def _combined(by_direction: dict[str, NextTokenMetrics]) -> Metrics:
    """What chooses the epoch: both directions' together."""
    metrics: Sequence[NextTokenMetrics] = list(by_direction.values())
    n = sum(one.n for one in metrics)
    loss = sum(one.loss * one.n for one in metrics) / n
    return Metrics.of(_counts(n, round(sum(one.accuracy * one.n for one in metrics))), loss)


def _counts(predicted: int, right: int) -> Confusion:
    """Tokens that were the likeliest, and others."""
    return Confusion(true_positive=right, false_positive=0, false_negative=predicted - right, true_negative=0)
