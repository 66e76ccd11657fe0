"""Models from files and back: base models in Hugging Face's layouts, students in ours."""

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
from colacli.models.student import RecurrentClassifier, StudentShape
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
    """A base model in fp32, ready to continue text.

    Raises:
        ModelError: a tensor is missing or misshapen, or not of finite real numbers.
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
        ModelError: as `load_language_model`.
        IntegrityError: as `load_language_model`.
    """
    check_weights(base)
    tensors = _tensors(base, {"wte.weight"})
    return finite(tensors, base.folder)["wte.weight"]


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


def check_weights(base: Base) -> None:
    """See by the headers of its files that a base model has the weights that its config speaks of; none is read.

    So nothing is allocated for a config that speaks of more than there is.

    Raises:
        ModelError: a tensor is missing, there twice, of another shape, not of real numbers, or nobody's.
        IntegrityError: a file is damaged.
    """
    found: dict[str, Entry] = {}
    for file in base.weights:
        for name, entry in read_header(base.folder / file).items():
            if (bare := _bare(name)) in found:
                raise ModelError(f"{base.folder / file} holds {bare} again, as {name}", _MISMATCH)
            found[bare] = entry
    weights = {name: entry for name, entry in found.items() if not _NOT_WEIGHTS.fullmatch(name)}
    if odd := sorted(name for name, entry in weights.items() if entry.dtype not in _REAL):
        kinds = ", ".join(sorted({weights[name].dtype for name in odd}))
        raise ModelError(f"{base.folder}: {some(odd)} is of type {kinds}, not {', '.join(_REAL)}", _MISMATCH)
    with torch.device("meta"):
        wanted: dict[str, Tensor] = dict(GPT2(base.config).named_parameters())
    if _HEAD in weights:
        wanted[_HEAD] = torch.empty_like(wanted["wte.weight"])  # of the same shape
    _check_shapes(wanted, weights, base.folder)


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
    """A tensor's name without what other classes of `transformers` and `torch.compile` put before it."""
    return name.replace("_orig_mod.", "").removeprefix("transformer.")


def _tensors(base: Base, wanted: set[str]) -> dict[str, Tensor]:
    """Tensors of a base model by their bare names, of the very bytes that its digests are of."""
    found: dict[str, Tensor] = {}
    for file, digest in base.weights.items():
        found |= read_tensors(base.folder / file, digest, lambda name: _bare(name) in wanted)
    return {_bare(name): tensor for name, tensor in found.items()}


def _fill(module: nn.Module, tensors: dict[str, Tensor], where: Path) -> None:
    """Give every parameter of a module on the meta device its tensor.

    Raises:
        ModelError: names or shapes don't agree, or a tensor is not of finite numbers.
    """
    _check_shapes(dict(module.named_parameters()), tensors, where)
    module.load_state_dict(finite(tensors, where), assign=True)


def _check_shapes(wanted: Mapping[str, Tensor], tensors: Mapping[str, Tensor | Entry], where: Path) -> None:
    if missing := sorted(set(wanted) - set(tensors)):
        raise ModelError(f"{where} lacks {some(missing)}", _MISMATCH)
    if unknown := sorted(set(tensors) - set(wanted)):
        raise ModelError(f"{where} holds {some(unknown)}, which its config.json has no place for", _MISMATCH)
    for name, parameter in wanted.items():
        if tuple(tensors[name].shape) != tuple(parameter.shape):
            raise ModelError(
                f"{where}: {name} has shape {tuple(tensors[name].shape)}, "
                f"its config.json says {tuple(parameter.shape)}",
                _MISMATCH,
            )


def some(names: list[str]) -> str:
    """The first few names, and how many more there are."""
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def _fill_head(model: LanguageModel, base: Base, head: Tensor | None) -> None:
    """The embedding again, unless the config unties it or the checkpoint holds another, as `transformers` 5 has it."""
    embedding, tied = model.transformer.wte.weight, base.config.tie_word_embeddings
    if head is None and not tied:
        raise ModelError(f"{base.folder} lacks {_HEAD}", "its config.json says tie_word_embeddings: false")
    if head is None or (tied and torch.equal(head.float(), embedding)):
        model.lm_head.weight = embedding  # type: ignore[assignment] # a Parameter
    else:
        _fill(model.lm_head, {"weight": head}, base.folder)


def to_precision(model: LanguageModel | Classifier, dtype: torch.dtype) -> None:
    """Compute in `dtype`, and keep in it what is frozen; what is trained stays fp32 and is cast where it is used.

    Adam's small steps would be rounded away in bf16, whose next number after 1 is 1.0078.
    """
    model.transformer.dtype = dtype
    for parameter in model.parameters():
        if not parameter.requires_grad:
            parameter.data = parameter.data.to(dtype)


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
        _fill(model, tensors, weights)
    except (OSError, ValueError, TypeError, ModelError) as error:
        raise IntegrityError(f"{config.parent} is not a student: {error}", "make the run again with --force") from error
    return model


def finite(tensors: dict[str, Tensor], where: Path) -> dict[str, Tensor]:
    """Weights in fp32, if a model can be made of them.

    Raises:
        ModelError: one is not real, or not finite.
    """
    real = {name: tensor.float() for name, tensor in tensors.items() if tensor.is_floating_point()}
    # A sum is finite only where all numbers are, and takes a third of the time; it may overflow, so it acquits only.
    sound = {name for name, one in real.items() if one.sum().isfinite() or one.isfinite().all()}
    if odd := sorted(tensors.keys() - sound):
        raise ModelError(f"{where}: not all of {some(odd)} is finite numbers", "copy or make it again")
    return real
