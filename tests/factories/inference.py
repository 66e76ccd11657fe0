"""A small student at random, and what a copy of a model says: for tests of models made ready to compute."""

from __future__ import annotations

import copy

import torch

from colacli.models.student import RecurrentClassifier
from colacli.models.student_shape import StudentShape
from factories.tiny import random_batch

BATCH = random_batch([4, 9, 1])


def student(**shape):
    """A small student at random."""
    torch.manual_seed(0)
    shape = {"cell": "gru", "vocab_size": 101, "width": 12, "hidden": 10, "layers": 2, **shape}
    return RecurrentClassifier(StudentShape(**shape), dropout=0.5)


def evaluated(model, batch=BATCH):
    """What a copy of the model says in evaluation."""
    with torch.no_grad():
        return copy.deepcopy(model).eval()(batch)
