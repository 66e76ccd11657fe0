"""An adapter begins as nothing, trains what it was told to, and can be merged into its weight."""

from __future__ import annotations

import copy

import pytest
import torch

from colacli.config import Lora
from colacli.errors import UsageError
from colacli.models.config import GPT2Config
from colacli.models.gpt2 import Classifier
from colacli.models.lora import LoraConv1D, add_lora, count, trained
from colacli.models.weights import load_classifier, to_precision
from colacli.parameters import ParameterCounts
from factories.tiny import base_at, random_batch

PROJECTIONS = ("attn.c_attn", "attn.c_proj", "mlp.c_fc", "mlp.c_proj")


@pytest.fixture
def model(tiny_base):
    """A tiny classifier, new for each test."""
    return load_classifier(base_at(tiny_base)).eval()


def adapted(model, lora=None, dropout=0.0):
    """The model with adapters whose B is random, so that they change something."""
    add_lora(model, lora or Lora(), dropout)
    for module in model.modules():
        if isinstance(module, LoraConv1D):
            torch.nn.init.normal_(module.lora_B.weight, std=0.1)
    return model


def adapters(model):
    """Names of the projections that have an adapter, the layers' numbers left out."""
    found = [name for name, module in model.named_modules() if isinstance(module, LoraConv1D)]
    return {".".join(name.split(".")[3:]) for name in found}


def trained_biases(model):
    """Names of the biases that are trained."""
    return {name for name in trained(model) if name.endswith(".bias")}


@torch.no_grad()
@pytest.mark.parametrize("init", ["xavier", "kaiming", "gaussian"])
def test_nothing_is_changed_at_the_start(model, init):
    """However A is drawn, the adapted model's logits are the base's, within the rounding of other products."""
    batch = random_batch([4, 9, 1])
    before = model(batch)
    add_lora(model, Lora(init=init), 0.1)
    torch.testing.assert_close(model(batch), before, rtol=1e-5, atol=1e-6)
    assert all(module.lora_A.weight.abs().sum() > 0 for module in model.modules() if isinstance(module, LoraConv1D))


@torch.no_grad()
def test_the_update_is_alpha_over_rank_times_b_a(model):
    """An adapted projection computes x W + b + (alpha / r) x (B A)^T."""
    projection = adapted(model, Lora(rank=2, alpha=5.0)).transformer.h[1].mlp.c_fc
    x = torch.randn(7, 32)
    update = 5.0 / 2 * (projection.lora_B.weight @ projection.lora_A.weight)
    expected = x @ (projection.base_layer.weight + update.T) + projection.base_layer.bias
    torch.testing.assert_close(projection(x), expected, rtol=0.0, atol=1e-5)


@torch.no_grad()
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_the_merged_weight_computes_what_the_adapter_does(model, dtype):
    """X times it, plus the bias, is the adapted projection; it is fp32, and the weight itself stays."""
    adapted(model, Lora(alpha=9.0))
    to_precision(model, dtype)
    projection = model.transformer.h[0].attn.c_attn
    before = projection.base_layer.weight.clone()
    x = torch.randn(7, 32)
    merged = projection.merged_weight()
    torch.testing.assert_close(x @ merged + projection.base_layer.bias.float(), projection(x), rtol=0.0, atol=1e-5)
    assert merged.dtype == torch.float32
    assert torch.equal(projection.base_layer.weight, before)


@pytest.mark.parametrize(
    ("shape", "expected", "reduction"),
    [
        pytest.param(GPT2Config(), ParameterCounts(125_031_168, 675_840), 99.46, id="gpt2"),
        pytest.param(
            GPT2Config(n_embd=1024, n_layer=24, n_head=16), ParameterCounts(356_398_080, 1_798_144), 99.50, id="medium"
        ),
    ],
)
def test_the_reports_ledger(shape, expected, reduction):
    """The defaults train exactly the report's number of parameters, of exactly its total."""
    with torch.device("meta"):
        model = Classifier(shape)
    add_lora(model, Lora(), 0.1)
    assert count(model) == expected
    assert count(model).reduction_percent == reduction


@pytest.mark.parametrize(
    ("targets", "expected"),
    [
        (("attn.c_proj",), {"attn.c_proj"}),
        (("mlp.c_proj",), {"mlp.c_proj"}),
        (("c_proj",), {"attn.c_proj", "mlp.c_proj"}),
        (("c_attn", "c_fc"), {"attn.c_attn", "mlp.c_fc"}),
        (("c_proj", "mlp.c_proj", "attn.c_proj"), {"attn.c_proj", "mlp.c_proj"}),
        (PROJECTIONS, set(PROJECTIONS)),
    ],
)
def test_targets_are_named_by_whole_parts(model, targets, expected):
    """A target adapts the projections whose names end with it; one named twice has one adapter."""
    add_lora(model, Lora(targets=targets), 0.0)
    assert adapters(model) == expected
    assert not any(".base_layer.base_layer" in name for name, _ in model.named_modules())


def test_one_layer_can_be_targeted(model):
    """A full name adapts that one projection."""
    add_lora(model, Lora(targets=("transformer.h.1.attn.c_attn",)), 0.0)
    assert isinstance(model.transformer.h[1].attn.c_attn, LoraConv1D)
    assert not isinstance(model.transformer.h[0].attn.c_attn, LoraConv1D)


