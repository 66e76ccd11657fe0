"""Whatever a folder in the Hugging Face layout says of its model is as transformers has it, or refused by name."""

from __future__ import annotations

import json
import shutil

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from transformers import GPT2DoubleHeadsModel, GPT2LMHeadModel

from colacli.errors import ModelError
from colacli.models.weights import load_language_model
from factories.base_layouts import CONFIG, GENERATION, assert_agree, change_tensors, label, our_answer, say
from factories.tiny import base_at, randomise, their_config

WTE, HEAD = "transformer.wte.weight", "lm_head.weight"


SAME = [
    {"hidden_size": 32},
    {"max_position_embeddings": 64, "n_positions": 1},
    {"num_attention_heads": 4},
    {"num_attention_heads": 4, "n_head": 2},
    {"num_hidden_layers": 2, "n_layer": 7},
    {"n_ctx": 3, "head_dim": 4, "num_key_value_heads": 1, "rope_theta": 5.0, "hidden_act": "relu"},
    {"layer_norm_epsilon": 0.01, "layer_norm_eps": 1.0},
    {"n_inner": 128},
    {"n_inner": None},
    {"scale_attn_by_inverse_layer_idx": True},
    {"reorder_and_upcast_attn": True, "scale_attn_weights": True},
    {"activation_function": "silu"},
    {"attn_pdrop": 0.9, "embd_pdrop": 0.9, "resid_pdrop": 0.9, "summary_first_dropout": 0.9},
    {"summary_type": "mean", "summary_use_proj": False, "summary_activation": "tanh"},
    {"dtype": "bfloat16"},
    {"torch_dtype": "float16"},
    {"architectures": ["GPT2ForSequenceClassification"], "num_labels": 5, "problem_type": "regression"},
    {"architectures": None, "id2label": {"0": "no"}, "label2id": {"no": 0}},
    {"use_cache": False, "gradient_checkpointing": True},
    {"attn_implementation": "eager"},
    {"_attn_implementation": "sdpa"},
    {"vocab_size": 101, "pad_token_id": -1, "bos_token_id": 100_000},
    {"task_specific_params": {"text-generation": {"do_sample": True, "max_length": 50}}, "a_note": [1, 2]},
    {"repetition_penalty": 5.0, "num_beams": 3},
    {"output_hidden_states": True},  # last, since transformers fails on it where there is no generation config
]
REFUSED = [
    {"scale_attn_weights": False},
    {"add_cross_attention": True},
    {"is_encoder_decoder": True},
    {"is_causal": False},
    {"sliding_window": 2},
    {"attention_chunk_size": 2},
    {"layer_types": ["sliding_attention", "sliding_attention"]},
    {"per_layer_config": {"0": {"n_head": 4}}},
    {"quantization_config": {"quant_method": "bitsandbytes", "load_in_8bit": True}},
    {"auto_map": {"AutoModelForCausalLM": "other.Model"}},
    {"transformers_weights": "other.safetensors"},
    {"text_config": {"n_head": 4}},
    {"decoder": {"n_head": 4}},
    *({"activation_function": name} for name in ("swish", "quick_gelu", "gelu_10", "tanh", "none", None, 3)),
    *({"layer_norm_epsilon": value} for value in (0, 0.0, -1e-5, 1e400, True, "1e-5", None, 1e30)),
    *({name: value} for name in ("n_embd", "n_head", "n_layer", "vocab_size") for value in (True, 0, -1, 10**20, 2.0)),
    {"hidden_size": 10**20},
    {"n_head": 5},
    {"n_inner": 0},
    {"tie_word_embeddings": "yes"},
    {"scale_attn_by_inverse_layer_idx": 1},
    {"n_positions": 1_000_000},
    {"vocab_size": 16_000_000},
]


@pytest.mark.parametrize("changes", SAME, ids=label)
def test_a_config_is_read_as_transformers_reads_it(folder, changes):
    """What the config may say changes ours as it changes theirs."""
    say(folder, CONFIG, changes)
    assert_agree(folder)


