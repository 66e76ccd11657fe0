"""The device that pieces compute on. A GPU is waited for before a clock is read, and tells its own memory."""

from __future__ import annotations

import gc
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

CPU = "cpu"


def wait(device: str) -> None:
    """Until the device has done all that it was given."""
    if device != CPU:
        import torch

        torch.cuda.synchronize(device)


def begin(device: str, material: Path) -> None:
    """Give a piece a GPU as a new process would find it: no memory of others, no mode that a training set.

    cuBLAS' workspace for products that repeat themselves stays: on this kind of GPU it has the default's size.
    """
    import torch

    gc.collect()
    torch.cuda.synchronize(device)
    torch.cuda.empty_cache()
    torch.cuda.reset_peak_memory_stats(device)
    torch.set_deterministic_debug_mode("default")
    torch.set_float32_matmul_precision("highest")
    torch.backends.cudnn.allow_tf32 = True
    torch.backends.cuda.enable_cudnn_sdp(enabled=True)
    torch.manual_seed(0)
    os.environ |= {"COLACLI_HOME": str(material / "store"), "HF_HUB_OFFLINE": "1"}


def peak_bytes(device: str) -> int:
    """The most that tensors had of the device's memory since the piece began."""
    import torch

    return torch.cuda.max_memory_allocated(device)


def allow_tf32(device: str) -> None:
    """What a peer's documentation recommends where fp32 is multiplied on a GPU."""
    if device != CPU:
        import torch

        torch.set_float32_matmul_precision("high")


def name(device: str) -> str:
    """A GPU's name."""
    import torch

    return torch.cuda.get_device_name(device)
