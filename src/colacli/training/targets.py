"""What a distilled student learns from: its teachers' logits on train, and on sentences only they have labelled."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import torch
import torch.nn.functional as F
from tokenizers import Tokenizer
from torch import Tensor

from colacli.data.corpus import TRAIN
from colacli.distillation import Distillation
from colacli.events import OnEvent
from colacli.models.auxiliary_heads import Outputs, PrefixOutputs
from colacli.models.inference import OutputKind
from colacli.models.tokens import Sentences
from colacli.store.store import Store
from colacli.training.datasets import Dataset, Datasets, tokens_of
from colacli.training.losses import combined, distillation_loss, prefix_loss, state_distance
from colacli.training.plan import DistilPlan
from colacli.training.prefix_targets import PrefixTargets
from colacli.training.steps import Objective
from colacli.training.students import TrainingTask
from colacli.training.teacher_outputs import TeacherOutputs
from colacli.training.transfer import transfer_set

_KINDS: tuple[OutputKind, ...] = ("logits", "states", "prefixes")


def distillation_task(
    plan: DistilPlan, datasets: Datasets, tokenizer: Tokenizer, store: Store, on_event: OnEvent
) -> TrainingTask:
    """The training sentences, repeated where that is asked for, then the transfer set, if any, and the loss over both.

    Of a transfer sentence only the teachers' part of the loss counts. Its label, which is in no loss and by which the
    training accuracy is reported, is the teachers' decision: accuracy on it is agreement with them.
    """
    added = None
    if plan.spec.transfer is not None:
        added = transfer_set(plan, plan.spec.transfer, datasets.train_rows, store, on_event)
    texts: list[Sentences] = [plan.corpus.split(TRAIN), *([added] if added else [])]
    (outputs, *more), embedding = _teachers_outputs(plan, texts, tokenizer, store, on_event)
    targets, train, is_labelled = _controlled(outputs.select(datasets.train_rows), plan), datasets.train, None
    if added is not None:
        assert plan.spec.transfer is not None, "it describes the sentences"
        repeated = [*range(len(train))] * plan.spec.transfer.train_repeats
        targets, train = targets.select(repeated), train.select(repeated)
        unlabelled = _controlled(more[0], plan)
        tokens = tokens_of(plan, tokenizer, added, store, on_event)
        is_labelled = torch.cat([torch.ones(len(train)), torch.zeros(len(added))]).to(plan.device)
        train = train.and_also(Dataset(tokens, unlabelled.logits.argmax(dim=1)))
        targets = targets.and_also(unlabelled)
    objective = _objective(targets, train.labels, is_labelled, plan.distillation, plan.device)
    state_width = None if targets.states is None else targets.states.shape[1]
    embedding = embedding if plan.copies_embedding else None
    return TrainingTask(train, objective, state_width, targets.prefixes is not None, embedding)


@dataclass(frozen=True)
class Targets:
    """The teachers' outputs on some sentences, combined."""

    logits: Tensor
    """(sentences, 2)."""
    states: Tensor | None
    """(sentences, d); None where no states are matched."""
    prefixes: PrefixTargets | None = None
    """None where no prefixes are judged."""

    def select(self, rows: Sequence[int] | Tensor) -> Targets:
        """Those of some of the sentences."""
        states = None if self.states is None else self.states[rows]
        return Targets(self.logits[rows], states, self.prefixes and self.prefixes.select(rows))

    def and_also(self, other: Targets) -> Targets:
        """Of these sentences, then of those."""
        states = None if self.states is None or other.states is None else torch.cat([self.states, other.states])
        prefixes = self.prefixes and other.prefixes and self.prefixes.and_also(other.prefixes)
        return Targets(torch.cat([self.logits, other.logits]), states, prefixes)


