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
    return views(joined(tensors, device).to(device, non_blocking=device.type != "mps"), tensors)


def joined(tensors: Sequence[Tensor], device: torch.device) -> Tensor:
    """Their numbers one after another, on the host, in memory that a device reads without its help."""
    numbers = torch.empty(sum(one.numel() for one in tensors), dtype=torch.int64, pin_memory=device.type == "cuda")
    torch.cat([one.flatten() for one in tensors], out=numbers)
    return numbers


def views(numbers: Tensor, tensors: Sequence[Tensor]) -> list[Tensor]:
    """The parts of what `joined` gave of tensors, in their shapes."""
    parts = torch.split(numbers, [one.numel() for one in tensors])
    return [part.view(one.shape) for part, one in zip(parts, tensors, strict=True)]
