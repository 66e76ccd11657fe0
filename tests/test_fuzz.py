"""What reads files from anybody is fuzzed for a few seconds each; `tests/fuzz.py` does it for as long as one likes."""

import importlib.util
import os
import resource
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
TARGETS = ("corpus", "unlabelled", "settings", "name", "manifest", "spec", "archive", "tensors", "tokenizer")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(importlib.util.find_spec("atheris") is None, reason="atheris has no wheel for this platform"),
]


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory):
    """Every target's process when it is done; two at a time, for it takes little but time."""
    # A process inherits its parent's largest size, and that of a long run of tests may be beyond the usual limit.
    limit = 2048 + resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024  # MiB
    options = ["-max_total_time=3", f"-rss_limit_mb={limit}"]
    if "CI" in os.environ:  # as for hypothesis: there the same inputs each time
        options.append("-seed=1")

    def fuzz(target):
        folder = tmp_path_factory.mktemp(target)
        return subprocess.run(
            [sys.executable, TESTS / "fuzz.py", target, *options, f"-artifact_prefix={folder}/"],
            env={**os.environ, "PYTHONPATH": os.pathsep.join([str(TESTS), os.environ.get("PYTHONPATH", "")])},
            capture_output=True,
            text=True,
            check=False,
            cwd=folder,
        )

    with ThreadPoolExecutor(2) as pool:
        return dict(zip(TARGETS, pool.map(fuzz, TARGETS), strict=True))


@pytest.mark.parametrize("target", TARGETS)
def test_any_bytes_give_a_result_or_an_error_of_ours(target, fuzzed):
    """No input of some seconds of fuzzing ends in anything else."""
    assert fuzzed[target].returncode == 0, fuzzed[target].stderr[-3000:]
    assert "Done " in fuzzed[target].stderr
