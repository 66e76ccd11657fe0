"""Models from files and back: base models in Hugging Face's layouts, students in ours."""

from __future__ import annotations

import json
import re
from dataclasses import fields
from typing import TYPE_CHECKING, TypeVar

import torch

from colacli.errors import IntegrityError, ModelError
from colacli.models.gpt2 import Classifier, LanguageModel
from colacli.models.student import RecurrentClassifier, StudentShape
from colacli.models.tensors import read_tensors, write_tensors
from colacli.store.reading import decode, read_bounded

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from torch import Tensor, nn

    from colacli.models.base import Base

STUDENT_CONFIG = "student.json"
STUDENT_WEIGHTS = "model.safetensors"

# Old checkpoints carry the causal mask as a buffer; `score` is a classification head, which is trained anew.
_NOT_WEIGHTS = re.compile(r"h\.\d+\.attn\.(bias|masked_bias)|score\.weight|lm_head\.weight")
_HEAD = "lm_head.weight"
_MISMATCH = "give weights and a config.json that belong together"

Loaded = TypeVar("Loaded", LanguageModel, Classifier)


def load_language_model(base: Base) -> LanguageModel:
    """A base model in fp32, ready to continue text.

    Raises:
        ModelError: a tensor is missing or misshapen.
        IntegrityError: the weights are damaged, or others than when the base was found.
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
        ModelError: they are missing, or not of the shape that `config.json` says.
        IntegrityError: as `load_language_model`.
    """
    with torch.device("meta"):
        part = torch.nn.ModuleDict({"wte": torch.nn.Embedding(base.config.vocab_size, base.config.n_embd)})
    _fill(part, _tensors(base, lambda name: name == "wte.weight"), base.folder)
    return part.get_parameter("wte.weight").detach()


def factorised(embedding: Tensor, rank: int) -> tuple[Tensor, Tensor]:
    """The two factors whose product is nearest to an embedding of all matrices of this rank (Eckart and Young 1936).

    It is the truncated singular value decomposition; the right singular vectors are the eigenvectors of E^T E, which
    is small. Each vector's largest component is positive, so that its sign is the same everywhere.

    Args:
        embedding: (vocabulary, d).
        rank: r, at most d.

    Returns:
        Coordinates (vocabulary, r), and the projection (d, r) to the embedding's width.
    """
    wide = embedding.double()
    _, vectors = torch.linalg.eigh(wide.T @ wide)  # eigenvalues ascend
    projection = vectors[:, -rank:].flip(1)  # (d, r)
    largest = projection.gather(0, projection.abs().argmax(dim=0, keepdim=True))
    projection = projection * largest.sign()
    return (wide @ projection).float(), projection.float()


def _load(kind: type[Loaded], base: Base) -> Loaded:
    with torch.device("meta"):
        model = kind(base.config)
    tensors = _tensors(base, lambda name: name == _HEAD or not _NOT_WEIGHTS.fullmatch(name))
    head = tensors.pop(_HEAD, None)
    _fill(model.transformer, tensors, base.folder)
    if isinstance(model, LanguageModel):
        _fill_head(model, base, head)
    else:
        model.score.to_empty(device="cpu")
    return model


def _tensors(base: Base, wanted: Callable[[str], bool]) -> dict[str, Tensor]:
    """Tensors of a base model by their bare names, of the very bytes that its digests are of."""

    def bare(name: str) -> str:
        return name.removeprefix("transformer.")

    found: dict[str, Tensor] = {}
    for file, digest in base.weights.items():
        found |= read_tensors(base.folder / file, digest, lambda name: wanted(bare(name)))
    return {bare(name): tensor for name, tensor in found.items()}


def _fill(module: nn.Module, tensors: dict[str, Tensor], where: Path) -> None:
    """Give every parameter of a module on the meta device its tensor.

    Raises:
        ModelError: names or shapes don't agree.
    """
    wanted = {name: tuple(parameter.shape) for name, parameter in module.named_parameters()}
    if missing := sorted(set(wanted) - set(tensors)):
        raise ModelError(f"{where} lacks {some(missing)}", _MISMATCH)
    if unknown := sorted(set(tensors) - set(wanted)):
        raise ModelError(f"{where} holds {some(unknown)}, which its config.json has no place for", _MISMATCH)
    for name, shape in wanted.items():
        if tuple(tensors[name].shape) != shape:
            raise ModelError(
                f"{where}: {name} has shape {tuple(tensors[name].shape)}, its config.json says {shape}", _MISMATCH
            )
    module.load_state_dict({name: tensor.float() for name, tensor in tensors.items()}, assign=True)


def some(names: list[str]) -> str:
    """The first few names, and how many more there are."""
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def _fill_head(model: LanguageModel, base: Base, head: Tensor | None) -> None:
    if base.config.tie_word_embeddings:
        model.lm_head.weight = model.transformer.wte.weight
        return
    if head is None:
        raise ModelError(f"{base.folder} lacks {_HEAD}", "its config.json says tie_word_embeddings: false")
    _fill(model.lm_head, {"weight": head}, base.folder)


def save_student(folder: Path, model: RecurrentClassifier, shape: StudentShape) -> None:
    """Write `student.json` and `model.safetensors`."""
    chosen = {one.name: value for one in fields(shape) if (value := getattr(shape, one.name)) != one.default}
    (folder / STUDENT_CONFIG).write_text(json.dumps(chosen, indent=2, sort_keys=True) + "\n")
    write_tensors(folder / STUDENT_WEIGHTS, model.state_dict())


def load_student(config: Path, weights: Path) -> RecurrentClassifier:
    """A student from its two files.

    Raises:
        IntegrityError: they are damaged or don't fit each other.
    """
    try:
        shape = decode(read_bounded(config), StudentShape)
        with torch.device("meta"):  # nothing is allocated until the weights are known to be of this shape
            model = RecurrentClassifier(shape)
        tensors = read_tensors(weights)
        check_finite(tensors, weights)
        _fill(model, tensors, weights)
    except (OSError, ValueError, TypeError, ModelError) as error:
        raise IntegrityError(f"{config.parent} is not a student: {error}", "make the run again with --force") from error
    return model


def check_finite(tensors: dict[str, Tensor], where: Path) -> None:
    """See that weights are numbers a model can be made of.

    Raises:
        ModelError: one is not real, or not finite.
    """
    odd = sorted(
        name for name, one in tensors.items() if not one.is_floating_point() or not torch.isfinite(one.float()).all()
    )
    if odd:
        raise ModelError(f"{where}: not all of {some(odd)} is finite numbers", "copy or make it again")
