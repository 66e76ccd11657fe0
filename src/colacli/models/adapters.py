"""LoRA adapters in PEFT's layout, ours and those that PEFT made."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn import Parameter

from colacli.config import Lora
from colacli.errors import ModelError, UsageError
from colacli.models.base import Base
from colacli.models.gpt2 import Classifier, LanguageModel
from colacli.models.layout import refuse_pickles
from colacli.models.lora import HEAD, LoraConv1D, add_lora, trained
from colacli.models.tensors import read_tensors, write_tensors
from colacli.models.weights import finite, load_language_model, some
from colacli.store.reading import read_json

ADAPTER_CONFIG = "adapter_config.json"
ADAPTER_WEIGHTS = "adapter_model.safetensors"

_AGAIN = "save the adapter again with PEFT"
_PEFT_PREFIX = "base_model.model."
# With bias "all" PEFT stores the biases of fully trained modules two times more, under its wrapper's own names.
_PEFT_COPIES = re.compile(r"\.(original_module|modules_to_save)\.")
_HEADS = {HEAD, "classifier"}  # PEFT names both for a sequence classifier, whichever the model has

# What an adapter's config may say without changing the numbers of plain LoRA; everything else must be off.
_PLAIN = frozenset(
    """
    peft_type task_type base_model_name_or_path revision inference_mode auto_mapping peft_version
    r lora_alpha lora_dropout use_rslora init_lora_weights bias fan_in_fan_out
    target_modules modules_to_save megatron_core qalora_group_size
    """.split()  # noqa: SIM905 - four lines of names read better than nineteen
)
# Others (PiSSA, OLoRA, CorDA, LoftQ) change the base's weights too.
_PLAIN_STARTS = (True, False, "gaussian", "orthogonal", "eva")
_BIASES = ("none", "lora_only", "all")


def save_adapter(folder: Path, model: Classifier, lora: Lora, *, dropout: float, base: str) -> None:
    """Write what was trained as a PEFT adapter: `adapter_config.json`, `adapter_model.safetensors`.

    Args:
        folder: an existing folder.
        model: after `add_lora` with the same `lora`.
        lora: how it was adapted.
        dropout: the adapter's dropout, for who goes on training it.
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
    """Put a PEFT adapter, ours or one made by PEFT, on a base model, head included.

    Args:
        model: the base it was made on, in fp32.
        config: its `adapter_config.json`.
        weights: its `adapter_model.safetensors`.

    Raises:
        ModelError: it is an adapter of a kind that is not supported, or it doesn't fit the model.
    """
    if not weights.is_file():
        refuse_pickles(weights.parent)
    lora, dropout = read_adapter_config(config)
    tensors = {
        name.removeprefix(_PEFT_PREFIX): tensor
        for name, tensor in read_tensors(weights).items()
        if not _PEFT_COPIES.search(name)
    }
    named = finite(tensors, weights)
    with torch.device("meta"):  # a config may ask for more than there is; nothing is allocated until weights fit it
        skeleton = Classifier(model.transformer.config)
    try:
        add_lora(skeleton, lora, dropout)
    except UsageError as error:  # its options are a file's, not the user's
        raise ModelError(f"{config} doesn't fit the base model: {error.message}", error.hint) from error
    _check_fit(named, trained(skeleton), config, weights)
    add_lora(model, lora, dropout)
    with torch.no_grad():
        for name, parameter in trained(model).items():
            parameter.copy_(named[name])


def _check_fit(named: dict[str, Tensor], wanted: dict[str, Parameter], config: Path, weights: Path) -> None:
    """See that an adapter's weights are those that its config and the base model speak of, name by name.

    Raises:
        ModelError: they are not.
    """
    if set(named) != set(wanted):
        difference = sorted(set(named) ^ set(wanted))
        raise ModelError(f"{weights} and {config.name} disagree about {some(difference)}", _AGAIN)
    for name, parameter in wanted.items():
        if parameter.shape != named[name].shape:
            raise ModelError(
                f"{weights}: {name} has shape {tuple(named[name].shape)}, "
                f"the base model needs {tuple(parameter.shape)}",
                "give the base model the adapter was made on",
            )


def load_adapted_language_model(base: Base, config: Path, weights: Path) -> LanguageModel:
    """A base model with an adapter merged into its weights, ready to continue text; the adapter's head is left out.

    Raises:
        ModelError: as `load_language_model` and `load_adapter`.
    """
    model = load_language_model(base)
    with torch.device("meta"):
        tuned = Classifier(base.config)
    tuned.transformer = model.transformer
    tuned.score.to_empty(device="cpu")
    load_adapter(tuned, config, weights)
    for name, adapted in [*tuned.named_modules()]:
        if isinstance(adapted, LoraConv1D):
            adapted.base_layer.weight.data = adapted.merged_weight()
            tuned.set_submodule(name, adapted.base_layer)
    return model


def read_adapter_config(path: Path) -> tuple[Lora, float]:
    """What an adapter trains, and its dropout, from PEFT's `adapter_config.json`.

    Raises:
        ModelError: it is missing, or uses a variant of LoRA that is not supported.
    """
    try:
        values: dict[str, Any] = read_json(path)
        _check_plain(values, path)
        rank = int(values["r"])
        scale = rank**0.5 if values.get("use_rslora") else 1.0  # rsLoRA divides by the root of r instead
        return Lora(
            rank=rank,
            alpha=float(values["lora_alpha"]) * scale,
            targets=tuple(sorted(values["target_modules"])),
            bias=values.get("bias", "none"),
            unfreeze=tuple(name for name in values.get("modules_to_save") or () if name not in _HEADS),
        ), float(values.get("lora_dropout", 0.0))
    except UsageError as error:
        raise ModelError(f"{path} is not an adapter's config: {error.message}", _AGAIN) from error
    except (OSError, ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
        raise ModelError(f"{path} is not a PEFT adapter's config: {error!r}", _AGAIN) from error


def _check_plain(values: dict[str, Any], path: Path) -> None:
    """Refuse variants of LoRA, whose numbers would be others than ours."""
    odd = sorted(name for name, value in values.items() if name not in _PLAIN and value)
    if values["peft_type"] != "LORA" or not isinstance(values["target_modules"], list):
        odd += ["peft_type or target_modules"]
    if values.get("init_lora_weights", True) not in _PLAIN_STARTS:
        odd += [f"init_lora_weights {values['init_lora_weights']!r}"]
    if values.get("bias", "none") not in _BIASES:
        odd += [f"bias {values['bias']!r}"]
    if not 0 <= float(values.get("lora_dropout", 0.0)) < 1:
        odd += [f"lora_dropout {values['lora_dropout']!r}"]
    if odd:
        message = f"{path}: only plain LoRA with a list of target modules is supported, not {', '.join(odd)}"
        raise ModelError(message, "train the adapter without it, or merge it into its base with PEFT first")
