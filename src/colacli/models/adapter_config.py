"""The config of LoRA adapters in PEFT's format; no torch."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from msgspec import Meta, Struct

from colacli.config import Lora
from colacli.errors import ModelError, UsageError
from colacli.models.config import read_settings
from colacli.store.reading import convert

ADAPTER_CONFIG = "adapter_config.json"
ADAPTER_WEIGHTS = "adapter_model.safetensors"
SAVE_AGAIN = "save the adapter again with PEFT"

_PLAIN_HINT = "train the adapter without it, or merge it into its base with PEFT first"
_REGEX_HINT = "write a list of the projections' names in its place, such as h.0.attn.c_attn: it is the same adapter"
_TASK = "SEQ_CLS"
_HEADS = {"score", "classifier"}  # PEFT names both for a sequence classifier, whichever the model has

# What else an adapter's config may have without changing plain LoRA; every other setting must be off.
_NO_EFFECT = frozenset(
    """
    task_type base_model_name_or_path revision inference_mode auto_mapping peft_version fan_in_fan_out megatron_core
    qalora_group_size
    """.split()  # noqa: SIM905 - two lines of names read better than nine
)


class _AdapterConfig(Struct):
    """`adapter_config.json` of a plain LoRA adapter."""

    peft_type: Literal["LORA"]
    r: Annotated[int, Meta(ge=1, le=65_536)]
    lora_alpha: Annotated[float, Meta(gt=0)]
    target_modules: list[str]
    lora_dropout: Annotated[float, Meta(ge=0, lt=1)] = 0.0
    use_rslora: bool | None = None
    # Others (PiSSA, OLoRA, CorDA, LoftQ) change the base's weights too.
    init_lora_weights: bool | Literal["gaussian", "orthogonal", "eva"] = True
    bias: Literal["none", "lora_only", "all"] = "none"
    modules_to_save: list[str] | None = None


def read_adapter_config(path: Path) -> tuple[Lora, float]:
    """LoRA's options and dropout, from PEFT's `adapter_config.json`.

    Raises:
        ModelError: it is missing, of another task, or of a variant of LoRA that is not supported.
    """
    values = read_settings(path, SAVE_AGAIN)
    if (task := values.get("task_type")) not in (None, _TASK):
        hint = f"give an adapter for sequence classification, with task_type {_TASK} and two labels"
        raise ModelError(f"{path}: task_type is {task!r:.80}: an adapter for another task", hint)
    supported = {*_AdapterConfig.__struct_fields__, *_NO_EFFECT}
    if variants := sorted(name for name, value in values.items() if name not in supported and not _is_off(value)):
        raise ModelError(f"{path}: only plain LoRA is supported, not {', '.join(variants)}", _PLAIN_HINT)
    if isinstance(targets := values.get("target_modules"), str):
        raise ModelError(f"{path}: target_modules is a regular expression, {targets!r:.80}", _REGEX_HINT)
    try:
        config = convert(values, _AdapterConfig)
        lora = Lora(
            rank=config.r,
            # rsLoRA divides by the root of r instead
            alpha=config.lora_alpha * (config.r**0.5 if config.use_rslora else 1.0),
            targets=tuple(sorted(config.target_modules)),
            bias=config.bias,
            unfreeze=tuple(name for name in config.modules_to_save or () if name not in _HEADS),
        )
    except UsageError as error:
        raise ModelError(f"{path} is not an adapter's config: {error.message}", SAVE_AGAIN) from error
    except ValueError as error:
        raise ModelError(f"{path} is not the config of a plain LoRA adapter: {error}", _PLAIN_HINT) from error
    return lora, config.lora_dropout


def _is_off(value: object) -> bool:
    """Whether a setting says nothing; 0 does: the first layer."""
    return value is None or value is False or value in ("", [], {})


def named_base(path: Path) -> str | None:
    """The base model that an adapter's config says it was trained on: a name, or a folder; None where it says none.

    Raises:
        ModelError: the config is missing, or no JSON object.
    """
    name = read_settings(path, SAVE_AGAIN).get("base_model_name_or_path")
    return name if name and isinstance(name, str) else None
