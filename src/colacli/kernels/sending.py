"""From the host to the device in one transfer."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor


def send(tensors: Sequence[Tensor], device: torch.device) -> list[Tensor]:
    """Tensors of int64 on the host, on a device; all of them in one transfer. On a CPU they are the same tensors.

    The host doesn't wait for it. From memory that is not pinned it would; and torch keeps pinned memory until it is
    read. On an Apple GPU the host waits, for torch might use the memory again before it is read.
    """
    if device.type == "cpu":
        return list(tensors)
    sizes = [tensor.numel() for tensor in tensors]
    joined = torch.empty(sum(sizes), dtype=torch.int64, pin_memory=device.type == "cuda")
    torch.cat([tensor.flatten() for tensor in tensors], out=joined)
    parts = torch.split(joined.to(device, non_blocking=device.type != "mps"), sizes)
    return [part.view(tensor.shape) for part, tensor in zip(parts, tensors, strict=True)]
