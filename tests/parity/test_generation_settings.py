"""A text ends where transformers ends it, and settings that would make another text are refused by name."""

from __future__ import annotations

import json

import pytest
from transformers import GenerationConfig

from colacli.errors import ModelError
from colacli.models.config import _REQUIRED_OF_GENERATION, read_generation_config
from factories.base_layouts import CONFIG, GENERATION, assert_agree, label, our_answer, say
from factories.tiny import base_at


@pytest.mark.parametrize("place", ["generation", "config"])
@pytest.mark.parametrize("several", [False, True])
def test_a_text_ends_where_the_model_says(folder, words, place, several):
    """At the token of `generation_config.json`, else of `config.json`, or at one of several."""
    end = words[5]
    if place == "config":
        (folder / GENERATION).unlink()
    say(folder, GENERATION if place == "generation" else CONFIG, {"eos_token_id": [77, end] if several else end})
    assert our_answer(folder)[1] == words[: words.index(end)]
    assert_agree(folder)


@pytest.mark.parametrize(
    ("config", "generation"),
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
def test_generation_settings_that_are_honoured(folder, words, config, generation):
    """Of two places the generation config alone counts, where it is there."""
    say(folder, CONFIG, {name: words[4] if value == "a word" else value for name, value in config.items()})
    (folder / GENERATION).unlink() if generation is None else (folder / GENERATION).write_text(json.dumps(generation))
    assert_agree(folder)


@pytest.mark.parametrize("file", [GENERATION, CONFIG])
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
    ids=label,
)
def test_generation_settings_that_are_refused(folder, file, changes):
    """By name, in whichever file counts; the model itself is none the worse for training."""
    if file == CONFIG:
        (folder / GENERATION).unlink()
    say(folder, file, changes)
    with pytest.raises(ModelError, match=rf"{file}.*{next(iter(changes))}"):
        read_generation_config(folder)
    base_at(folder)


OF_NO_TEXT = set(
    """
    _commit_hash _from_model_config assistant_confidence_threshold assistant_early_exit assistant_ensemble_weight
    assistant_lookbehind bos_token_id compile_config continuous_batching_config decoder_start_token_id
    disable_compile do_sample early_stopping eos_token_id is_assistant length_penalty low_memory max_cache_len
    max_length max_matching_ngram_size max_new_tokens num_assistant_tokens num_assistant_tokens_schedule
    num_return_sequences output_attentions output_hidden_states output_logits output_scores pad_token_id
    prefill_chunk_size remove_invalid_values renormalize_logits return_dict_in_generate speculation_type
    target_lookbehind temperature top_k top_p transformers_version use_cache
    """.split()  # noqa: SIM905 - seven lines of names read better than forty
)
"""Settings that are honoured, options of the command, or of no effect on one text without beams and assistants."""


def test_every_generation_setting_is_known():
    """Each that transformers has is honoured, of no effect, or refused."""
    assert set(vars(GenerationConfig())) - OF_NO_TEXT - set(_REQUIRED_OF_GENERATION) == set()
    assert OF_NO_TEXT & set(_REQUIRED_OF_GENERATION) == set()
