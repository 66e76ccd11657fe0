"""Gradients of one step, of every loss, as one process or several ranks compute them; a program for torchrun too."""

import sys
from pathlib import Path

import torch
from safetensors.torch import save_file

from colacli.config import Lora, Training
from colacli.distillation import Distillation
from colacli.models.auxiliary_heads import AuxiliaryHeads
from colacli.models.gpt2 import Classifier
from colacli.models.lora import add_lora
from colacli.models.student import RecurrentClassifier
from colacli.models.student_shape import StudentShape
from colacli.training.counts import one_hot
from colacli.training.fit import cross_entropy_objective, train_on
from colacli.training.launched import joined
from colacli.training.prefix_targets import PrefixTargets
from colacli.training.ranks import ALONE
from colacli.training.state import TrainingState
from colacli.training.steps import TrainedOn, step_of
from colacli.training.targets import Targets, _objective
from factories.fitting import random_dataset

COUNT = 14
SHAPE = StudentShape(cell="gru", vocab_size=20, width=8, hidden=8, layers=1)
LOSSES = {
    "kl": Distillation(),
    "mse": Distillation(kd_loss="mse"),
    "hard": Distillation(teacher_control="hard"),
    "states": Distillation(hidden_weight=0.7),
    "prefixes": Distillation(prefix_weight=0.7),
}
BATCHES = {"more than ranks": list(range(1, 12)), "one sentence": [3]}


def teacher():
    """A tiny GPT-2 with adapters, all of it random, in fp32 without dropout."""
    from colacli.models.config import GPT2Config

    model = Classifier(GPT2Config(vocab_size=20, n_positions=16, n_embd=16, n_layer=2, n_head=2))
    add_lora(model, Lora(rank=2), 0.0)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.normal_(std=0.3)
    return model


def cases(train):
    """What is trained, and its loss, by name."""
    torch.manual_seed(0)
    yield "labels", teacher(), cross_entropy_objective(train.labels, "cpu")
    torch.manual_seed(1)
    yield "smoothed", RecurrentClassifier(SHAPE), cross_entropy_objective(train.labels, "cpu", 0.2)
    torch.manual_seed(3)
    logits, states = torch.randn(COUNT, 2), torch.randn(COUNT, 6)
    is_labelled = (torch.arange(COUNT) < COUNT // 2).float()
    for name, distillation in LOSSES.items():
        torch.manual_seed(2)  # a step on several ranks has set another
        of_prefixes = PrefixTargets(torch.randn(len(train.tokens.ids), 2).half(), train.tokens)
        hidden, prefix = distillation.hidden_weight > 0, distillation.prefix_weight > 0
        targets = Targets(logits, states if hidden else None, of_prefixes if prefix else None)
        student = RecurrentClassifier(SHAPE)
        model = AuxiliaryHeads(student, 6 if hidden else None, judges_prefixes=prefix)
        for mask in (None, is_labelled):
            objective = _objective(targets, train.labels, mask, distillation, "cpu")
            yield f"{name} {'masked' if mask is not None else ''}", model, objective


def gradients(ranks=ALONE, accumulate=1):
    """Of every loss and batch, by name, with the batch's counts; one flat tensor each."""
    train, found = random_dataset(COUNT, 0), {}
    for loss, model, objective in cases(train):
        for batch, rows in BATCHES.items():
            state = TrainingState(model, Training(accumulate=accumulate, learning_rate=1e-12, dropout=0.0), "cpu")
            task = TrainedOn(model, objective, train.tokens, one_hot(train.labels, state.device))
            train_on(
                step_of(task, state, ranks), [(torch.tensor(rows), torch.tensor(rows))], state, train.tokens.lengths
            )
            counted = state.step_event()
            found[f"{loss}, {batch}"] = torch.cat([weight.grad.flatten() for weight in state.parameters])
            found[f"{loss}, {batch}, counts"] = torch.tensor([counted.sentences, counted.loss, counted.accuracy])
    return found


if __name__ == "__main__":
    with joined(debug=True) as ours:
        save_file(gradients(ours, int(sys.argv[2])), Path(sys.argv[1]) / f"{ours.rank}.safetensors")
