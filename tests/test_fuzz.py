"""What reads files from anybody is fuzzed for a few seconds each; `tests/fuzz.py` does it for as long as one likes."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
TARGETS = ("corpus", "unlabelled", "settings", "name", "manifest", "spec", "archive", "tensors")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(importlib.util.find_spec("atheris") is None, reason="atheris has no wheel for this platform"),
]


@pytest.mark.parametrize("target", TARGETS)
def test_any_bytes_give_a_result_or_an_error_of_ours(target, tmp_path):
    """No input of some seconds of fuzzing ends in anything else."""
    done = subprocess.run(
        [sys.executable, TESTS / "fuzz.py", target, "-max_total_time=3", f"-artifact_prefix={tmp_path}/"],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(TESTS), os.environ.get("PYTHONPATH", "")])},
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )

    assert done.returncode == 0, done.stderr[-3000:]
    assert "Done " in done.stderr
