"""Models from files and back: base models and adapters in Hugging Face's and PEFT's layouts, students in ours."""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, TypeVar

import torch

from colacli.config import Lora
from colacli.errors import IntegrityError, ModelError
from colacli.models.config import GPT2Config, read_config
from colacli.models.gpt2 import Classifier, LanguageModel
from colacli.models.layout import weight_files
from colacli.models.lora import HEAD, add_lora, merge, trained
from colacli.models.student import RecurrentClassifier, StudentShape
from colacli.models.tensors import read_tensors, write_tensors

if TYPE_CHECKING:
    from pathlib import Path

    from torch import Tensor, nn

ADAPTER_CONFIG = "adapter_config.json"
ADAPTER_WEIGHTS = "adapter_model.safetensors"
STUDENT_CONFIG = "student.json"
STUDENT_WEIGHTS = "model.safetensors"

_PEFT_PREFIX = "base_model.model."
_HEADS = {HEAD, "classifier"}  # PEFT names both for a sequence classifier, whichever the model has
# Old checkpoints carry the causal mask as a buffer; `score` is a classification head, which is trained anew.
_NOT_WEIGHTS = re.compile(r"h\.\d+\.attn\.(bias|masked_bias)|score\.weight|lm_head\.weight")

Loaded = TypeVar("Loaded", LanguageModel, Classifier)


def load_language_model(folder: Path) -> LanguageModel:
    """A base model in fp32, ready to continue text.

    Raises:
        ModelError: the folder is not a GPT-2 that can be read here, or a tensor is missing or misshapen.
    """
    return _load(LanguageModel, folder)


def load_classifier(folder: Path) -> Classifier:
    """A base model in fp32 with a new head: normal, standard deviation 0.02, from torch's generator."""
    model = _load(Classifier, folder)
    torch.nn.init.normal_(model.score.weight, std=0.02)
    return model


def load_embedding(folder: Path) -> Tensor:
    """A base model's token embeddings (vocabulary, d) in fp32."""
    return _body(folder)[0]["wte.weight"].float()


def _load(kind: type[Loaded], folder: Path) -> Loaded:
    config = read_config(folder)
    with torch.device("meta"):
        model = kind(config)
    body, head = _body(folder)
    _fill(model.transformer, body, folder)
    if isinstance(model, LanguageModel):
        _fill_head(model, config, head, folder)
    else:
        model.score.to_empty(device="cpu")
    return model


def _body(folder: Path) -> tuple[dict[str, Tensor], Tensor | None]:
    """The body's tensors by their bare names, and the head of an untied checkpoint."""
    tensors: dict[str, Tensor] = {}
    for path in weight_files(folder):
        tensors |= read_tensors(path)
    bare = {name.removeprefix("transformer."): tensor for name, tensor in tensors.items()}
    return {name: tensor for name, tensor in bare.items() if not _NOT_WEIGHTS.fullmatch(name)}, bare.get(
        "lm_head.weight"
    )


def _fill(module: nn.Module, tensors: dict[str, Tensor], where: Path) -> None:
    """Give every parameter of a module on the meta device its tensor.

    Raises:
        ModelError: names or shapes don't agree.
    """
    wanted = {name: tuple(parameter.shape) for name, parameter in module.named_parameters()}
    if missing := sorted(set(wanted) - set(tensors)):
        raise ModelError(f"{where} lacks {_some(missing)}", "the weights don't belong to its config.json")
    if unknown := sorted(set(tensors) - set(wanted)):
        raise ModelError(f"{where} holds {_some(unknown)}, which its config.json has no place for")
    for name, shape in wanted.items():
        if tuple(tensors[name].shape) != shape:
            raise ModelError(f"{where}: {name} has shape {tuple(tensors[name].shape)}, its config.json says {shape}")
    module.load_state_dict({name: tensor.float() for name, tensor in tensors.items()}, assign=True)


