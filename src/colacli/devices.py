"""Which device computes, and in which precision. Decided before a run's key is made.

torch takes seconds to import, so what can be known without it is found without it.
"""

from __future__ import annotations

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
"""What a driver leaves in the file system: where none of these is, there is no GPU that torch could use as cuda."""
# Instructions with which a CPU multiplies bf16 faster than fp32; AVX-512 alone only converts.
_FAST_BF16 = {"avx512_bf16", "amx_bf16", "bf16"}  # the last is arm64's name


def resolve_device(wanted: str) -> str:
    """A torch device's name for `auto`, `cpu`, `cuda`, `cuda:1` or `mps`: auto takes the fastest there is.

    Raises:
        UsageError: it is not a device's name, or the device is not there.
    """
    if not re.fullmatch(r"auto|cpu|mps|cuda(:\d{1,3})?", wanted):
        raise UsageError(f"--device: '{wanted}' is not auto, cpu, cuda, cuda:INDEX or mps", "try --device auto")
    if wanted == "auto":
        return "cuda" if cuda_count() else "mps" if has_mps() else "cpu"
    kind, _, index = wanted.partition(":")
    if kind == "cuda" and int(index or 0) >= cuda_count():
        raise UsageError(f"--device {wanted}: torch finds {cuda_count()} CUDA devices here", "try --device auto")
    if kind == "mps" and not has_mps():
        raise UsageError("--device mps: torch finds no Apple GPU here", "try --device auto")
    return wanted


def resolve_precision(wanted: Precision, device: str, *, recurrent: bool = False) -> Precision:
    """`fp32` or `bf16`; auto is bf16 where it is the faster.

    Args:
        wanted: what was asked for.
        device: a resolved device's name.
        recurrent: for a student, whose small steps gain nothing from bf16 anywhere.
    """
    if wanted != "auto":
        return wanted
    return "bf16" if fast_bf16(device) and not recurrent else "fp32"


def check_precision(precision: Precision, device: str, *, force: bool) -> None:
    """See that nobody waits for emulated bf16 without knowing it.

    Args:
        precision: what will be computed in, resolved.
        device: a resolved device's name.
        force: it is wanted all the same.

    Raises:
        UsageError: the device has no instructions for bf16; the message has a measured ratio.
    """
    if precision == "bf16" and not force and emulates_bf16(device):
        raise UsageError(
            f"--precision bf16: {device} has no bf16 instructions and emulates them; "
            f"a matrix product takes {_bf16_to_fp32(device):.1f} times as long as in fp32 here",
            "leave --precision out, or give --force-precision to compute in bf16 all the same",
        )


def emulates_bf16(device: str) -> bool:
    """Whether bf16 is slow on a device; of an Apple GPU that is not known."""
    return device != "mps" and not fast_bf16(device)


def _bf16_to_fp32(device: str) -> float:
    """Time of a small matrix product in bf16 by that in fp32, measured in less than a tenth of a second."""
    import torch

    def seconds(dtype: torch.dtype) -> float:
        matrix = torch.ones(192, 192, dtype=dtype, device=device)
        times = []
        for _ in range(5):
            started = time.perf_counter()
            (matrix @ matrix)[0, 0].item()  # waits for a GPU
            times.append(time.perf_counter() - started)
        return min(times)

    return seconds(torch.bfloat16) / seconds(torch.float32)


def fast_bf16(device: str) -> bool:
    """Whether a device multiplies bf16 faster than fp32."""
    if device.startswith("cuda"):
        import torch

        return torch.cuda.get_device_capability(device)[0] >= 8  # Ampere and later
    return device == "cpu" and bool(cpu_flags() & _FAST_BF16)


def cpu_flags() -> set[str]:
    """Instruction sets this CPU names; empty where the system doesn't tell."""
    try:
        text = Path("/proc/cpuinfo").read_text()
    except OSError:
        return set()
    found = re.search(r"^(?:flags|Features)\s*:(.*)$", text, re.MULTILINE)
    return set(found[1].split()) if found else set()


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
