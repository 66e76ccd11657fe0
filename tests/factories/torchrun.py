"""Programs started by torchrun on this machine, over gloo."""

import os
import subprocess
import sys
from pathlib import Path

TESTS = Path(__file__).parents[1]


def command(ranks, *words):
    """Torchrun's words for a number of ranks."""
    return [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", str(ranks), *map(str, words)]


def environment(**more):
    """One thread a rank, and the modules of the tests."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("COLACLI_")}
    return {**inherited, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(TESTS), "GLOO_SOCKET_IFNAME": "lo", **more}


def torchrun(ranks, *words, home="", timeout=200):
    """Run it to its end."""
    return subprocess.run(
        command(ranks, *words),
        env=environment(COLACLI_HOME=str(home)) if home else environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=timeout,
        check=False,
    )
