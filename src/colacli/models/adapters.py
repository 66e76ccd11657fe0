"""LoRA adapters in PEFT's format, those of colacli and those of PEFT."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

import torch
from torch import Tensor
from torch.nn import Parameter

from colacli.config import Lora
from colacli.errors import ModelError, UsageError
from colacli.models.adapter_config import ADAPTER_CONFIG, ADAPTER_WEIGHTS, SAVE_AGAIN, read_adapter_config
from colacli.models.base import Base, refuse_pickles
from colacli.models.config import GPT2Config
from colacli.models.gpt2 import Classifier, LanguageModel
from colacli.models.lora import HEAD, LoraConv1D, add_lora, count, trained
from colacli.models.tensors import Entry, read_header, read_tensors, write_tensors
from colacli.models.weights import finite, load_language_model, some
from colacli.parameters import ParameterCounts

_OTHER_TASK = "give an adapter for sequence classification (task_type SEQ_CLS) with two labels"
_OTHER_BASE = "give the base model that the adapter was trained on"
_HEAD_WEIGHT = f"{HEAD}.weight"
_PEFT_PREFIX = "base_model.model."
# With bias "all" PEFT stores the biases of fully trained modules twice more, under its wrapper's own names.
_PEFT_COPIES = re.compile(r"\.(original_module|modules_to_save)\.")
Content = TypeVar("Content")


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
    tensors = finite(_by_module(read_tensors(weights)), weights)
    _check(model.transformer.config, tensors, config, weights)
    add_lora(model, *read_adapter_config(config))
    with torch.no_grad():
        for name, parameter in trained(model).items():
            parameter.copy_(tensors[name])


def check_adapter(base: GPT2Config, config: Path, weights: Path) -> ParameterCounts:
    """Check an adapter's config and the header of its weights against its base model; the parameters of both.

    Raises:
        ModelError: as `load_adapter`.
    """
    if not weights.is_file():
        refuse_pickles(weights.parent)
    return _check(base, _by_module(read_header(weights)), config, weights)


def _check(base: GPT2Config, tensors: Mapping[str, Tensor | Entry], config: Path, weights: Path) -> ParameterCounts:
    lora, dropout = read_adapter_config(config)
    with torch.device("meta"):  # nothing is allocated for a config until the weights have its shapes
        skeleton = Classifier(base)
    try:
        add_lora(skeleton, lora, dropout)
    except UsageError as error:  # the options come from the file, not from the user
        message = error.message.replace("--targets", "target_modules").replace("--unfreeze", "modules_to_save")
        raise ModelError(f"{config} doesn't fit the base model: {message}", _OTHER_BASE) from error
    _check_shapes(tensors, trained(skeleton), config, weights)
    return count(skeleton)


def _by_module(tensors: Mapping[str, Content]) -> dict[str, Content]:
    """Tensors, or their entries, by our names."""
    return {
        name.removeprefix(_PEFT_PREFIX): tensor for name, tensor in tensors.items() if not _PEFT_COPIES.search(name)
    }


def _check_shapes(
    tensors: Mapping[str, Tensor | Entry], expected: dict[str, Parameter], config: Path, weights: Path
) -> None:
    """Check that an adapter's weights have the names and shapes that follow from its config and the base model."""
    head = tensors.get(_HEAD_WEIGHT)
    if head is None:
        raise ModelError(f"{weights} has no {_HEAD_WEIGHT}: it is no sequence classifier's adapter", _OTHER_TASK)
    if len(head.shape) == 2 and head.shape[0] != 2:
        raise ModelError(f"{weights}: the adapter is for {head.shape[0]} labels, not two", _OTHER_TASK)
    if difference := sorted(tensors.keys() ^ expected.keys()):
        raise ModelError(f"{weights} and {config.name} disagree about {some(difference)}", SAVE_AGAIN)
    for name, parameter in expected.items():
        if parameter.shape != tensors[name].shape:
            raise ModelError(
                f"{weights}: {name} has shape {tuple(tensors[name].shape)}, "
                f"the base model needs {tuple(parameter.shape)}",
                _OTHER_BASE,
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
