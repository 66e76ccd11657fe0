"""LoRA adapters in PEFT's format, those of colacli and those of PEFT."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Annotated, Literal

import torch
from msgspec import Meta, Struct
from torch import Tensor
from torch.nn import Parameter

from colacli.config import Lora
from colacli.errors import ModelError, UsageError
from colacli.models.base import Base, refuse_pickles
from colacli.models.config import read_settings
from colacli.models.gpt2 import Classifier, LanguageModel
from colacli.models.lora import HEAD, LoraConv1D, add_lora, trained
from colacli.models.tensors import read_tensors, write_tensors
from colacli.models.weights import finite, load_language_model, some
from colacli.store.reading import convert

ADAPTER_CONFIG = "adapter_config.json"
ADAPTER_WEIGHTS = "adapter_model.safetensors"

_SAVE_AGAIN = "save the adapter again with PEFT"
_PLAIN_HINT = "train the adapter without it, or merge it into its base with PEFT first"
_PEFT_PREFIX = "base_model.model."
# With bias "all" PEFT stores the biases of fully trained modules twice more, under its wrapper's own names.
_PEFT_COPIES = re.compile(r"\.(original_module|modules_to_save)\.")
_HEADS = {HEAD, "classifier"}  # PEFT names both for a sequence classifier, whichever the model has

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
    lora_alpha: float
    target_modules: list[str]
    lora_dropout: Annotated[float, Meta(ge=0, lt=1)] = 0.0
    use_rslora: bool | None = None
    # Others (PiSSA, OLoRA, CorDA, LoftQ) change the base's weights too.
    init_lora_weights: bool | Literal["gaussian", "orthogonal", "eva"] = True
    bias: Literal["none", "lora_only", "all"] = "none"
    modules_to_save: list[str] | None = None


def save_adapter(folder: Path, model: Classifier, lora: Lora, *, dropout: float, base: str) -> None:
    """Write the trained parameters as a PEFT adapter: `adapter_config.json`, `adapter_model.safetensors`.

    Args:
        folder: an existing folder.
        model: after `add_lora` with the same `lora`.
        lora: its options.
        dropout: the adapter's dropout, for further training.
        base: the base model's repository on the hub, or its weights' digest.
    """
    document = {
        "peft_type": "LORA",
        "task_type": "SEQ_CLS",
        "base_model_name_or_path": base,
        "r": lora.rank,
        "lora_alpha": lora.rank if lora.alpha is None else lora.alpha,
        "lora_dropout": dropout,
        "target_modules": list(lora.targets),
        "bias": lora.bias,
        "modules_to_save": list(dict.fromkeys([*lora.unfreeze, HEAD])),
        "fan_in_fan_out": True,  # GPT-2 stores its projections (in, out)
        "inference_mode": True,
    }
    (folder / ADAPTER_CONFIG).write_text(json.dumps(document, indent=2, sort_keys=True) + "\n")
    tensors = {f"{_PEFT_PREFIX}{name}": parameter for name, parameter in trained(model).items()}
    write_tensors(folder / ADAPTER_WEIGHTS, tensors)  # type: ignore[arg-type] # a Parameter is a Tensor


def load_adapter(model: Classifier, config: Path, weights: Path) -> None:
    """Add a PEFT adapter, of colacli or of PEFT, to a base model, with its head.

    Args:
        model: the base that it was trained on, in fp32.
        config: its `adapter_config.json`.
        weights: its `adapter_model.safetensors`.

    Raises:
        ModelError: the adapter is of a variant that is not supported, or doesn't fit the model.
    """
    if not weights.is_file():
        refuse_pickles(weights.parent)
    lora, dropout = read_adapter_config(config)
    tensors = {
        name.removeprefix(_PEFT_PREFIX): tensor
        for name, tensor in read_tensors(weights).items()
        if not _PEFT_COPIES.search(name)
    }
    tensors = finite(tensors, weights)
    with torch.device("meta"):  # nothing is allocated for a config until the weights have its shapes
        skeleton = Classifier(model.transformer.config)
    try:
        add_lora(skeleton, lora, dropout)
    except UsageError as error:  # the options come from the file, not from the user
        raise ModelError(f"{config} doesn't fit the base model: {error.message}", error.hint) from error
    _check_shapes(tensors, trained(skeleton), config, weights)
    add_lora(model, lora, dropout)
    with torch.no_grad():
        for name, parameter in trained(model).items():
            parameter.copy_(tensors[name])


def _check_shapes(tensors: dict[str, Tensor], expected: dict[str, Parameter], config: Path, weights: Path) -> None:
    """Check that an adapter's weights have the names and shapes that follow from its config and the base model."""
    if difference := sorted(tensors.keys() ^ expected.keys()):
        raise ModelError(f"{weights} and {config.name} disagree about {some(difference)}", _SAVE_AGAIN)
    for name, parameter in expected.items():
        if parameter.shape != tensors[name].shape:
            raise ModelError(
                f"{weights}: {name} has shape {tuple(tensors[name].shape)}, "
                f"the base model needs {tuple(parameter.shape)}",
                "give the base model that the adapter was trained on",
            )


def load_adapted_language_model(base: Base, config: Path, weights: Path) -> LanguageModel:
    """A language model with an adapter merged into its weights; the adapter's head is dropped.

    Raises:
        ModelError: as `load_language_model` and `load_adapter`.
    """
    model = load_language_model(base)
    with torch.device("meta"):
        classifier = Classifier(base.config)
    classifier.transformer = model.transformer
    classifier.score.to_empty(device="cpu")
    load_adapter(classifier, config, weights)
    merge_adapters(classifier)
    return model


def merge_adapters(model: Classifier) -> None:
    """Add every adapter to its weight, in fp32, and take it out of the model."""
    for name, adapted in [*model.named_modules()]:
        if isinstance(adapted, LoraConv1D):
            adapted.base_layer.weight.data = adapted.merged_weight()
            model.set_submodule(name, adapted.base_layer)


def read_adapter_config(path: Path) -> tuple[Lora, float]:
    """LoRA's options and dropout, from PEFT's `adapter_config.json`.

    Raises:
        ModelError: it is missing, or uses a variant of LoRA that is not supported.
    """
    values = read_settings(path, _SAVE_AGAIN)
    supported = {*_AdapterConfig.__struct_fields__, *_NO_EFFECT}
    if variants := sorted(name for name, value in values.items() if value and name not in supported):
        raise ModelError(f"{path}: only plain LoRA is supported, not {', '.join(variants)}", _PLAIN_HINT)
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
        raise ModelError(f"{path} is not an adapter's config: {error.message}", _SAVE_AGAIN) from error
    except ValueError as error:
        raise ModelError(f"{path} is not the config of a plain LoRA adapter: {error}", _PLAIN_HINT) from error
    return lora, config.lora_dropout
