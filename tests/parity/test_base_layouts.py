"""Whatever a folder in the Hugging Face layout says of its model is as transformers has it, or refused by name."""

from __future__ import annotations

import json
import shutil

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM, GenerationConfig, GPT2DoubleHeadsModel, GPT2LMHeadModel
from transformers.utils import logging

from colacli.errors import ModelError
from colacli.models.config import _OF_WRITING, read_writing
from colacli.models.sampling import Sampling, continuation
from colacli.models.weights import load_language_model
from making import base_at, random_batch, randomise, their_config

CONFIG, WEIGHTS, WRITING = "config.json", "model.safetensors", "generation_config.json"
PROMPT = [5, 9, 11, 2]
LENGTH = 12
WTE, HEAD = "transformer.wte.weight", "lm_head.weight"


@pytest.fixture(scope="module", autouse=True)
def _quiet():
    """Transformers' warnings and bars are left out."""
    logging.set_verbosity_error()
    logging.disable_progress_bar()


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A tiny language model whose greedy text has many different tokens; never write into it."""
    return write_model(tmp_path_factory.mktemp("whole"))


@pytest.fixture
def folder(whole, tmp_path):
    """A copy of it, to be changed."""
    return shutil.copytree(whole, tmp_path / "base")


def write_model(folder):
    """The model in a folder that is there."""
    model = GPT2LMHeadModel(their_config(eos_token_id=100))
    randomise(model)
    with torch.no_grad():
        model.transformer.wpe.weight.mul_(5)
    model.save_pretrained(folder)
    return folder


def say(folder, file, changes, without=()):
    """Change keys of a JSON file."""
    values = json.loads((folder / file).read_text()) | changes
    text = json.dumps({name: one for name, one in values.items() if name not in without})
    (folder / file).write_text(text.replace("Infinity", "1e400"))


def change_tensors(folder, change):
    """Rewrite the weights as `change` gives them."""
    save_file(change(load_file(folder / WEIGHTS)), folder / WEIGHTS, metadata={"format": "pt"})


@torch.no_grad()
def their_answer(folder):
    """Logits of the prompt, and the greedy text that follows it."""
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    ids = torch.tensor([PROMPT])
    made = model.generate(ids, attention_mask=torch.ones_like(ids), do_sample=False, max_new_tokens=LENGTH)
    text = made[0, len(PROMPT) :].tolist()
    ends = model.generation_config.eos_token_id
    return model(ids).logits[0], text[:-1] if text[-1] in (ends if isinstance(ends, list) else [ends]) else text


@torch.no_grad()
def our_answer(folder):
    """The same of ours."""
    model, writing = load_language_model(base_at(folder)), read_writing(folder)
    batch = random_batch([len(PROMPT)])
    batch.ids.copy_(torch.tensor(PROMPT))
    text = continuation(model, PROMPT, LENGTH, Sampling(0.0, 0, 1.0), seed=0, stop=writing.ends, device="cpu")
    return model(batch), list(text)


def assert_agree(folder):
    """Equal logits to 1e-4, and equal text."""
    logits, text = our_answer(folder)
    expected, words = their_answer(folder)
    torch.testing.assert_close(logits, expected, rtol=0.0, atol=1e-4)
    assert text == words


@pytest.fixture(scope="module")
def words(whole):
    """The greedy text of the model as it is."""
    text = their_answer(whole)[1]
    assert len(set(text)) > LENGTH / 2
    return text


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
    {"use_cache": False, "output_hidden_states": True, "gradient_checkpointing": True},
    {"attn_implementation": "eager"},
    {"_attn_implementation": "sdpa"},
    {"vocab_size": 101, "pad_token_id": -1, "bos_token_id": 100_000},
    {"task_specific_params": {"text-generation": {"do_sample": True, "max_length": 50}}, "a_note": [1, 2]},
    {"repetition_penalty": 5.0, "num_beams": 3},
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


def _name(changes):
    return ", ".join(f"{name}={str(value)[:20]}" for name, value in changes.items())


@pytest.mark.parametrize("changes", SAME, ids=_name)
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


@pytest.mark.parametrize("changes", REFUSED, ids=_name)
def test_a_config_that_is_refused(folder, changes):
    """What is not supported, or can't be, is refused by its name, or by the name of the tensor that it contradicts."""
    say(folder, CONFIG, changes)
    tensors = {"n_positions": "wpe", "vocab_size": "wte", "hidden_size": "n_embd"}
    name = next(iter(changes))
    with pytest.raises(ModelError, match=rf"{name}|{tensors.get(name, name)}"):
        load_language_model(base_at(folder))


def of_head(tensors):
    """A head of random numbers."""
    return torch.randn(tensors[WTE].shape, generator=torch.Generator().manual_seed(3))


