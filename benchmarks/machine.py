"""The machine that figures were measured on, and the code they were measured of."""

from __future__ import annotations

import hashlib
import os
import platform
import re
from importlib import metadata
from pathlib import Path

from colacli.devices import cpu_flags

ROOT = Path(__file__).parents[1]
LIBRARIES = ("torch", "transformers", "peft", "accelerate", "datasets", "tokenizers", "numpy")
# What decides which kernels a library has: vectors, and products of matrices in narrow types.
INSTRUCTIONS = ("avx2", "fma", "avx512f", "avx512_vnni", "avx512_bf16", "amx_tile", "amx_bf16", "asimd", "sve", "bf16")


def describe() -> dict[str, str]:
    """The machine and its libraries, by the words of the report."""
    return {
        "CPU": _cpu_model(),
        "cores": str(os.cpu_count()),
        "instructions": ", ".join(name for name in INSTRUCTIONS if name in cpu_flags()) or "not told",
        "memory": _memory(),
        "system": f"{platform.system()} {platform.release().partition('-')[0]}",
        "Python": platform.python_version(),
        **{name: metadata.version(name) for name in LIBRARIES},
    }


def code_digest() -> str:
    """The first digits of the SHA-256 of colacli's source and of these benchmarks: figures of other code are old."""
    sha = hashlib.sha256()
    for folder in (ROOT / "src" / "colacli", ROOT / "benchmarks"):
        for path in sorted(folder.rglob("*.py")):
            sha.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes())
    return sha.hexdigest()[:12]


def _cpu_model() -> str:
    """Its name as the system gives it."""
    try:
        match = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    except OSError:
        match = None
    return match[1] if match else platform.processor() or platform.machine()


def _memory() -> str:
    """All of it, in GiB."""
    try:
        size = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):  # no such call, or no such name, on this system
        return "not told"
    return f"{size / 2**30:.0f} GiB"
