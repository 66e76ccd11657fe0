"""A training's whole state in one safetensors file: exact resume needs the optimisers' moments too."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import torch
from safetensors import safe_open
from safetensors.torch import save_file

if TYPE_CHECKING:
    from pathlib import Path

    from torch import nn
    from torch.optim import Optimizer


def save(path: Path, model: nn.Module, optimisers: list[Optimizer], progress: dict[str, float]) -> None:
    """Write all of it, whole or not at all."""
    tensors = {f"model.{name}": parameter.detach() for name, parameter in model.named_parameters()}
    for number, optimiser in enumerate(optimisers):
        for index, state in optimiser.state_dict()["state"].items():
            for name, value in state.items():
                tensors[f"optimiser{number}.{index}.{name}"] = torch.as_tensor(value)
    temporary = path.with_suffix(".tmp")
    save_file(tensors, temporary, metadata={"progress": json.dumps(progress)})
    temporary.replace(path)


def load(path: Path, model: nn.Module, optimisers: list[Optimizer]) -> dict[str, float]:
    """Put everything back; returns the progress that was saved with it."""
    load_model(path, model)
    with safe_open(path, framework="pt") as file:
        names = list(file.keys())
        for number, optimiser in enumerate(optimisers):
            document = optimiser.state_dict()
            prefix = f"optimiser{number}."
            for name in (name for name in names if name.startswith(prefix)):
                index, field = name.removeprefix(prefix).split(".", 1)
                document["state"].setdefault(int(index), {})[field] = file.get_tensor(name)
            optimiser.load_state_dict(document)
        return json.loads(file.metadata()["progress"])  # type: ignore[no-any-return]


@torch.no_grad()
def load_model(path: Path, model: nn.Module) -> None:
    """Only the parameters; of a folder in Hugging Face's layout those that it has, so the judge begins anew."""
    exported = path.is_dir()
    with safe_open(path / "model.safetensors" if exported else path, framework="pt") as file:
        for name, parameter in model.named_parameters():
            if not exported:
                parameter.copy_(file.get_tensor(f"model.{name}"))
            elif name.startswith("model."):
                parameter.copy_(file.get_tensor(name.removeprefix("model.")))
