"""The settings of a base model: its shape in `config.json`, text generation in `generation_config.json`.

A setting is honoured as `transformers` 5 does, or refused by name where it changes logits or text and can't be. All
others change neither: dropouts (training has its own), labels, types of weights, kernels, the program that saved it.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar, get_args

from msgspec import Meta

from colacli.errors import ModelError
from colacli.store.reading import convert, read_json

CONFIG = "config.json"
GENERATION_CONFIG = "generation_config.json"

Activation = Literal["gelu_new", "gelu_pytorch_tanh", "gelu", "relu", "silu"]
ACTIVATIONS: tuple[str, ...] = get_args(Activation)

_Size = Annotated[int, Meta(ge=1, le=2**24)]
_TokenId = Annotated[int, Meta(ge=0, lt=2**31)]

Settings = TypeVar("Settings")

_COPY = "copy it again from where the model came from"
_OTHER = "give another GPT-2, or check that the file belongs to these weights"
_LAYOUT = "give a folder in the Hugging Face GPT-2 layout: config.json, model.safetensors, tokenizer files"

# Other names of the same settings; `transformers` prefers these where both are present.
_ALIASES = {
    "hidden_size": "n_embd",
    "max_position_embeddings": "n_positions",
    "num_attention_heads": "n_head",
    "num_hidden_layers": "n_layer",
}

# Each changes the logits, or the weights that are read, unless it has this value.
_REQUIRED_OF_MODEL: dict[str, Any] = {
    "scale_attn_weights": True,
    "is_causal": True,
    "add_cross_attention": False,
    "is_encoder_decoder": False,
} | dict.fromkeys(
    """
    attention_chunk_size auto_map decoder fusion_config generator kv_sharing_modes layer_types per_layer_config
    quantization_config sliding_window text_config text_encoder transformers_weights
    """.split()  # noqa: SIM905 - two lines of names read better than fourteen
)

# Each changes the next token unless it has this value. Temperature, top-k, top-p, the length, the number of texts and
# whether tokens are sampled are options of the command, which override the file.
_REQUIRED_OF_GENERATION: dict[str, Any] = {
    "diversity_penalty": 0.0,
    "encoder_no_repeat_ngram_size": 0,
    "encoder_repetition_penalty": 1.0,
    "epsilon_cutoff": 0.0,
    "eta_cutoff": 0.0,
    "guidance_scale": 1.0,
    "min_length": 0,
    "min_new_tokens": 0,
    "min_p": 0.0,
    "no_repeat_ngram_size": 0,
    "num_beam_groups": 1,
    "num_beams": 1,
    "penalty_alpha": 0.0,
    "repetition_penalty": 1.0,
    "token_healing": False,
    "typical_p": 1.0,
    "use_mtp": False,
} | dict.fromkeys(
    """
    bad_words_ids begin_suppress_tokens cache_config cache_implementation constraints dola_layers
    exponential_decay_length_penalty force_words_ids forced_bos_token_id forced_eos_token_id max_time
    prompt_lookup_num_tokens sequence_bias stop_strings suppress_tokens top_h watermarking_config
    """.split()  # noqa: SIM905
)


@dataclass(frozen=True, kw_only=True)
class GPT2Config:
    """Names and defaults as in Hugging Face's GPT-2 `config.json`."""

    vocab_size: _Size = 50257
    n_positions: _Size = 1024
    """Longest text, in tokens."""
    n_embd: _Size = 768
    """Width d of the states."""
    n_layer: Annotated[int, Meta(ge=1, le=1000)] = 12
    n_head: _Size = 12
    n_inner: _Size | None = None
    """Width inside the MLP; None is 4 d."""
    activation_function: Activation = "gelu_new"
    layer_norm_epsilon: Annotated[float, Meta(gt=0, le=1)] = 1e-5
    scale_attn_by_inverse_layer_idx: bool = False
    tie_word_embeddings: bool = True

    @property
    def inner(self) -> int:
        """Width inside the MLP."""
        return self.n_inner if self.n_inner is not None else 4 * self.n_embd

    @property
    def head_width(self) -> int:
        """Width of one attention head."""
        return self.n_embd // self.n_head


@dataclass(frozen=True, kw_only=True)
class GenerationConfig:
    """The tokens at which generation starts and stops."""

    bos_token_id: _TokenId | None = None
    """The first token where the prompt is empty."""
    eos_token_id: _TokenId | list[_TokenId] | None = None

    @property
    def stop_ids(self) -> frozenset[int]:
        """Tokens that end a text."""
        ids = self.eos_token_id if isinstance(self.eos_token_id, list) else [self.eos_token_id]
        return frozenset(token for token in ids if token is not None)


def read_config(folder: Path) -> GPT2Config:
    """The shape of the base model in a folder.

    Raises:
        ModelError: there is no `config.json`, or it is not of a GPT-2 that can be run here.
    """
    path = folder / CONFIG
    values = read_settings(path)
    if (kind := values.get("model_type")) != "gpt2":
        raise ModelError(f"{path}: model_type is {kind!r:.80}, not 'gpt2'", "give a GPT-2 model")
    _refuse(path, values, _REQUIRED_OF_MODEL)
    config = _decode(GPT2Config, values | {_ALIASES[name]: values[name] for name in _ALIASES if name in values}, path)
    if config.n_embd % config.n_head:
        raise ModelError(f"{path}: n_embd {config.n_embd} is no multiple of n_head {config.n_head}", _OTHER)
    return config


def read_generation_config(folder: Path) -> GenerationConfig:
    """The generation settings in a folder: `generation_config.json`, or `config.json` where there is none.

    Raises:
        ModelError: the file can't be read, or has a setting that changes the text and is not supported.
    """
    path = folder / (GENERATION_CONFIG if (folder / GENERATION_CONFIG).exists() else CONFIG)
    values = read_settings(path)
    _refuse(path, values, _REQUIRED_OF_GENERATION)
    return _decode(GenerationConfig, values, path)


def read_settings(path: Path, missing_hint: str = _LAYOUT) -> dict[str, Any]:
    """The object in a JSON file of a model.

    Raises:
        ModelError: it is missing, or no JSON object.
    """
    try:
        values = read_json(path)
    except FileNotFoundError as error:
        raise ModelError(f"{path} is missing", missing_hint) from error
    except (OSError, ValueError) as error:
        raise ModelError(f"{path} can't be read: {error}", _COPY) from error
    if not isinstance(values, dict):
        raise ModelError(f"{path} is not an object: {values!r:.80}", _COPY)
    return values


def _refuse(path: Path, values: dict[str, Any], supported: dict[str, Any]) -> None:
    for name, required in supported.items():
        if (value := values.get(name)) not in (None, required, []):
            raise ModelError(f"{path}: {name} = {value!r:.80} is not supported, only {required!r}", _OTHER)


def _decode(kind: type[Settings], values: dict[str, Any], path: Path) -> Settings:
    names = [field.name for field in fields(kind)]  # type: ignore[arg-type] # a dataclass
    try:
        return convert({name: values[name] for name in names if name in values}, kind)
    except ValueError as error:
        raise ModelError(f"{path}: {error}", _OTHER) from error
