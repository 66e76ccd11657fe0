"""What a teacher's trained parameters belong to, counted from the shapes in its adapter's file; without torch."""

from __future__ import annotations

from math import prod

from colacli.errors import IntegrityError
from colacli.store.artifact import REMAKE
from colacli.store.run import Run

_FILE = "adapter_model.safetensors"
MATRICES, BIASES, MODULES, HEAD = "A and B of the adapters", "biases", "modules trained in full", "head"


def count_by_kind(run: Run) -> dict[str, int]:
    """Trained parameters by what they belong to; empty for a run without an adapter.

    Raises:
        IntegrityError: its file is damaged.
    """
    if run.spec.lora is None or _FILE not in run.manifest.files:
        return {}
    counts: dict[str, int] = {}
    for name, shape in adapter_shapes(run).items():
        kind = _kind(name, run.spec.lora.unfreeze)
        counts[kind] = counts.get(kind, 0) + prod(shape)
    return {kind: counts[kind] for kind in (MATRICES, BIASES, MODULES, HEAD) if kind in counts}


def adapter_shapes(run: Run) -> dict[str, list[int]]:
    """The shapes of a teacher's trained tensors, by name.

    Raises:
        IntegrityError: their file is damaged.
    """
    from safetensors import SafetensorError, deserialize

    try:
        return {name: tensor["shape"] for name, tensor in deserialize(run.read(_FILE))}  # type: ignore[no-untyped-call]
    except SafetensorError as error:
        raise IntegrityError(f"{run.path / _FILE} is damaged: {error}", REMAKE) from error


def _kind(name: str, unfrozen: tuple[str, ...]) -> str:
    if ".lora_A." in name or ".lora_B." in name:
        return MATRICES
    if ".score." in name:
        return HEAD
    if any(f".{module}." in name for module in unfrozen):
        return MODULES
    return BIASES
