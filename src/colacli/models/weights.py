"""Loading and saving models: base models in Hugging Face's format, students in colacli's."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import TypeVar

import torch
from torch import Tensor, nn

from colacli.errors import IntegrityError, ModelError
from colacli.models.base import Base
from colacli.models.gpt2 import GPT2, Classifier, LanguageModel
from colacli.models.student import RecurrentClassifier
from colacli.models.student_shape import StudentShape
from colacli.models.tensors import Entry, read_header, read_tensors, write_tensors
from colacli.store.reading import decode, read_bounded

STUDENT_CONFIG = "student.json"
STUDENT_WEIGHTS = "model.safetensors"

# Old checkpoints carry the causal mask as a buffer; the others are heads of `transformers`' classes for other tasks.
_NOT_WEIGHTS = re.compile(
    r"h\.\d+\.attn\.(bias|masked_bias)|(score|classifier|qa_outputs|multiple_choice_head\.summary)\.(weight|bias)"
)
_HEAD = "lm_head.weight"
_REAL = ("F64", "F32", "F16", "BF16")
_MISMATCH = "give weights and a config.json that belong together"

Loaded = TypeVar("Loaded", LanguageModel, Classifier)


def load_language_model(base: Base) -> LanguageModel:
    """A base model in fp32 as a language model.

    Raises:
        ModelError: a tensor is missing, has another shape, or is not finite and real.
        IntegrityError: the weights are damaged, or have changed since the base was found.
    """
    return _load(LanguageModel, base)


def load_classifier(base: Base) -> Classifier:
    """A base model in fp32 with a new head: normal, standard deviation 0.02, from torch's generator."""
    model = _load(Classifier, base)
    torch.nn.init.normal_(model.score.weight, std=0.02)
    return model


def load_embedding(base: Base) -> Tensor:
    """A base model's token embeddings (vocabulary, d) in fp32.

    Raises:
        ModelError: as `load_language_model`.
        IntegrityError: as `load_language_model`.
    """
    check_weights(base)
    tensors = _tensors(base, {"wte.weight"})
    return finite(tensors, base.folder)["wte.weight"]


def factorised(embedding: Tensor, rank: int) -> tuple[Tensor, Tensor]:
    """The best approximation of an embedding by a product of this rank (Eckart and Young 1936).

    It is the truncated singular value decomposition; the right singular vectors are the eigenvectors of the small
    matrix E^T E. Each vector's largest component is made positive, which fixes its sign.

    Args:
        embedding: (vocabulary, d).
        rank: r, at most d.

    Returns:
        Coordinates (vocabulary, r), and the projection (d, r) to the embedding's width.
    """
    e = embedding.double()
    _, vectors = torch.linalg.eigh(e.T @ e)  # eigenvalues ascend
    projection = vectors[:, -rank:].flip(1)  # (d, r)
    largest = projection.gather(0, projection.abs().argmax(dim=0, keepdim=True))
    projection = projection * largest.sign()
    return (e @ projection).float(), projection.float()


def check_weights(base: Base) -> None:
    """Check the headers of a base model's files against its config, without reading weights.

    So nothing is allocated for a config larger than the weights.

    Raises:
        ModelError: a tensor is missing, repeated, unexpected, of another shape, or not of real numbers.
        IntegrityError: a file is damaged.
    """
    entries: dict[str, Entry] = {}
    for file in base.weights:
        for name, entry in read_header(base.folder / file).items():
            if (bare := _bare(name)) in entries:
                raise ModelError(f"{base.folder / file} holds {bare} again, as {name}", _MISMATCH)
            entries[bare] = entry
    weights = {name: entry for name, entry in entries.items() if not _NOT_WEIGHTS.fullmatch(name)}
    if others := sorted(name for name, entry in weights.items() if entry.dtype not in _REAL):
        types = ", ".join(sorted({weights[name].dtype for name in others}))
        raise ModelError(f"{base.folder}: {some(others)} is of type {types}, not {', '.join(_REAL)}", _MISMATCH)
    with torch.device("meta"):
        expected: dict[str, Tensor] = dict(GPT2(base.config).named_parameters())
    if _HEAD in weights:
        expected[_HEAD] = expected["wte.weight"]  # of the same shape
    _check_shapes(expected, weights, base.folder)


def _load(kind: type[Loaded], base: Base) -> Loaded:
    check_weights(base)
    with torch.device("meta"):
        model = kind(base.config)
    body: set[str] = {name for name, _ in model.transformer.named_parameters()}
    tensors = _tensors(base, {*body, _HEAD} if isinstance(model, LanguageModel) else body)
    head = tensors.pop(_HEAD, None)
    _fill(model.transformer, tensors, base.folder)
    if isinstance(model, LanguageModel):
        _fill_head(model, base, head)
    else:
        model.score.to_empty(device="cpu")
    return model


