"""Reading and writing safetensors. Nothing here or anywhere in colacli loads a pickle."""

from __future__ import annotations

from typing import TYPE_CHECKING

import safetensors
from safetensors.torch import save

from colacli.errors import IntegrityError

if TYPE_CHECKING:
    from pathlib import Path

    from torch import Tensor


_MOST = 100_000  # tensors; the largest GPT-2 has 580


def read_tensors(path: Path) -> dict[str, Tensor]:
    """All tensors of one safetensors file.

    The library checks the header before it reads on: its length, that shapes and types agree with offsets, and that
    these cover the file without a gap or an overlap. It doesn't mind how many tensors there are.

    Raises:
        IntegrityError: it is not a whole safetensors file.
    """
    try:
        with safetensors.safe_open(path, framework="pt") as opened:
            names = opened.keys()
            if len(names) > _MOST:
                raise ValueError(f"it holds {len(names):,} tensors")
            return {name: opened.get_tensor(name) for name in names}
    # Beside its own errors torch's come through: of shapes whose one side is 0 and the other beyond any integer.
    except (safetensors.SafetensorError, OSError, ValueError, TypeError, RuntimeError, OverflowError) as error:
        raise IntegrityError(f"{path} can't be read as safetensors: {error}", "copy or make it again") from error


def write_tensors(path: Path, tensors: dict[str, Tensor]) -> None:
    """Write one safetensors file; the same tensors give the same bytes.

    One metadata key at most: with more, their order in the file is random.
    """
    whole = {name: tensor.detach().cpu().contiguous() for name, tensor in sorted(tensors.items())}
    path.write_bytes(save(whole, metadata={"format": "pt"}))
