"""The shape of a GPT-2, as its `config.json` says it."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from colacli.errors import ModelError
from colacli.store.reading import read_json

if TYPE_CHECKING:
    from pathlib import Path

ACTIVATIONS = ("gelu_new", "gelu_pytorch_tanh", "gelu", "relu", "silu")

_OTHER = "give another GPT-2, or check that config.json belongs to these weights"

# What our module doesn't do. Each changes the numbers, so it is refused, not ignored.
_UNSUPPORTED = {"add_cross_attention": False, "scale_attn_weights": True}


@dataclass(frozen=True, kw_only=True)
class GPT2Config:
    """Names and defaults as in Hugging Face's GPT-2 `config.json`."""

    vocab_size: int = 50257
    n_positions: int = 1024
    """Longest text in tokens."""
    n_embd: int = 768
    """Width d of the states."""
    n_layer: int = 12
    n_head: int = 12
    n_inner: int | None = None
    """Width inside the MLP; None is 4 d."""
    activation_function: str = "gelu_new"
    layer_norm_epsilon: float = 1e-5
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


def read_config(folder: Path) -> GPT2Config:
    """The shape of the base model in a folder.

    Raises:
        ModelError: there is no `config.json`, or it is not of a GPT-2 that can be run here.
    """
    path = folder / "config.json"
    try:
        values = read_json(path)
    except FileNotFoundError as error:
        hint = "give a folder in the Hugging Face GPT-2 layout: config.json, model.safetensors, tokenizer files"
        raise ModelError(f"{path} is missing", hint) from error
    except (OSError, ValueError) as error:
        raise ModelError(f"{path} can't be read: {error}", "copy it again from where the model came from") from error
    if not isinstance(values, dict) or values.get("model_type") != "gpt2":
        kind = values.get("model_type") if isinstance(values, dict) else values
        raise ModelError(f"{path} says model_type {kind!r}, not 'gpt2'", "give a GPT-2 model")
    return _checked(values, path)


def _checked(values: dict[str, Any], path: Path) -> GPT2Config:
    for name, only in _UNSUPPORTED.items():
        if values.get(name, only) != only:
            raise ModelError(f"{path}: {name} = {values[name]!r} is not supported, only {only!r}", _OTHER)
    known = {one.name: values[one.name] for one in fields(GPT2Config) if one.name in values}
    config = GPT2Config(**known)
    sizes = (
        config.vocab_size,
        config.n_positions,
        config.n_embd,
        config.n_layer,
        config.n_head,
        config.inner,
    )
    if not all(isinstance(size, int) and size > 0 for size in sizes) or config.n_embd % config.n_head:
        raise ModelError(f"{path}: sizes must be positive and n_embd a multiple of n_head: {config}", _OTHER)
    if not isinstance(config.layer_norm_epsilon, float) or config.n_layer > 1000:
        raise ModelError(f"{path}: layer_norm_epsilon must be a number, and n_layer at most 1000: {config}", _OTHER)
    if config.activation_function not in ACTIVATIONS:
        known_names = ", ".join(ACTIVATIONS)
        raise ModelError(f"{path}: activation {config.activation_function!r} is not one of {known_names}", _OTHER)
    return config