def _bare(name: str) -> str:
    """A tensor's name without the prefixes of `torch.compile` and of other classes of `transformers`."""
    return name.replace("_orig_mod.", "").removeprefix("transformer.")


def _tensors(base: Base, names: set[str]) -> dict[str, Tensor]:
    """Tensors of a base model by their bare names; its digests are checked."""
    tensors: dict[str, Tensor] = {}
    for file, digest in base.weights.items():
        tensors |= read_tensors(base.folder / file, digest, lambda name: _bare(name) in names)
    return {_bare(name): tensor for name, tensor in tensors.items()}


def _fill(module: nn.Module, tensors: dict[str, Tensor], where: Path) -> None:
    """Replace the parameters of a module on the meta device by tensors."""
    _check_shapes(dict(module.named_parameters()), tensors, where)
    module.load_state_dict(finite(tensors, where), assign=True)


def _check_shapes(expected: Mapping[str, Tensor], tensors: Mapping[str, Tensor | Entry], where: Path) -> None:
    if missing := sorted(set(expected) - set(tensors)):
        raise ModelError(f"{where} lacks {some(missing)}", _MISMATCH)
    if unknown := sorted(set(tensors) - set(expected)):
        raise ModelError(f"{where} holds {some(unknown)}, which its config.json doesn't have", _MISMATCH)
    for name, parameter in expected.items():
        actual, shape = tuple(tensors[name].shape), tuple(parameter.shape)
        if actual != shape:
            raise ModelError(f"{where}: {name} has shape {actual}, its config.json says {shape}", _MISMATCH)


def some(names: list[str]) -> str:
    """The first three names, and the number of the others."""
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def _fill_head(model: LanguageModel, base: Base, head: Tensor | None) -> None:
    """Tie the head to the embedding, unless the config or a matrix of the checkpoint unties it, as `transformers` 5."""
    embedding, tied = model.transformer.wte.weight, base.config.tie_word_embeddings
    if head is None and not tied:
        raise ModelError(f"{base.folder} lacks {_HEAD}", "its config.json has tie_word_embeddings: false")
    if head is None or (tied and torch.equal(head.float(), embedding)):
        model.lm_head.weight = embedding  # type: ignore[assignment] # a Parameter
    else:
        _fill(model.lm_head, {"weight": head}, base.folder)


def to_precision(model: LanguageModel | Classifier, dtype: torch.dtype) -> None:
    """Set the type of the states and of the frozen parameters; trained parameters stay fp32 and are cast where used.

    In bf16 the small steps of Adam would be rounded away: its next number after 1 is 1.0078.
    """
    model.transformer.dtype = dtype
    for parameter in model.parameters():
        if not parameter.requires_grad:
            parameter.data = parameter.data.to(dtype)


def save_student(folder: Path, model: RecurrentClassifier, shape: StudentShape) -> None:
    """Write `student.json` and `model.safetensors`."""
    values = {field.name: value for field in fields(shape) if (value := getattr(shape, field.name)) != field.default}
    (folder / STUDENT_CONFIG).write_text(json.dumps(values, indent=2, sort_keys=True) + "\n")
    write_tensors(folder / STUDENT_WEIGHTS, model.state_dict())


def load_student(config: Path, weights: Path) -> RecurrentClassifier:
    """A student from its config and weights.

    Raises:
        IntegrityError: they are damaged, or don't fit each other.
    """
    try:
        shape = decode(read_bounded(config), StudentShape)
        with torch.device("meta"):  # nothing is allocated until the weights have this shape
            model = RecurrentClassifier(shape)
        tensors = read_tensors(weights)
        _fill(model, tensors, weights)
    except (OSError, ValueError, TypeError, ModelError) as error:
        raise IntegrityError(f"{config.parent} is not a student: {error}", "make the run again with --force") from error
    return model


def finite(tensors: dict[str, Tensor], where: Path) -> dict[str, Tensor]:
    """Tensors in fp32.

    Raises:
        ModelError: one is not real, or not finite.
    """
    real = {name: tensor.float() for name, tensor in tensors.items() if tensor.is_floating_point()}
    # A finite sum proves that all numbers are finite, in a third of the time; an infinite one may be an overflow.
    sound = {name for name, tensor in real.items() if tensor.sum().isfinite() or tensor.isfinite().all()}
    if others := sorted(tensors.keys() - sound):
        raise ModelError(f"{where}: not all of {some(others)} is finite numbers", "copy or make it again")
    return real
