"""Students and adapters with random weights, for tests of how they are kept."""

from __future__ import annotations

import torch

from colacli.config import Lora
from colacli.models.adapter_config import ADAPTER_CONFIG, ADAPTER_WEIGHTS
from colacli.models.adapters import load_adapter, save_adapter
from colacli.models.lora import add_lora, trained
from colacli.models.student import RecurrentClassifier
from colacli.models.student_shape import StudentShape
from colacli.models.weights import load_classifier
from factories.tiny import base_at

SHAPE = StudentShape(cell="lstm", vocab_size=101, width=8, hidden=6, layers=2)


def a_student():
    """A small student with random weights, the same every time."""
    torch.manual_seed(0)
    return RecurrentClassifier(SHAPE)


def an_adapter(base, folder):
    """A trained adapter on a base, saved in a folder."""
    torch.manual_seed(0)
    model = load_classifier(base_at(base))
    add_lora(model, Lora(), 0.0)
    for parameter in trained(model).values():
        torch.nn.init.normal_(parameter, std=0.1)
    folder.mkdir(exist_ok=True)
    save_adapter(folder, model, Lora(), dropout=0.25, base="somewhere")
    return model.eval()


def reload(base, folder):
    """A base with a folder's adapter on it."""
    model = load_classifier(base_at(base))
    load_adapter(model, folder / ADAPTER_CONFIG, folder / ADAPTER_WEIGHTS)
    return model.eval()
