"""An experiment that is stopped goes on where it was; two of them share a store."""

import json
import os
import re
import signal
import subprocess
import sys
import time

import pytest

from factories.experiments import SMALL_RECIPE
from factories.interruptions import interruptible

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX's")]


@pytest.fixture
def start(tiny_base, tiny_corpus, tmp_path):
    """Starts the experiment on a store, in a process of its own."""
    path = tmp_path / "study.toml"
    path.write_text(SMALL_RECIPE)

    def begin(home, jobs, out):
        words = ["experiment", path, "--base", tiny_base, "--data", tiny_corpus, "--device", "cpu", "--seeds", "2"]
        words += ["--set", "batch-size=4", "--set", "epochs=2"]
        words += ["--jobs", jobs, "--threads", "1", "--out", out, "--json"]
        with interruptible():
            return subprocess.Popen(
                [sys.executable, "-m", "colacli", *map(str, words)],
                env={**os.environ, "COLACLI_HOME": str(home)},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                encoding="utf-8",
                start_new_session=True,
            )

    return begin


def ended(process):
    """The document of an experiment that ends well."""
    out, err = process.communicate(timeout=300)
    assert process.returncode == 0, err
    return json.loads(out)


@pytest.mark.parametrize(("how", "status"), [(signal.SIGKILL, -signal.SIGKILL), (signal.SIGINT, 130)])
def test_a_stopped_experiment_is_finished_by_the_same_command(start, tmp_path, how, status):
    """Killed, or interrupted, after its first run: the second time that one is not made again, all others are."""
    home = tmp_path / "home"
    with start(home, 2, tmp_path / "out") as process:
        while not list(home.glob("runs/*/manifest.json")):
            assert process.poll() is None
            time.sleep(0.01)
        process.send_signal(how)
        process.communicate(timeout=200)
    stored = {folder.name for folder in (home / "runs").iterdir()}
    assert process.returncode == status
    assert 0 < len(stored) < 5

    with start(home, 2, tmp_path / "out") as process:
        document = ended(process)
    keys = {one["key"] for arm in document["plan"] for one in arm["runs"]}
    cached = {one["key"] for arm in document["plan"] for one in arm["runs"] if one["cached"]}
    assert len(keys) == 5
    assert stored <= cached
    assert {folder.name for folder in (home / "runs").iterdir()} == keys


def test_two_at_once_and_one_process_give_the_same_results(start, tmp_path):
    """Two that share a store make each run once, and what `--jobs 1` makes in a store of its own, but for the time."""
    shared, outs = tmp_path / "shared", [tmp_path / "a", tmp_path / "b", tmp_path / "c"]
    with start(shared, 2, outs[0]) as first, start(shared, 2, outs[1]) as second:
        ended(first)
        ended(second)
    with start(tmp_path / "own", 1, outs[2]) as alone:
        ended(alone)

    results = [re.sub(r'"seconds": [\d.]+', "", (out / "results.json").read_text()) for out in outs]
    assert len(list((shared / "runs").iterdir())) == 5
    assert results[0] == results[1] == results[2]
