"""Device and precision of a computation, resolved before a run's key is computed.

torch takes seconds to import, so it is used only where nothing else tells.
"""

from __future__ import annotations

import math
import os
import platform
import re
import time
from glob import glob
from pathlib import Path

from colacli.config import Precision
from colacli.errors import UsageError

GPU_DRIVERS = (
    "/dev/nvidia*",
    "/proc/driver/nvidia",
    "/dev/nvhost*",  # Jetson
    "/dev/dxg",  # WSL
    "/dev/kfd",  # AMD, whose devices torch calls cuda too
    "C:/Windows/System32/nvcuda.dll",
)
"""Files of drivers: without any of them there is no GPU that torch could use as cuda."""
FAST_BF16 = frozenset({"avx512_bf16", "amx_bf16", "bf16"})  # the last is arm64's name
"""CPU instructions that multiply bf16 faster than fp32; AVX-512 alone only converts."""
_ISA_LIMIT = "ONEDNN_MAX_CPU_ISA"
_LIMITS_WITHOUT_BF16 = frozenset({"SSE41", "AVX", "AVX2", "AVX2_VNNI", "AVX512_CORE", "AVX512_CORE_VNNI"})
"""Values of the environment variable with which oneDNN, which multiplies bf16 for torch, uses none of these."""


def resolve_device(name: str, local_rank: int | None = None) -> str:
    """A torch device's name for `auto`, `cpu`, `cuda`, `cuda:1` or `mps`; auto is the fastest available.

    Args:
        name: as asked for.
        local_rank: of several processes that train together, which of this machine's: it takes the GPU of that number.

    Raises:
        UsageError: it is not a device's name, or the device is not available.
    """
    if not re.fullmatch(r"auto|cpu|mps|cuda(:\d{1,3})?", name):
        raise UsageError(f"--device: '{name}' is not auto, cpu, cuda, cuda:INDEX or mps", "try --device auto")
    if name == "auto":
        name = "cuda" if cuda_count() else "mps" if has_mps() else "cpu"
    if name == "cuda" and local_rank is not None:
        name = f"cuda:{local_rank}"
    kind, _, index = name.partition(":")
    if kind == "cuda" and int(index or 0) >= cuda_count():
        raise UsageError(f"--device {name}: torch finds {cuda_count()} CUDA devices here", "try --device auto")
    if kind == "mps" and not has_mps():
        raise UsageError("--device mps: torch finds no Apple GPU here", "try --device auto")
    return name


def resolve_precision(precision: Precision, device: str, *, recurrent: bool = False) -> Precision:
    """`fp32` or `bf16`; auto is bf16 where that is faster.

    Args:
        precision: `auto`, `fp32` or `bf16`.
        device: a resolved device's name.
        recurrent: for a student, whose small steps are no faster in bf16 on any device.
    """
    if precision != "auto":
        return precision
    return "bf16" if fast_bf16(device) and not recurrent else "fp32"


def check_precision(precision: Precision, device: str, *, force: bool) -> None:
    """Refuse bf16 where it is emulated, unless `force` is set.

    Args:
        precision: resolved.
        device: a resolved device's name.
        force: allow it.

    Raises:
        UsageError: the device has no instructions for bf16; the message has the measured slowdown.
    """
    if precision == "bf16" and not force and emulates_bf16(device):
        raise UsageError(
            f"--precision bf16: {device} has no bf16 instructions and emulates them; "
            f"a matrix product takes {_bf16_to_fp32(device):.1f} times as long as in fp32 here",
            "leave --precision out, or give --force-precision to compute in bf16 all the same",
        )


def emulates_bf16(device: str) -> bool:
    """Whether bf16 is slow on a device; False for an Apple GPU, where this is unknown.

    Where no instruction for it is known, as on every system but Linux, a product is measured.
    """
    return device != "mps" and not fast_bf16(device) and _bf16_to_fp32(device) > 1


def _bf16_to_fp32(device: str) -> float:
    """Time of a small matrix product in bf16 divided by that in fp32, measured in less than a tenth of a second."""
    import torch

    matrices = [torch.ones(192, 192, dtype=dtype, device=device) for dtype in (torch.bfloat16, torch.float32)]
    best = [math.inf, math.inf]
    for _ in range(5):  # in turns, so that a machine that is busy for a while slows both
        for index, matrix in enumerate(matrices):
            started = time.perf_counter()
            (matrix @ matrix)[0, 0].item()  # waits for a GPU
            best[index] = min(best[index], time.perf_counter() - started)
    return best[0] / best[1]


def fast_bf16(device: str) -> bool:
    """Whether a device multiplies bf16 faster than fp32."""
    if device.startswith("cuda"):
        import torch

        return torch.cuda.get_device_capability(device)[0] >= 8  # Ampere and later
    return device == "cpu" and bool(cpu_flags() & FAST_BF16)


def cpu_flags() -> set[str]:
    """Instruction sets of this CPU, without those for bf16 where oneDNN may not use them; empty where unknown."""
    flags = set(cpu_field("flags|Features").split())
    return flags - FAST_BF16 if os.environ.get(_ISA_LIMIT, "").upper() in _LIMITS_WITHOUT_BF16 else flags


def cpu_name() -> str:
    """This CPU's name, as far as the system tells it."""
    return cpu_field("model name") or platform.processor() or platform.machine()


def cpu_field(name: str) -> str:
    """What Linux tells of the first CPU under a name, or one of several; empty where it doesn't."""
    try:
        text = Path("/proc/cpuinfo").read_text()
    except OSError:
        return ""
    match = re.search(rf"^(?:{name})\s*:(.*)$", text, re.MULTILINE)
    return match[1].strip() if match else ""


def cuda_count() -> int:
    """CUDA devices that torch can use; torch is imported only where there is a driver."""
    if not any(map(glob, GPU_DRIVERS)):
        return 0
    import torch

    return torch.cuda.device_count() if torch.cuda.is_available() else 0


def has_mps() -> bool:
    """Whether torch can use an Apple GPU."""
    if platform.system() != "Darwin" or platform.machine() != "arm64":
        return False
    import torch

    return torch.backends.mps.is_available()