def _objective(
    targets: Targets, labels: Tensor, is_labelled: Tensor | None, distillation: Distillation, device: str
) -> Objective:
    """The loss of a batch; `is_labelled` as `distillation_loss` has it."""
    logits, labels = targets.logits.to(device), labels.to(device)
    states = None if targets.states is None else targets.states.to(device)
    of_prefixes = None if targets.prefixes is None else _prefix_objective(targets.prefixes, distillation, device)

    def objective(outputs: Outputs | Tensor, rows: Tensor) -> Tensor:
        student, predicted, prefixes = outputs if isinstance(outputs, Outputs) else Outputs(outputs)
        mask = None if is_labelled is None else is_labelled[rows]
        loss = distillation_loss(student, logits[rows], labels[rows], distillation, mask)
        if states is not None and predicted is not None:
            loss = loss + distillation.hidden_weight * state_distance(predicted, states[rows])
        if of_prefixes is not None and prefixes is not None:
            loss = loss + distillation.prefix_weight * of_prefixes(prefixes) / len(rows)
        return loss

    return objective


def _prefix_objective(
    targets: PrefixTargets, distillation: Distillation, device: str
) -> Callable[[PrefixOutputs], Tensor]:
    """The loss of a batch's prefixes, the sum over sentences of the mean over each one's."""
    logits, weights, temperature = targets.logits.to(device), targets.weights.to(device), distillation.temperature
    assert temperature is not None, "the Kullback-Leibler loss has a temperature"

    def objective(outputs: PrefixOutputs) -> Tensor:
        indices = outputs.indices
        return prefix_loss(outputs.logits, logits[indices].float(), weights[indices], temperature)

    return objective


def _controlled(targets: Targets, plan: DistilPlan) -> Targets:
    """The same; for a control shuffled among the sentences: as many, as sure, and about nothing."""
    if plan.distillation.teacher_control != "shuffled":
        return targets
    generator = torch.Generator().manual_seed(plan.spec.training.seed)
    shuffled = replace(targets, prefixes=None).select(torch.randperm(len(targets.logits), generator=generator))
    return replace(shuffled, prefixes=targets.prefixes and targets.prefixes.shuffled(generator))


def _teachers_outputs(
    plan: DistilPlan, texts: Sequence[Sentences], tokenizer: Tokenizer, store: Store, on_event: OnEvent
) -> tuple[list[Targets], Tensor | None]:
    """The targets on each of several lists of sentences, and the base's embedding where a teacher was read.

    Several teachers' logits are combined as was asked for; their states are averaged, each of length 1.
    """
    weights = {"logits": 1.0, "states": plan.distillation.hidden_weight, "prefixes": plan.distillation.prefix_weight}
    kinds = [kind for kind in _KINDS if weights[kind]]
    outputs, embedding = [_EnsembleOutputs() for _ in texts], None
    for teacher in plan.teachers:
        source = TeacherOutputs(teacher, plan, store, on_event)
        for sentences, so_far in zip(texts, outputs, strict=True):
            so_far.add(source.on(sentences, kinds))
        embedding = embedding if source.embedding is None else source.embedding
    targets = []
    for sentences, of_all in zip(texts, outputs, strict=True):
        prefixes = None
        if of_all.prefixes:
            of_prefixes = combined(torch.stack(of_all.prefixes).float(), plan.distillation)
            prefixes = PrefixTargets(of_prefixes.half(), tokens_of(plan, tokenizer, sentences, store, on_event))
        states = None if of_all.states is None else of_all.states.div_(len(plan.teachers))
        targets.append(Targets(combined(torch.stack(of_all.logits), plan.distillation), states, prefixes))
    return targets, embedding


class _EnsembleOutputs:
    """What several teachers say of the same sentences; states, the most of it, as one sum."""

    def __init__(self) -> None:
        self.logits: list[Tensor] = []
        self.prefixes: list[Tensor] = []
        """In fp16."""
        self.states: Tensor | None = None
        """(sentences, d), the sum of each teacher's of length 1."""

    def add(self, outputs: dict[OutputKind, Tensor]) -> None:
        """Those of one more teacher."""
        self.logits.append(outputs["logits"])
        if "prefixes" in outputs:
            self.prefixes.append(outputs["prefixes"])
        if "states" in outputs:
            states = F.normalize(outputs["states"], dim=1)
            self.states = states if self.states is None else self.states.add_(states)
