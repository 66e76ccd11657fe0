"""The machine that figures were measured on, and the code they were measured of."""

from __future__ import annotations

import hashlib
import os
import platform
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.device import name as gpu_name
from colacli.devices import cpu_field, cpu_flags, cpu_name
from colacli.kernels.compiled.build import CompileError, build

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).parents[1]
LIBRARIES = ("torch", "transformers", "peft", "accelerate", "datasets", "tokenizers", "numpy")
# What decides which kernels a library has: vectors, and products of matrices in narrow types.
INSTRUCTIONS = ("avx2", "fma", "avx512f", "avx512_vnni", "avx512_bf16", "amx_tile", "amx_bf16", "asimd", "sve", "bf16")
# From the best to the least: what a section of the report is called by.
_SETS = {"amx_bf16": "AMX", "avx512_bf16": "AVX-512 bf16", "avx512f": "AVX-512", "avx2": "AVX2", "bf16": "Arm bf16"}
AVX2 = {
    "ATEN_CPU_CAPABILITY": "avx2",
    "ONEDNN_MAX_CPU_ISA": "AVX2",
    "MKL_ENABLE_INSTRUCTIONS": "AVX2",
    "COLACLI_CC": "gcc -mno-avx512f",
}
"""Environment that limits torch, oneDNN, MKL and C kernels to AVX2 on a processor that has more."""
_MAKERS = {"AuthenticAMD": "AMD", "GenuineIntel": "Intel"}


def describe(device: str = "cpu") -> dict[str, str]:
    """The machine, the GPU if it is one that computes, and libraries, by the words of the report."""
    return {
        **({} if device == "cpu" else {"GPU": gpu_name(device)}),
        "CPU": cpu_name(),
        **_family(),
        "cores": str(os.cpu_count()),
        "instructions": ", ".join(name for name in INSTRUCTIONS if name in cpu_flags()) or "not told",
        **({"C kernels": _c_kernels()} if device == "cpu" else {}),
        **({"limited to": "AVX2, by " + ", ".join(AVX2)} if is_limited() else {}),
        "memory": _memory(),
        "system": f"{platform.system()} {platform.release().partition('-')[0]}",
        "Python": platform.python_version(),
        **{name: metadata.version(name) for name in LIBRARIES if _is_installed(name)},
    }


def _c_kernels() -> str:
    try:
        return build().compiler
    except CompileError as error:
        return f"torch's operators: {error}"


def is_limited() -> bool:
    """Whether the environment limits libraries to AVX2."""
    return AVX2.items() <= os.environ.items()


def _is_installed(name: str) -> bool:
    try:
        metadata.version(name)
    except metadata.PackageNotFoundError:  # a peer's, without which its rows fail
        return False
    return True


def code_digest() -> str:
    """The first digits of the SHA-256 of colacli's source and of these benchmarks: figures of other code are old."""
    sha = hashlib.sha256()
    for folder in (ROOT / "src" / "colacli", ROOT / "benchmarks"):
        for path in sorted(one for one in folder.rglob("*") if one.suffix in (".py", ".c", ".h")):
            sha.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes())
    return sha.hexdigest()[:12]


def kind(machine: Mapping[str, str], threads: int) -> str:
    """What decides speed: a GPU's name; else the processor's family or name, its instructions, and threads."""
    if gpu := machine.get("GPU"):
        return gpu
    there = machine["instructions"].split(", ")
    best = next((name for instruction, name in _SETS.items() if instruction in there), "other instructions")
    best = "limited to AVX2" if "limited to" in machine else best
    return f"{machine.get('family', machine['CPU'])}, {best}, {threads} {'thread' if threads == 1 else 'threads'}"


def _family() -> dict[str, str]:
    """Maker, family and model: of two processors with one name and the same instructions one had twice the rate."""
    maker, family, model = (cpu_field(name) for name in ("vendor_id", "cpu family", "model"))
    return {"family": f"{_MAKERS.get(maker, maker)} family {family} model {model}"} if maker and family else {}


def _memory() -> str:
    """All of it, in GiB."""
    try:
        size = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):  # no such call, or no such name, on this system
        return "not told"
    return f"{size / 2**30:.0f} GiB"