@pytest.mark.parametrize("target", ["q_proj", "proj", "wte", "score", ""])
def test_an_unknown_target_is_refused(model, target):
    """What is no projection's name, nor a whole part of one, is a usage error that lists those there are."""
    with pytest.raises(UsageError, match=f"'{target}'") as caught:
        add_lora(model, Lora(targets=("c_attn", target)), 0.0)
    assert all(name in caught.value.hint for name in PROJECTIONS)


@pytest.mark.parametrize("module", ["ln_9", "n_f", ""])
def test_an_unknown_module_to_unfreeze_is_refused(model, module):
    """What is no module's name is a usage error that gives it."""
    with pytest.raises(UsageError, match=f"--unfreeze: .*'{module}'"):
        add_lora(model, Lora(unfreeze=(module,)), 0.0)


@pytest.mark.parametrize("module", ["mlp", "mlp.c_proj", "transformer"])
def test_what_has_an_adapter_cannot_be_unfrozen(model, module):
    """Training a projection in full beside its adapter is refused."""
    with pytest.raises(UsageError, match=f"--unfreeze {module}"):
        add_lora(model, Lora(unfreeze=(module,)), 0.0)


def test_unfrozen_modules_are_trained_whole(model):
    """Every parameter of an unfrozen module, in every layer, is trained; so is the head."""
    add_lora(model, Lora(targets=("c_attn",), bias="none", unfreeze=("ln_1", "wpe")), 0.0)
    whole = {name for name in trained(model) if "lora_" not in name}
    norms = {f"transformer.h.{layer}.ln_1.{part}" for layer in (0, 1) for part in ("weight", "bias")}
    assert whole == {"transformer.wpe.weight", "score.weight", *norms}


def test_no_biases(model):
    """`none` trains no bias, whether its projection is adapted or not."""
    add_lora(model, Lora(bias="none", unfreeze=()), 0.0)
    assert trained_biases(model) == set()


def test_biases_of_adapted_projections(model):
    """`lora_only` trains the biases of the adapted projections, and no other."""
    add_lora(model, Lora(targets=("c_fc",), bias="lora_only", unfreeze=()), 0.0)
    assert trained_biases(model) == {f"transformer.h.{layer}.mlp.c_fc.base_layer.bias" for layer in (0, 1)}


def test_all_biases(model):
    """`all` trains every bias there is, those of the layer norms too."""
    add_lora(model, Lora(targets=("c_fc",), bias="all", unfreeze=()), 0.0)
    assert trained_biases(model) == {name for name, _ in model.named_parameters() if name.endswith(".bias")}


def test_dropout_is_off_in_evaluation(model):
    """The adapter's dropout makes training logits random, and leaves those of evaluation alone."""
    adapted(model, dropout=0.5).eval()
    batch = random_batch([4, 9, 1])
    assert torch.equal(model(batch), model(batch))
    model.train()
    assert not torch.equal(model(batch), model(batch))


def test_dropout_touches_the_adapter_alone(model):
    """With B at zero nothing is left for dropout to change."""
    batch = random_batch([4, 9, 1])
    before = model.train()(batch)
    add_lora(model, Lora(), 0.9)
    torch.testing.assert_close(model.train()(batch), before, rtol=1e-5, atol=1e-6)


def test_bf16_keeps_what_is_trained_wide(model):
    """In bf16 frozen parameters are stored narrow and trained ones in fp32; logits and gradients are finite fp32."""
    adapted(model)
    to_precision(model, torch.bfloat16)
    logits = model(random_batch([4, 9, 1]))
    logits.sum().backward()
    types = {one.dtype for one in model.parameters() if not one.requires_grad}
    assert types == {torch.bfloat16}
    assert {one.dtype for one in trained(model).values()} == {torch.float32}
    assert logits.dtype == torch.float32
    assert all(one.grad.isfinite().all() for one in trained(model).values())


def test_the_order_of_targets_changes_no_initial_value():
    """Adapters are made in the model's order, whatever order their targets are named in."""
    made = []
    for targets in (("c_attn", "mlp.c_proj"), ("mlp.c_proj", "c_attn")):
        torch.manual_seed(0)
        with torch.device("cpu"):
            model = Classifier(GPT2Config(vocab_size=11, n_positions=8, n_embd=8, n_layer=2, n_head=2))
        add_lora(model, Lora(targets=targets), 0.0)
        made.append({name: one for name, one in model.named_parameters() if "lora_A" in name})

    assert made[0].keys() == made[1].keys()
    assert all(torch.equal(one, made[1][name]) for name, one in made[0].items())


def test_a_large_model_keeps_no_packed_copies(model, monkeypatch):
    """Above the limit nothing is packed, and training computes the same to rounding."""
    batch, large = random_batch([5, 9, 2]), copy.deepcopy(model)
    torch.manual_seed(1)
    packed = adapted(model)(batch)
    monkeypatch.setattr("colacli.models.lora.PACKED_WEIGHTS", 0)
    monkeypatch.setattr("colacli.kernels.linear.onednn_pack", None)  # so that packing would fail
    torch.manual_seed(1)
    torch.testing.assert_close(adapted(large)(batch), packed, rtol=0.0, atol=1e-5)
