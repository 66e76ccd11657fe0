"""A whole GPT-2 with adapters by the C kernels is that by torch's operators."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from colacli.config import Lora
from colacli.kernels.compiled import library
from colacli.models.config import GPT2Config
from colacli.models.gpt2 import Classifier
from colacli.models.inference import InferenceModel
from colacli.models.lora import add_lora, trained
from colacli.models.weights import to_precision
from factories.tiny import random_batch

LENGTHS = [5, 1, 30, 17, 9, 17, 2, 60, 8]
TOLERANCE = {torch.float32: 1e-5, torch.bfloat16: 0.03}  # logits and gradients are below 2


def outputs_and_gradients(dtype, dropout):
    """Logits of a training step and of prediction, and the step's gradients by name."""
    torch.manual_seed(0)
    config = GPT2Config(n_layer=2, n_embd=128, n_head=2, vocab_size=101, n_positions=64)
    model = Classifier(config)
    add_lora(model, Lora(), dropout)
    for name, parameter in model.named_parameters():
        torch.nn.init.normal_(parameter, mean=float("ln_" in name and "weight" in name), std=0.1)
    to_precision(model, dtype)
    batch = random_batch(LENGTHS)
    logits = model.train()(batch)
    F.cross_entropy(logits, torch.arange(len(LENGTHS)) % 2).backward()
    gradients = {name: parameter.grad for name, parameter in trained(model).items()}
    return {"logits": logits.detach(), "predicted": InferenceModel(model)(batch), **gradients}


@pytest.mark.parametrize("dtype", TOLERANCE, ids=["fp32", "bf16"])
@pytest.mark.parametrize("dropout", [0.0, 0.3])
def test_logits_and_gradients_agree(monkeypatch, dtype, dropout):
    """With the same elements dropped: the masks are of the same random bits. Heads have 64 states, as GPT-2's."""
    if isinstance(loaded := library.load(), library.CompileError):
        pytest.skip(f"no C kernels here: {loaded}")
    actual = outputs_and_gradients(dtype, dropout)
    monkeypatch.setattr(library, "load", lambda: library.CompileError("off"))
    expected = outputs_and_gradients(dtype, dropout)
    assert actual.keys() == expected.keys()
    for name, one in expected.items():
        torch.testing.assert_close(actual[name], one, rtol=0.0, atol=TOLERANCE[dtype], msg=name)