@pytest.mark.parametrize(
    ("name", "alias"),
    [
        ("n_embd", "hidden_size"),
        ("n_head", "num_attention_heads"),
        ("n_layer", "num_hidden_layers"),
        ("n_positions", "max_position_embeddings"),
    ],
)
def test_a_size_by_its_other_name(folder, name, alias):
    """A size is found by the name that transformers gives it for all models, too."""
    value = json.loads((folder / CONFIG).read_text())[name]
    say(folder, CONFIG, {alias: value}, without=[name])
    assert_agree(folder)


@pytest.mark.parametrize("changes", REFUSED, ids=label)
def test_a_config_that_is_refused(folder, changes):
    """What is not supported, or can't be, is refused by its name or value, or by the tensor that it contradicts."""
    say(folder, CONFIG, changes)
    tensors = {"n_positions": "wpe", "vocab_size": "wte", "hidden_size": "n_embd"}
    name = next(iter(changes))
    with pytest.raises(ModelError, match=rf"{name}|{tensors.get(name, name)}|1e400"):
        load_language_model(base_at(folder))


def a_head():
    """A head of random numbers."""
    return torch.randn(101, 32, generator=torch.Generator().manual_seed(3))


TENSORS = {
    "bare names": lambda ts: {name.removeprefix("transformer."): one for name, one in ts.items()},
    "a head of its own": lambda ts: ts | {HEAD: a_head()},
    "a head of its own, in bf16": lambda ts: ts | {HEAD: a_head().bfloat16()},
    "the embedding twice": lambda ts: (
        ts | {HEAD: next(one for name, one in ts.items() if name.endswith("wte.weight")).clone()}
    ),
    "a head inside the body": lambda ts: ts | {f"transformer.{HEAD}": a_head()},
    "a classifier's head": lambda ts: ts | {"score.weight": torch.ones(2, 32)},
    "masks": lambda ts: ts | {"transformer.h.0.attn.bias": torch.ones(1, 1, 64, 64, dtype=torch.bool)},
    "fp16": lambda ts: {name: one.half() for name, one in ts.items()},
    "bf16": lambda ts: {name: one.bfloat16() for name, one in ts.items()},
    "f64": lambda ts: {name: one.double() for name, one in ts.items()},
}
OTHER_TENSORS = {
    "NaN": (WTE, lambda one: one.index_fill(0, torch.tensor([40]), float("nan"))),
    "infinity": (WTE, lambda one: one.index_fill(0, torch.tensor([40]), float("inf"))),
    "beyond fp32": (WTE, lambda one: one.double().index_fill(0, torch.tensor([40]), 1e300)),
    "integers": ("transformer.h.1.ln_2.bias", lambda one: one.int()),
    "fp8": ("transformer.h.1.ln_2.bias", lambda one: one.to(torch.float8_e4m3fn)),
    "complex": ("transformer.h.1.ln_2.bias", lambda one: one.to(torch.complex64)),
    "booleans": ("transformer.ln_f.bias", lambda one: one.bool()),
}


@pytest.mark.parametrize("change", TENSORS.values(), ids=TENSORS)
def test_weights_are_read_as_transformers_reads_them(folder, change):
    """Names, types, heads and buffers."""
    change_tensors(folder, change)
    assert_agree(folder)


def test_a_head_of_its_own_beside_a_config_that_does_not_speak_of_tying(folder):
    """The default ties, the checkpoint does not: its head is taken."""
    say(folder, CONFIG, {}, without=["tie_word_embeddings"])
    change_tensors(folder, TENSORS["a head of its own"])
    assert_agree(folder)


@pytest.mark.parametrize("prefix", ["_orig_mod.transformer.", "transformer._orig_mod.", "_orig_mod."])
def test_a_compiled_models_names(folder, words, prefix):
    """`torch.compile`'s prefix is taken off, be the whole model compiled or its body."""
    change_tensors(folder, lambda ts: {name.replace("transformer.", prefix): one for name, one in ts.items()})
    assert our_answer(folder)[1] == words


