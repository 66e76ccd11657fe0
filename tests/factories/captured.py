"""A model that is trained on a GPU, real or pretended, in steps that are captured or not."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
import torch

from colacli.config import Lora, Training
from colacli.distillation import Distillation
from colacli.kernels import cuda_graphs
from colacli.models.auxiliary_heads import AuxiliaryHeads
from colacli.models.config import GPT2Config
from colacli.models.gpt2 import Classifier
from colacli.models.lora import add_lora
from colacli.models.student import RecurrentClassifier
from colacli.models.student_shape import StudentShape
from colacli.models.weights import to_precision
from colacli.training.fit import cross_entropy_objective, fit
from colacli.training.targets import Targets, _objective
from factories.fitting import random_dataset, splits

TRAINING = Training(epochs=4, batch_size=8, dropout=0.2, clip=0.5, schedule="linear", precision="fp32")
SENTENCES = 60
STATES = 6
STUDENTS = {
    "rnn": {"cell": "rnn"},
    "rnn, mean": {"cell": "rnn", "pooling": "mean", "layers": 2},
    "gru, max": {"cell": "gru", "pooling": "max", "layers": 2, "bidirectional": True, "embedding_rank": 4},
    "lstm, attention": {"cell": "lstm", "pooling": "attention", "bidirectional": True},
    "gru, states": {"cell": "gru"},
}
MODELS = ["teacher", *STUDENTS]


@dataclass
class Kept:
    """The state of a training as it was in the midst of its second epoch; one goes on from there where it has one."""

    tensors: dict = field(default_factory=dict)

    def restore(self, state):
        """Go on."""
        if self.tensors:
            state.restore(self.tensors)

    def save(self, state):
        """Keep it."""
        if state.epoch == 2 and state.step and not self.tensors:
            self.tensors = {name: one.cpu().clone() for name, one in state.tensors().items()}


def trained(device, name="teacher", training=TRAINING, most=cuda_graphs.MOST_GRAPHS, kept=None, width=32):
    """The trained weights, the history, and how many steps were replayed.

    Args:
        device: a torch device's name.
        name: of the model.
        training: its precision is the model's.
        most: graphs; 0 for none.
        kept: what it goes on from, or is put into.
        width: of the model's states.
    """
    train, replayed = random_dataset(SENTENCES, 0), []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cuda_graphs, "MOST_GRAPHS", most)
        original = cuda_graphs._Graph.replayed
        patch.setattr(cuda_graphs._Graph, "replayed", lambda graph: (replayed.append(1), original(graph))[1])
        torch.manual_seed(1)
        model = (_teacher(training, width) if name == "teacher" else _student(name, training, width)).to(device)
        objective = _objective_of(name, train.labels, device)
        history = fit(model, objective, splits(train), training, device, lambda _: None, kept or Kept()).history
    return {key: one.detach().cpu() for key, one in model.named_parameters()}, history, len(replayed)


def _teacher(training, width):
    model = Classifier(GPT2Config(vocab_size=20, n_positions=16, n_embd=width, n_layer=2, n_head=max(2, width // 64)))
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=width**-0.5)
    add_lora(model, Lora(), training.dropout)
    to_precision(model, torch.bfloat16 if training.precision == "bf16" else torch.float32)
    return model


def _student(name, training, width):
    shape = {"vocab_size": 20, "width": width, "hidden": width, "layers": 1, **STUDENTS[name]}
    model = RecurrentClassifier(StudentShape(**shape), training.dropout)
    model.dtype = torch.bfloat16 if training.precision == "bf16" else torch.float32
    model.train_only(random_dataset(SENTENCES, 0).tokens.ids)
    return AuxiliaryHeads(model, STATES, judges_prefixes=False) if name == "gru, states" else model


def _objective_of(name, labels, device):
    if name != "gru, states":
        return cross_entropy_objective(labels, device)
    generator = torch.Generator().manual_seed(2)
    drawn = (torch.randn(SENTENCES, width, generator=generator) for width in (2, STATES))
    return _objective(Targets(*drawn), labels, None, Distillation(hidden_weight=0.5), device)


def assert_same(first, second):
    """Weights, and the history, to the bit."""
    assert first[1] == second[1]
    assert [name for name, one in second[0].items() if not torch.equal(first[0][name], one)] == []
