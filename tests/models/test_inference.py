"""Models made ready to compute: the same numbers, and the model that they are made from stays as it is."""

from __future__ import annotations

import copy

import pytest
import torch

from colacli.config import Lora
from colacli.kernels.linear import PackedLinear
from colacli.kernels.torch_ops import has_onednn
from colacli.models.config import GPT2Config
from colacli.models.gpt2 import Classifier
from colacli.models.inference import InferenceModel
from colacli.models.lora import LoraConv1D, add_lora, trained
from colacli.models.weights import to_precision
from factories.inference import BATCH, evaluated, student
from factories.pretended_device import PretendedDevice
from factories.pretended_graphs import pretended_graphs
from factories.tiny import random_batch

PROJECTIONS = ("attn.c_attn", "attn.c_proj", "mlp.c_fc", "mlp.c_proj")
DTYPES = [torch.float32, torch.bfloat16]


def teacher(targets=PROJECTIONS, activation="gelu_new"):
    """A small classifier at random, with adapters that change something."""
    torch.manual_seed(0)
    shape = GPT2Config(vocab_size=101, n_positions=64, n_embd=32, n_layer=2, n_head=2, activation_function=activation)
    model = Classifier(shape)
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.1)
    if targets:
        add_lora(model, Lora(targets=targets, alpha=9.0), dropout=0.5)
    for adapter in adapters(model):
        torch.nn.init.normal_(adapter.lora_B.weight, std=0.1)
    return model


def adapters(model):
    """Its adapted projections."""
    return [module for module in model.modules() if isinstance(module, LoraConv1D)]


@pytest.mark.parametrize("activation", ["gelu_new", "gelu", "relu", "silu"])
@pytest.mark.parametrize("targets", [PROJECTIONS, ("c_attn",), ()])
def test_a_teacher_says_the_same(targets, activation):
    """With all projections adapted, some or none, and every activation, the logits are the same to 1e-5."""
    model = teacher(targets, activation)
    torch.testing.assert_close(InferenceModel(model)(BATCH), evaluated(model), rtol=0.0, atol=1e-5)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("kind", ["logits", "states", "logits and states"])
def test_batches_that_are_captured_say_the_same(dtype, kind):
    """On a GPU of CUDA, as graphs: what the model says on the device without them, of batches of one shape."""
    model = teacher()
    to_precision(model, dtype)
    batches = [random_batch([5, 9, 9, 3, 7 + number % 2], vocabulary=101, seed=number) for number in range(6)]
    with PretendedDevice() as device, pretended_graphs() as replayed:
        model.to(device.name)
        plain, captured = (InferenceModel(model, captures=one).computing(kind) for one in (False, True))
        pairs = [(captured(batch).cpu().float(), plain(batch).cpu().float()) for batch in batches]

    assert len(replayed) == 5
    for actual, expected in pairs:
        torch.testing.assert_close(actual, expected, rtol=0.0, atol=1e-5 if dtype == torch.float32 else 0.05)


@pytest.mark.parametrize("dtype", DTYPES)
def test_adapters_are_merged_on_an_accelerator(dtype):
    """There a teacher says what its adapters say; the model has them still."""
    model = teacher()
    to_precision(model, dtype)
    with PretendedDevice() as device:
        model.to(device.name)
        judge = InferenceModel(model)
        expected, actual = evaluated(model).cpu(), judge(BATCH).cpu()

    assert adapters(judge._model) == []
    assert len(adapters(model)) == 8
    torch.testing.assert_close(actual, expected, rtol=0.0, atol=1e-5 if dtype == torch.float32 else 0.05)


@torch.no_grad()
def test_bf16_is_within_its_rounding():
    """Merged in fp32 and rounded once it is about as near to what fp32 says as unmerged, over sixty sentences."""
    model = teacher()
    batch = random_batch([3 + number % 17 for number in range(60)])
    exact = evaluated(model, batch)
    to_precision(model, torch.bfloat16)
    apart, packed = (
        float((logits - exact).square().mean().sqrt())
        for logits in (evaluated(model, batch), InferenceModel(model)(batch))
    )
    assert 0 < packed < 2 * apart


@pytest.mark.parametrize("make", [teacher, student])
def test_features_are_what_the_head_reads(make):
    """The head of the trained model gives the logits of them."""
    model = make()
    ready = InferenceModel(model)
    torch.testing.assert_close(model.score(ready.features(BATCH)), ready(BATCH))


@pytest.mark.parametrize("make", [teacher, student])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_logits_and_features_in_one_pass_are_those_of_two(make, dtype):
    """To the bit, so that what is cached does not depend on what was asked for first."""
    model = make()
    if dtype == torch.bfloat16 and make is teacher:
        to_precision(model, dtype)
    ready = InferenceModel(model)
    both = ready.computing("logits and states")(BATCH)

    assert torch.equal(both[:, :2], ready(BATCH).float())
    assert torch.equal(both[:, 2:], ready.features(BATCH).float())


@pytest.mark.parametrize("make", [teacher, student])
def test_the_trained_model_stays_as_it_is(make):
    """Its modules, parameters, what of them is trained, and whether it is in training."""
    model = make()
    modules, tensors = dict(model.named_modules()), copy.deepcopy(model.state_dict())
    parameters, to_train = dict(model.named_parameters()), set(trained(model))
    InferenceModel(model)(BATCH)
    assert dict(model.named_modules()) == modules
    assert {name: id(one) for name, one in model.named_parameters()} == {n: id(one) for n, one in parameters.items()}
    assert set(trained(model)) == to_train
    assert all(torch.equal(one, tensors[name]) for name, one in model.state_dict().items())
    assert all(module.training for module in model.modules())


def test_it_cannot_be_trained():
    """It is no module, has no parameters and gives no gradient."""
    ready = InferenceModel(teacher())
    assert not any(hasattr(ready, name) for name in ("parameters", "train", "state_dict", "zero_grad"))
    assert not ready(BATCH).requires_grad
    assert not ready.features(BATCH).requires_grad


def test_made_anew_it_says_what_the_trained_model_says_now():
    """After a step of training the old one and the new one differ, and the new one is right."""
    model = teacher()
    before = InferenceModel(model)(BATCH)
    optimizer = torch.optim.SGD(trained(model).values(), lr=1.0)
    model(BATCH)[:, 1].sum().backward()
    optimizer.step()
    after = InferenceModel(model)(BATCH)
    assert not torch.allclose(after, before, atol=1e-3)
    torch.testing.assert_close(after, evaluated(model), rtol=0.0, atol=1e-5)


@pytest.mark.skipif(not has_onednn(torch.float32, torch.device("cpu")), reason="no packed products on this processor")
def test_every_projection_is_packed():
    """All four of each block; no adapter is left, and the trained model still has its own."""
    model = teacher(("c_attn",))
    packed = [module for module in InferenceModel(model)._model.modules() if isinstance(module, PackedLinear)]
    assert len(packed) == 4 * 2
    assert len(adapters(InferenceModel(model)._model)) == 0
    assert len(adapters(model)) == 2