TENSORS = {
    "bare names": lambda ts: {name.removeprefix("transformer."): one for name, one in ts.items()},
    "a head of its own": lambda ts: ts | {HEAD: of_head(ts)},
    "a head of its own, in bf16": lambda ts: ts | {HEAD: of_head(ts).bfloat16()},
    "the embedding twice": lambda ts: ts | {HEAD: ts[WTE].clone()},
    "a head inside the body": lambda ts: ts | {f"transformer.{HEAD}": of_head(ts)},
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


@pytest.mark.parametrize("place", ["generation", "config"])
@pytest.mark.parametrize("several", [False, True])
def test_a_text_ends_where_the_model_says(folder, words, place, several):
    """At the token of `generation_config.json`, else of `config.json`, or at one of several."""
    end = words[5]
    if place == "config":
        (folder / WRITING).unlink()
    say(folder, WRITING if place == "generation" else CONFIG, {"eos_token_id": [77, end] if several else end})
    assert our_answer(folder)[1] == words[: words.index(end)]
    assert_agree(folder)


@pytest.mark.parametrize(
    ("config", "writing"),
    [
        pytest.param({"eos_token_id": "a word"}, {}, id="the generation config says nothing"),
        pytest.param({"eos_token_id": "a word"}, {"eos_token_id": None}, id="it says none"),
        pytest.param({"eos_token_id": "a word"}, {"eos_token_id": 99}, id="it says another"),
        pytest.param({"eos_token_id": None}, None, id="the config says none"),
        pytest.param({"eos_token_id": [3, 4]}, None, id="several that don't come"),
        pytest.param({"eos_token_id": 100_000}, None, id="beyond the rows"),
        pytest.param({}, {"temperature": 0.3, "top_k": 3, "top_p": 0.2, "do_sample": True}, id="the options' own"),
        pytest.param({}, {"max_length": 3, "max_new_tokens": 2, "use_cache": False}, id="lengths"),
        pytest.param({}, {"num_beams": 1, "repetition_penalty": 1.0, "min_length": 0}, id="what does nothing"),
    ],
)
def test_settings_of_writing_that_are_honoured(folder, words, config, writing):
    """Of two places the generation config alone counts, where it is there."""
    say(folder, CONFIG, {name: words[4] if value == "a word" else value for name, value in config.items()})
    (folder / WRITING).unlink() if writing is None else (folder / WRITING).write_text(json.dumps(writing))
    assert_agree(folder)


@pytest.mark.parametrize("file", [WRITING, CONFIG])
@pytest.mark.parametrize(
    "changes",
    [
        *({name: value} for name, value in [("num_beams", 2), ("repetition_penalty", 1.3), ("min_new_tokens", 3)]),
        *({name: 0} for name in ("forced_bos_token_id", "forced_eos_token_id")),
        *({name: [5]} for name in ("suppress_tokens", "begin_suppress_tokens", "bad_words_ids")),
        *({"eos_token_id": value} for value in (-1, 2**31, 10**20, True, 1.5, "2", [1, None], {"a": 1})),
        {"bos_token_id": 10**12},
        {"stop_strings": ["."]},
    ],
    ids=_name,
)
def test_settings_of_writing_that_are_refused(folder, file, changes):
    """By name, in whichever file counts; the model itself is none the worse for training."""
    if file == CONFIG:
        (folder / WRITING).unlink()
    say(folder, file, changes)
    with pytest.raises(ModelError, match=rf"{file}.*{next(iter(changes))}"):
        read_writing(folder)
    base_at(folder)


OF_NO_TEXT = set(
    """
    _from_model_config assistant_confidence_threshold assistant_early_exit assistant_ensemble_weight
    assistant_lookbehind bos_token_id compile_config continuous_batching_config decoder_start_token_id
    disable_compile do_sample early_stopping eos_token_id is_assistant length_penalty low_memory max_cache_len
    max_length max_matching_ngram_size max_new_tokens num_assistant_tokens num_assistant_tokens_schedule
    num_return_sequences output_attentions output_hidden_states output_logits output_scores pad_token_id
    prefill_chunk_size remove_invalid_values renormalize_logits return_dict_in_generate speculation_type
    target_lookbehind temperature top_k top_p transformers_version use_cache
    """.split()  # noqa: SIM905 - seven lines of names read better than forty
)
"""Settings that are honoured, options of the command, or of no effect on one text without beams and assistants."""


def test_every_setting_of_writing_is_known():
    """Each that transformers has is honoured, of no effect, or refused."""
    assert set(vars(GenerationConfig())) - OF_NO_TEXT - set(_OF_WRITING) == set()
    assert OF_NO_TEXT & set(_OF_WRITING) == set()


CHANGES = st.fixed_dictionaries(
    {
        "config": st.lists(st.sampled_from([*SAME, *REFUSED[:14]]), max_size=3),
        "tensors": st.lists(st.sampled_from(sorted(TENSORS)), max_size=2),
        "writing": st.none() | st.fixed_dictionaries({}, optional={
            "eos_token_id": st.sampled_from([None, 18, 91, [84, 6], 100]),
            "num_beams": st.sampled_from([1, 2]),
            "repetition_penalty": st.sampled_from([1.0, 2.0]),
            "temperature": st.just(0.5),
        }),
    }
)  # fmt: skip


@pytest.mark.slow
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
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
    (folder / WRITING).unlink() if changes["writing"] is None else (folder / WRITING).write_text(
        json.dumps(changes["writing"])
    )
    try:
        our_answer(folder)
    except ModelError:
        asked = [name for one in changes["config"] for name in one]
        assert len(set(changes["tensors"])) > 1 or asked or changes["writing"]
    else:
        assert_agree(folder)
