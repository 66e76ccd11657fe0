"""Private operators of torch are named in one file, and with them taken away every path runs and gives the same."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

import colacli
from colacli.config import Lora, Training
from colacli.events import ignore
from colacli.kernels import linear, recurrence, row_linear, torch_ops
from colacli.kernels.packing import Tokens
from colacli.models import decoding, inference
from colacli.models.lora import add_lora
from colacli.models.sampling import Sampling, continuation
from colacli.models.student import RecurrentClassifier
from colacli.models.student_shape import StudentShape
from colacli.models.weights import load_classifier, load_language_model, to_precision
from colacli.training.checkpoints import NoCheckpoints
from colacli.training.datasets import Dataset
from colacli.training.fit import cross_entropy_objective, fit, predict
from factories.fitting import splits
from factories.tiny import base_at, random_batch

SOURCES = Path(colacli.__file__).parent
PRIVATE = {"mkldnn", "quantized"}
TRAINING = Training(epochs=2, batch_size=4, dropout=0.1, precision="fp32")
DTYPES = [torch.float32, torch.bfloat16]
TOLERANCE = {torch.float32: 1e-4, torch.bfloat16: 0.05}


class Operators(TorchDispatchMode):
    """Which private operators are called."""

    def __init__(self):
        super().__init__()
        self.called = set()

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        if function.namespace in PRIVATE:
            self.called.add(function.namespace)
        return function(*args, **(kwargs or {}))


def without_checks(monkeypatch):
    """Whoever asks is told that the operators aren't there."""
    for module in (decoding, inference, linear, recurrence, row_linear):
        monkeypatch.setattr(module, "has_onednn", lambda *_: False)


def without_names(monkeypatch):
    """As in a torch that calls them otherwise."""
    monkeypatch.setattr(torch_ops, "_ONEDNN", (*torch_ops._ONEDNN, "an_operator_that_is_not_there"))


def split(count=12):
    """Sentences and labels at random."""
    batch = random_batch([2 + number % 7 for number in range(count)])
    return Dataset(Tokens(batch.ids.int(), batch.lengths), torch.arange(count) % 2)


def finetuned(base, dtype):
    """Logits of a tuned classifier, and its losses."""
    torch.manual_seed(0)
    model = load_classifier(base_at(base))
    add_lora(model, Lora(), TRAINING.dropout)
    to_precision(model, dtype)
    return trained(model)


def student(_base, dtype, cell="rnn"):
    """Logits of a recurrent student, and its losses."""
    torch.manual_seed(0)
    model = RecurrentClassifier(StudentShape(cell=cell, vocab_size=101, width=12, hidden=10, layers=2), dropout=0.1)
    model.dtype = dtype
    return trained(model)


def gated_student(base, dtype):
    """The same of a GRU."""
    return student(base, dtype, "gru")


def trained(model):
    """Logits and losses after a short training."""
    data = split()
    objective = cross_entropy_objective(data.labels, "cpu")
    fit(model, objective, splits(data), TRAINING, "cpu", ignore, NoCheckpoints())
    return predict(inference.InferenceModel(model), data.tokens)


def predicted(base, dtype):
    """Logits of a classifier with adapters that change something."""
    torch.manual_seed(0)
    model = load_classifier(base_at(base))
    add_lora(model, Lora(), 0.0)
    for name, parameter in model.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(parameter, std=0.1)
    to_precision(model, dtype)
    return predict(inference.InferenceModel(model), split().tokens)


def generated(base, dtype):
    """The logits of each step as a text is continued with the likeliest tokens."""
    model = load_language_model(base_at(base)).eval().requires_grad_(requires_grad=False)
    to_precision(model, dtype)
    seen = []

    class Recording(decoding.Decoder):
        def next_logits(self, tokens, caches):
            seen.append(super().next_logits(tokens, caches))
            return seen[-1]

    list(continuation(Recording(model, 1), [5, 9, 17], 8, Sampling(0.0, 0, 1.0), 0, ()))
    return torch.cat([following.logits.max(dim=1, keepdim=True).values for following in seen])


@pytest.mark.parametrize("dtype", DTYPES, ids=["fp32", "bf16"])
@pytest.mark.parametrize("take_away", [without_checks, without_names])
@pytest.mark.parametrize("compute", [finetuned, student, gated_student, predicted, generated])
def test_every_path_does_without_them(monkeypatch, tiny_base, compute, take_away, dtype):
    """Training both models, predicting and generating call no private operator, and numbers differ by rounding."""
    expected = compute(tiny_base, dtype)
    take_away(monkeypatch)
    with Operators() as operators:
        actual = compute(tiny_base, dtype)
    assert operators.called == set()
    scale = float(expected.abs().max())
    torch.testing.assert_close(actual, expected, rtol=0.0, atol=TOLERANCE[dtype] * max(scale, 1.0))


@pytest.mark.skipif(not torch_ops.has_onednn(torch.float32, torch.device("cpu")), reason="they aren't in this build")
def test_they_are_called_where_they_are(tiny_base):
    """What the test above would find."""
    for compute in (student, predicted):
        with Operators() as operators:
            compute(tiny_base, torch.float32)
        assert operators.called == {"mkldnn"}


def test_no_other_file_names_them():
    """`torch.ops` stands in kernels/torch_ops.py alone."""
    users = [path.name for path in SOURCES.rglob("*.py") if "torch.ops" in path.read_text(encoding="utf-8")]
    assert users == [Path(inspect.getfile(torch_ops)).name]


@pytest.mark.parametrize(("dtype", "device"), [(torch.float64, "cpu"), (torch.float16, "cpu"), (torch.float32, "meta")])
def test_onednn_packs_no_other_matrices(dtype, device):
    """Other types, and what is not on a CPU."""
    assert not torch_ops.has_onednn(dtype, torch.device(device))