def _some(names: list[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def _fill_head(model: LanguageModel, config: GPT2Config, head: Tensor | None, folder: Path) -> None:
    if config.tie_word_embeddings or head is None:
        model.lm_head.weight = model.transformer.wte.weight
        return
    _fill(model.lm_head, {"weight": head}, folder)


def save_adapter(folder: Path, model: Classifier, lora: Lora, *, dropout: float, base: str) -> None:
    """Write what was trained as a PEFT adapter: `adapter_config.json`, `adapter_model.safetensors`.

    Args:
        folder: an existing folder.
        model: after `add_lora` with the same `lora`.
        lora: how it was adapted.
        dropout: the adapter's dropout, for who goes on training it.
        base: name by which `transformers` may find the base model.
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
        "modules_to_save": [*lora.unfreeze, HEAD],
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
    lora, dropout = read_adapter_config(config)
    add_lora(model, lora, dropout)
    tensors = read_tensors(weights)
    named = {name.removeprefix(_PEFT_PREFIX): tensor for name, tensor in tensors.items()}
    wanted = trained(model)
    if set(named) != set(wanted):
        difference = sorted(set(named) ^ set(wanted))
        raise ModelError(f"{weights} and {config.name} disagree about {_some(difference)}")
    with torch.no_grad():
        for name, parameter in wanted.items():
            if parameter.shape != named[name].shape:
                raise ModelError(
                    f"{weights}: {name} has shape {tuple(named[name].shape)}, "
                    f"the base model needs {tuple(parameter.shape)}",
                    "give the base model the adapter was made on",
                )
            parameter.copy_(named[name])


def load_adapted_language_model(folder: Path, config: Path, weights: Path) -> LanguageModel:
    """A base model with an adapter merged into its weights, ready to continue text; the adapter's head is left out.

    Raises:
        ModelError: as `load_language_model` and `load_adapter`.
    """
    tuned = load_classifier(folder)
    load_adapter(tuned, config, weights)
    merge(tuned)
    model = load_language_model(folder)
    merged = {name.replace(".base_layer.", "."): tensor for name, tensor in tuned.transformer.state_dict().items()}
    wanted = model.transformer.state_dict()
    model.transformer.load_state_dict({name: merged[name] for name in wanted})
    return model


def read_adapter_config(path: Path) -> tuple[Lora, float]:
    """What an adapter trains, and its dropout, from PEFT's `adapter_config.json`.

    Raises:
        ModelError: it is missing, or uses a variant of LoRA that is not supported.
    """
    try:
        values: dict[str, Any] = json.loads(path.read_bytes())
        wrong = [name for name in ("use_dora", "rank_pattern", "alpha_pattern", "exclude_modules") if values.get(name)]
        targets = values["target_modules"]
        if values["peft_type"] != "LORA" or not isinstance(targets, list) or wrong:
            raise ModelError(f"{path}: only plain LoRA with a list of target modules is supported, not {wrong}")
        rank = int(values["r"])
        scale = rank**0.5 if values.get("use_rslora") else 1.0  # rsLoRA divides by the root of r instead
        return Lora(
            rank=rank,
            alpha=float(values["lora_alpha"]) * scale,
            targets=tuple(sorted(targets)),
            bias=values.get("bias", "none"),
            unfreeze=tuple(name for name in values.get("modules_to_save") or () if name not in _HEADS),
        ), float(values.get("lora_dropout", 0.0))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(f"{path} is not a PEFT adapter's config: {error!r}") from error


def save_student(folder: Path, model: RecurrentClassifier, shape: StudentShape) -> None:
    """Write `student.json` and `model.safetensors`."""
    (folder / STUDENT_CONFIG).write_text(json.dumps(asdict(shape), indent=2, sort_keys=True) + "\n")
    write_tensors(folder / STUDENT_WEIGHTS, model.state_dict())


def load_student(config: Path, weights: Path) -> RecurrentClassifier:
    """A student from its two files.

    Raises:
        IntegrityError: they are damaged or don't fit each other.
    """
    try:
        model = RecurrentClassifier(StudentShape(**json.loads(config.read_bytes())))
        model.load_state_dict(read_tensors(weights))
    except (ValueError, TypeError, KeyError, RuntimeError) as error:
        raise IntegrityError(f"{config.parent} is not a student: {error}") from error
    return model