@pytest.mark.parametrize("prefix", ["module.", "base_model.", "base_model.model.", "model."])
def test_other_wrappers_names_are_refused(folder, prefix):
    """Transformers would draw all weights anew; here they are refused by their names."""
    change_tensors(folder, lambda ts: {prefix + name: one for name, one in ts.items()})
    with pytest.raises(ModelError, match="lacks h"):
        load_language_model(base_at(folder))


@pytest.mark.parametrize(("name", "change"), OTHER_TENSORS.values(), ids=OTHER_TENSORS)
def test_weights_that_are_no_finite_numbers_are_refused(folder, name, change):
    """By the tensor's name."""
    change_tensors(folder, lambda ts: ts | {name: change(ts[name])})
    with pytest.raises(ModelError, match=name.removeprefix("transformer.")):
        load_language_model(base_at(folder))


@pytest.mark.parametrize("name", ["ln_f.bias", "_orig_mod.transformer.ln_f.bias"])
def test_one_tensor_by_two_names_is_refused(folder, name):
    """Which one is meant can't be known."""
    change_tensors(folder, lambda ts: ts | {name: torch.ones(32)})
    with pytest.raises(ModelError, match=r"ln_f\.bias again"):
        load_language_model(base_at(folder))


@pytest.mark.parametrize(
    "name", ["lm_head.bias", "transformer.ln_f.gamma", "transformer.h.0.crossattention.q_attn.weight"]
)
def test_a_tensor_that_has_no_place_is_refused(folder, name):
    """By its name, where transformers warns and goes on without it."""
    change_tensors(folder, lambda ts: ts | {name: torch.ones(32)})
    with pytest.raises(ModelError, match=name.removeprefix("transformer.")):
        load_language_model(base_at(folder))


def test_a_model_with_two_heads(tmp_path):
    """Its language model is read, its other head is not."""
    model = GPT2DoubleHeadsModel(their_config())
    randomise(model)
    model.save_pretrained(tmp_path)
    assert_agree(tmp_path)


def test_one_file_goes_before_shards(folder, tmp_path):
    """Where both are there, transformers reads the one file."""
    other = GPT2LMHeadModel(their_config())
    other.save_pretrained(tmp_path / "shards", max_shard_size="20KB")
    for path in (tmp_path / "shards").glob("model*"):
        shutil.copy(path, folder)
    assert_agree(folder)


CHANGES = st.fixed_dictionaries(
    {
        "config": st.lists(st.sampled_from([*SAME[:-1], *REFUSED[:13]]), max_size=3),
        "tensors": st.lists(st.sampled_from(sorted(TENSORS)), max_size=2),
        "generation": st.none() | st.fixed_dictionaries({}, optional={
            "eos_token_id": st.sampled_from([None, 18, 91, [84, 6], 100]),
            "num_beams": st.sampled_from([1, 2]),
            "repetition_penalty": st.sampled_from([1.0, 2.0]),
            "temperature": st.just(0.5),
        }),
    }
)  # fmt: skip


@pytest.mark.slow
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(changes=CHANGES)
def test_a_folder_with_many_changes_agrees_or_is_refused(whole, tmp_path, changes):
    """Whatever is combined."""
    folder = tmp_path / "base"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(whole, folder)
    for one in changes["config"]:
        say(folder, CONFIG, one)
    for name in changes["tensors"]:
        change_tensors(folder, TENSORS[name])
    (folder / GENERATION).unlink() if changes["generation"] is None else (folder / GENERATION).write_text(
        json.dumps(changes["generation"])
    )
    try:
        our_answer(folder)
    except ModelError:
        asked = [name for one in changes["config"] for name in one]
        assert len(set(changes["tensors"])) > 1 or asked or changes["generation"]
    else:
        assert_agree(folder)
