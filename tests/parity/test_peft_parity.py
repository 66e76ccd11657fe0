"""Our adapters against PEFT's, on the same base model, in fp32."""

from __future__ import annotations

import re

import pytest
import torch
import torch.nn.functional as F
from peft import LoraConfig, PeftModel, get_peft_model
from transformers import GPT2ForSequenceClassification

from colacli.config import Lora
from colacli.errors import ModelError
from colacli.kernels.dropout import StepMasks
from colacli.models.adapter_config import ADAPTER_CONFIG, ADAPTER_WEIGHTS
from colacli.models.adapters import load_adapted_language_model, load_adapter, save_adapter
from colacli.models.lora import LoraConv1D, add_lora, trained
from colacli.models.weights import load_classifier
from factories.fixed_dropout import FixedDropout
from factories.tiny import base_at, padded, random_batch, randomise, their_config

# PEFT still asks transformers by a name that transformers is giving up.
pytestmark = pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing` is deprecated:FutureWarning")

_BIAS_IS_NO_MATRIX = pytest.mark.filterwarnings("ignore:Adapter 'default'")  # PEFT thinks a bias is a torn matrix

DRAW = StepMasks.draw
LENGTHS = (5, 1, 17, 9, 17)
BIASES = ("none", "lora_only", "all")
SETTINGS = [
    pytest.param(Lora(), id="defaults"),
    pytest.param(Lora(rank=2, alpha=7.0, targets=("c_attn",), bias="none", unfreeze=()), id="attention only"),
    pytest.param(Lora(rank=3, targets=("attn.c_proj", "c_fc"), bias="all", unfreeze=("ln_f", "ln_1")), id="all"),
    pytest.param(Lora(targets=("c_proj", "mlp.c_proj"), unfreeze=("wte", "wpe")), id="embeddings"),
]


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    """A tiny base model's folder, as the classifier that PEFT will wrap."""
    folder = tmp_path_factory.mktemp("base")
    model = GPT2ForSequenceClassification(their_config(num_labels=2))
    randomise(model)
    model.save_pretrained(folder)
    return folder


def their_base(base):
    """The base as transformers' classifier."""
    return GPT2ForSequenceClassification.from_pretrained(base, attn_implementation="eager").eval()


def peft_config(**changes):
    """PEFT's settings for GPT-2, with a list of targets."""
    defaults = {
        "task_type": "SEQ_CLS",
        "r": 4,
        "lora_alpha": 6,
        "target_modules": ["c_attn", "c_fc", "mlp.c_proj"],
        "modules_to_save": ["ln_f", "score"],
        "fan_in_fan_out": True,
    }
    return LoraConfig(**(defaults | changes))


def saved_by_peft(base, folder, **changes):
    """PEFT's model with everything it trains at random values, and its folder."""
    theirs = get_peft_model(their_base(base), peft_config(**changes)).eval()
    _randomise_trained(theirs)
    theirs.save_pretrained(folder)
    return theirs


def saved_by_us(base, folder, lora):
    """Our model with everything it trains at random values, saved in a folder."""
    ours = load_classifier(base_at(base)).eval()
    add_lora(ours, lora, 0.0)
    _randomise_trained(ours)
    save_adapter(folder, ours, lora, dropout=0.0, base=str(base))
    return ours


def _randomise_trained(model):
    randomise(torch.nn.ParameterList(trained(model).values()), seed=1)


def loaded_by_us(base, folder):
    """Our model with the adapter of a folder."""
    ours = load_classifier(base_at(base)).eval()
    load_adapter(ours, folder / ADAPTER_CONFIG, folder / ADAPTER_WEIGHTS)
    return ours


def their_names(model):
    """What PEFT trains, by the names that ours have."""
    wrappers = re.compile(r"^base_model\.model\.|\.default(?=\.|$)|\.modules_to_save")
    return {wrappers.sub("", name): one for name, one in model.named_parameters() if one.requires_grad}


def their_logits(model, batch):
    """Two logits a sentence of transformers' or PEFT's classifier."""
    ids, mask = padded(batch)
    return model(input_ids=ids, attention_mask=mask).logits


@torch.no_grad()
def assert_agree(ours, theirs):
    """Both give the same two logits for every sentence of a batch of unequal lengths."""
    batch = random_batch(LENGTHS)
    torch.testing.assert_close(ours(batch), their_logits(theirs, batch), rtol=0.0, atol=1e-4)


@pytest.mark.parametrize("lora", SETTINGS)
def test_peft_loads_ours(base, tmp_path, lora):
    """An adapter that we saved gives our logits in PEFT."""
    ours = saved_by_us(base, tmp_path, lora)
    assert_agree(ours, PeftModel.from_pretrained(their_base(base), tmp_path).eval())


@pytest.mark.parametrize("lora", SETTINGS)
def test_we_load_ours(base, tmp_path, lora):
    """An adapter that we saved gives our own logits again, to the bit."""
    ours = saved_by_us(base, tmp_path, lora)
    batch = random_batch(LENGTHS)
    assert torch.equal(loaded_by_us(base, tmp_path)(batch), ours(batch))


@pytest.mark.parametrize("bias", BIASES)
@pytest.mark.parametrize("use_rslora", [False, True], ids=["plain", "rslora"])
def test_we_load_pefts(base, tmp_path, bias, use_rslora):
    """An adapter that PEFT saved gives PEFT's logits here, head included."""
    theirs = saved_by_peft(base, tmp_path, bias=bias, use_rslora=use_rslora)
    assert_agree(loaded_by_us(base, tmp_path), theirs)


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"target_modules": ["c_proj"]}, id="a name in two places"),
        pytest.param({"target_modules": "all-linear"}, id="all-linear"),
        pytest.param({"modules_to_save": None}, id="the head that PEFT adds itself"),
        pytest.param({"modules_to_save": ["wpe"]}, id="positions"),
        pytest.param({"init_lora_weights": "gaussian"}, id="gaussian"),
    ],
)
def test_what_a_peft_config_may_change(base, tmp_path, changes):
    """Other ways to name the same kinds of modules are understood as PEFT understands them."""
    theirs = saved_by_peft(base, tmp_path, **changes)
    assert_agree(loaded_by_us(base, tmp_path), theirs)


@torch.no_grad()
def test_merging_pefts_adapter_into_a_language_model(base, tmp_path):
    """The body with PEFT's adapter merged gives the states of PEFT's own merged body."""
    theirs = saved_by_peft(base, tmp_path, bias="all").merge_and_unload().transformer
    ours = load_adapted_language_model(base_at(base), tmp_path / ADAPTER_CONFIG, tmp_path / ADAPTER_WEIGHTS).transformer
    batch = random_batch([23])
    expected = theirs(batch.ids[None]).last_hidden_state[0]
    torch.testing.assert_close(ours(batch), expected, rtol=0.0, atol=1e-4)


@torch.no_grad()
def test_merged_weights_are_pefts(base, tmp_path):
    """Our merge makes PEFT's merged projections, to 1e-6."""
    theirs = saved_by_peft(base, tmp_path).merge_and_unload().transformer.h[1].mlp.c_proj
    ours = loaded_by_us(base, tmp_path).transformer.h[1].mlp.c_proj
    torch.testing.assert_close(ours.merged_weight(), theirs.weight, rtol=0.0, atol=1e-6)


@pytest.mark.parametrize("bias", BIASES)
@pytest.mark.parametrize("targets", [("c_attn",), ("c_proj",), ("c_attn", "attn.c_proj", "c_fc", "mlp.c_proj")])
def test_the_same_parameters_are_trained(base, bias, targets):
    """For equal settings PEFT trains parameters of the same names and shapes."""
    ours = load_classifier(base_at(base))
    add_lora(ours, Lora(targets=targets, bias=bias), 0.0)
    theirs = get_peft_model(their_base(base), peft_config(target_modules=list(targets), bias=bias))
    expected = {name: one.shape for name, one in their_names(theirs).items()}
    assert {name: one.shape for name, one in trained(ours).items()} == expected


@pytest.mark.parametrize("lora", SETTINGS)
def test_gradients_agree(base, tmp_path, lora):
    """The labels' loss on one batch has the same gradient in every trained parameter, to 1e-5."""
    ours = saved_by_us(base, tmp_path, lora)
    theirs = PeftModel.from_pretrained(their_base(base), tmp_path, is_trainable=True).eval()
    batch, labels = random_batch(LENGTHS), torch.tensor([1, 0, 1, 1, 0])
    F.cross_entropy(ours(batch), labels).backward()
    F.cross_entropy(their_logits(theirs, batch), labels).backward()
    expected = {name: one.grad for name, one in their_names(theirs).items()}
    actual = {name: one.grad for name, one in trained(ours).items()}
    torch.testing.assert_close(actual, expected, rtol=0.0, atol=1e-5)


def test_gradients_agree_under_dropout(base, tmp_path, monkeypatch):
    """With the same elements dropped, the loss and every gradient are PEFT's, to 1e-5."""
    saved_by_us(base, tmp_path, Lora(alpha=6))
    ours = loaded_by_us(base, tmp_path).train()
    theirs = PeftModel.from_pretrained(their_base(base), tmp_path, is_trainable=True).eval()
    drawn = []
    monkeypatch.setattr(StepMasks, "draw", lambda *inputs: drawn.append(DRAW(*inputs)) or drawn[-1])
    for module in ours.modules():
        if isinstance(module, LoraConv1D):
            module.dropout = 0.3
    batch, labels = random_batch([23]), torch.tensor([1])

    loss = F.cross_entropy(ours(batch), labels)
    adapted = [module for module in theirs.modules() if hasattr(module, "lora_dropout")]
    for module, keep_mask in zip(adapted, drawn, strict=True):
        rows = torch.empty(keep_mask.first.view(-1, module.in_features).shape)
        module.lora_dropout["default"] = FixedDropout(keep_mask.like(rows), 0.3)
    expected = F.cross_entropy(their_logits(theirs, batch), labels)
    loss.backward()
    expected.backward()

    torch.testing.assert_close(loss, expected, rtol=0.0, atol=1e-5)
    gradients = {name: one.grad for name, one in their_names(theirs).items()}
    actual = {name: one.grad for name, one in trained(ours).items()}
    torch.testing.assert_close(actual, gradients, rtol=0.0, atol=1e-5)


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"use_dora": True}, id="DoRA"),
        pytest.param({"target_modules": r".*\.attn\.c_attn"}, id="regex"),
        pytest.param({"rank_pattern": {"c_fc": 2}}, id="ranks by module"),
        pytest.param({"alpha_pattern": {"c_fc": 2}}, id="alphas by module"),
        pytest.param({"exclude_modules": ["mlp.c_proj"]}, id="excluded modules"),
        pytest.param({"layers_to_transform": [1]}, id="some layers"),
        pytest.param({"lora_bias": True}, id="biased adapters", marks=_BIAS_IS_NO_MATRIX),
        pytest.param({"init_lora_weights": "pissa"}, id="PiSSA"),
    ],
)
def test_other_kinds_of_lora_are_refused(base, tmp_path, changes):
    """What would change the numbers and is not supported is an error, never a wrong answer."""
    saved_by_peft(base, tmp_path, **changes)
    with pytest.raises(ModelError, match=r"adapter_(config\.json|model\.safetensors)"):
        loaded_by_us(base, tmp_path)


def test_a_target_that_is_no_projection_is_refused(base, tmp_path):
    """An adapter of the embeddings is an adapter that doesn't fit, not a wrong option."""
    saved_by_peft(base, tmp_path, target_modules=["wpe", "c_attn"], modules_to_save=["score"])
    with pytest.raises(ModelError, match="adapter_config"):
        loaded_by_us(base, tmp_path)
