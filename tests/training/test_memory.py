"""The estimate of a training's memory beside the tensors that are alive at once, on a pretended GPU."""

import sys

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import colacli.workflows.verbs as registry
from colacli.config import Training
from colacli.options import request_of
from colacli.training.memory import _STATES, Lengths, _lengths, _tensors, device_memory
from factories.live_bytes import LiveBytes
from factories.pretended_device import PretendedDevice

GRU = {"cell": "gru", "bidirectional": True, "pooling": "attention"}
SLOW = [
    ("finetune", {"precision": "bf16", "force_precision": True}),
    ("finetune", {"precision": "fp32", "batch_size": 16, "accumulate": 2, "dropout": 0.0}),
    ("train-student", {"cell": "lstm", "hidden": 256, "layers": 2}),
    ("train-student", {"embedding_rank": 8}),
    ("train-student", {"freeze_embeddings": True}),
]


@pytest.mark.parametrize(
    ("command", "options"),
    [
        ("finetune", {"precision": "fp32"}),
        ("train-student", {}),
        ("train-student", GRU),
        *(pytest.param(*case, marks=pytest.mark.slow) for case in SLOW),
    ],
)
def test_the_estimate_is_above_what_is_alive_and_within_its_triple(tiny_corpus, store, monkeypatch, command, options):
    """Of a whole training of the bundled model: tensors on the device, the context apart.

    What a recurrent network saves is not seen there, so a student's estimate is the higher.
    """
    values = {"variant": "gpt2-mini", "data": str(tiny_corpus), "epochs": 1, "batch_size": 60} | options
    request = request_of(registry.VERBS[command].request, values, command)
    with PretendedDevice() as device:
        for name, module in list(sys.modules.items()):
            if name.startswith("colacli.workflows.") and hasattr(module, "resolve_device"):
                monkeypatch.setattr(module, "resolve_device", lambda *_: device.name)
        plan = registry.VERBS[command].plan(request, store, lambda _: None)
        with LiveBytes(device) as alive:
            registry.VERBS[command].run(request, store, lambda _: None)
    estimate = _tensors(plan, _lengths(plan))

    assert alive.most <= estimate <= 3 * alive.most
    assert device_memory(plan) > estimate + 2**28


H100 = {
    "batches of 16": ("finetune", {"precision": "bf16", "force_precision": True, "batch_size": 16}, 196),
    "lstm": ("train-student", {"cell": "lstm", "hidden": 256, "layers": 2}, 382),
    "gru": ("train-student", GRU, 438),
}
"""Trainings of the bundled model on the sample corpus, and MiB that torch reserved for them on an H100."""
H100_CONTEXT = 764
"""MiB there, with all kernels of a training."""


@pytest.mark.parametrize("name", H100)
def test_the_estimate_is_above_what_was_taken_on_an_h100(store, name):
    """Of small trainings, of which the context and the allocator's least reserve are most."""
    command, options, reserved = H100[name]
    request = request_of(registry.VERBS[command].request, {"variant": "gpt2-mini", "data": "sample"} | options, command)
    plan = registry.VERBS[command].plan(request, store, lambda _: None)

    assert H100_CONTEXT + reserved <= device_memory(plan) / 2**20 <= 1.5 * (H100_CONTEXT + reserved)


@pytest.mark.parametrize(("cell", "network"), [("rnn", "RNN"), ("gru", "GRU"), ("lstm", "LSTM")])
@pytest.mark.parametrize("is_bidirectional", [False, True])
def test_what_a_recurrent_network_saves(cell, network, is_bidirectional):
    """Widths of the state for a token and a layer, one layer's twice: what torch's network on a CPU has at once."""
    layers, hidden = 2, 64
    net = getattr(torch.nn, network)(32, hidden, layers, bidirectional=is_bidirectional)
    sentences = [torch.randn(length, 32) for length in range(16, 6, -1) for _ in range(6)]
    inputs = torch.nn.utils.rnn.pack_sequence(sentences)
    with LiveBytes(None) as alive:
        net(inputs)[0].data.sum().backward()
    estimate = 4 * len(inputs.data) * (layers + 1) * hidden * (1 + is_bidirectional) * _STATES[cell]

    assert 0.75 * alive.most <= estimate <= 1.5 * alive.most


@given(st.lists(st.lists(st.integers(0, 99), min_size=1, max_size=20), min_size=1, max_size=30), st.integers(1, 200))
def test_a_batch_has_no_more_tokens_than_its_longest_sentences(sentences, count):
    """And no fewer than its sentences have on average."""
    lengths = Lengths.of(sentences)

    assert count * lengths.mean - 1e-6 <= lengths.batch(count) <= count * lengths.longest


def test_random_batches_have_no_more_tokens_than_is_said():
    """Of a thousand batches of sentences of many lengths, none."""
    generator = torch.Generator().manual_seed(0)
    sizes = torch.randint(1, 60, (5_000,), generator=generator)
    lengths = Lengths.of([range(size) for size in sizes.tolist()])
    size = Training().batch_size
    most = max(int(sizes[torch.randperm(5_000, generator=generator)[:size]].sum()) for _ in range(1_000))

    assert most <= lengths.batch(size) <= 1.5 * size * lengths.mean
