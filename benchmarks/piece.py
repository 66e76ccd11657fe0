"""One measured piece in a process of its own: a function of another module here, by name.

A process for each, so that no piece finds another's memory, threads or caches warm, and so that the
peak of its memory is its own. On a GPU, which takes long to start, all are in one process, one after another.
"""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
import traceback
from pathlib import Path
from typing import Any

from benchmarks.machine import ROOT
from colacli.allocator import keep_freed_memory

Result = dict[str, Any]
"""A piece's figures by name: seconds, counts, bytes. As JSON."""
_MARK = "benchmark-result "


class PieceError(RuntimeError):
    """A piece failed; the message has the end of its output."""


def run(name: str, material: Path, options: dict[str, Any], threads: int) -> Result:
    """Measure a piece in a new process.

    Args:
        name: module and function in this package: `our_training.finetune`.
        material: folder that `material.prepare` filled.
        options: keyword arguments of the function.
        threads: that every library in it may use.

    Raises:
        PieceError: it ended without a result.
    """
    command = [sys.executable, "-m", "benchmarks.piece", name, str(material), json.dumps(options)]
    done = subprocess.run(command, env=_environment(material, threads), capture_output=True, text=True, check=False)
    for line in reversed(done.stdout.splitlines()):
        if line.startswith(_MARK):
            result: Result = json.loads(line.removeprefix(_MARK))
            return result
    raise PieceError(f"{name} {options} failed with status {done.returncode}:\n{(done.stdout + done.stderr)[-2000:]}")


def run_here(name: str, material: Path, options: dict[str, Any], device: str) -> Result:
    """Measure a piece on a GPU in this process, where torch is loaded and the GPU is started.

    Raises:
        PieceError: it failed.
    """
    from benchmarks import device as gpu

    gpu.begin(device, material)
    try:
        result = _function(name)(material, **options, device=device)
    except Exception as error:
        raise PieceError(f"{name} {options} failed:\n{''.join(traceback.format_exception(error))[-2000:]}") from None
    return {**(result or {}), "peak_bytes": gpu.peak_bytes(device)}


def _function(name: str) -> Any:
    """A piece: a module here, and a function in it."""
    module, _, function = name.partition(".")
    return getattr(importlib.import_module(f"benchmarks.{module}"), function)


def _environment(material: Path, threads: int) -> dict[str, str]:
    """The same for both sides: as many threads, the hub offline, a store of its own."""
    path = os.pathsep.join([str(ROOT), str(ROOT / "src"), os.environ.get("PYTHONPATH", "")])
    limits = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "RAYON_NUM_THREADS"), str(threads))
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COLACLI_")}
    return {**environment, **limits, "PYTHONPATH": path, "HF_HUB_OFFLINE": "1", "COLACLI_HOME": str(material / "store")}


def peak_bytes() -> int:
    """Peak memory of this process, or of one that it started."""
    import resource  # Unix has it

    unit = 1 if sys.platform == "darwin" else 1024
    return unit * max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))


def main() -> None:
    """Call the function that the arguments name, and print its result as the last line."""
    name, material, options = sys.argv[1:]
    if not name.startswith("peer"):
        keep_freed_memory()  # as the command line does
    result = _function(name)(Path(material), **json.loads(options))
    print(_MARK + json.dumps({**(result or {}), "peak_bytes": peak_bytes()}), flush=True)


if __name__ == "__main__":
    main()
