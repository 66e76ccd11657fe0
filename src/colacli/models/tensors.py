"""Reading and writing safetensors. Nothing here or anywhere in colacli loads a pickle."""

from __future__ import annotations

from typing import TYPE_CHECKING

import safetensors
from safetensors.torch import load_file, save

from colacli.errors import IntegrityError

if TYPE_CHECKING:
    from pathlib import Path

    from torch import Tensor


def read_tensors(path: Path) -> dict[str, Tensor]:
    """All tensors of one safetensors file.

    Raises:
        IntegrityError: it is not a whole safetensors file.
    """
    try:
        return load_file(path)
    except (safetensors.SafetensorError, OSError) as error:
        raise IntegrityError(f"{path} can't be read as safetensors: {error}", "copy or make it again") from error


def write_tensors(path: Path, tensors: dict[str, Tensor]) -> None:
    """Write one safetensors file; the same tensors give the same bytes.

    One metadata key at most: with more, their order in the file is random.
    """
    whole = {name: tensor.detach().cpu().contiguous() for name, tensor in sorted(tensors.items())}
    path.write_bytes(save(whole, metadata={"format": "pt"}))
