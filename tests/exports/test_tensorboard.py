"""Exported histories are read by TensorBoard itself, and are what is stored."""

import json
import subprocess
import sys
import time
from urllib.request import urlopen

import pytest

from colacli.exports.curves import scalars, settings
from colacli.exports.kinds import ExportOptions
from colacli.exports.tensorboard import EVENTS
from colacli.results import history_of, metrics_of
from colacli.store.refs import set_name
from colacli.workflows.export import export
from factories.exporting import exported

accumulators = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")


def test_tensorboard_reads_what_is_stored(trainings, tmp_path):
    """Every number of the history and the final ones, at their epochs, with the spec as text and settings."""
    run = trainings.alone()
    exported(trainings, run, "tensorboard", tmp_path / "out")
    read = accumulators.EventAccumulator(str(tmp_path / "out" / run.key[:12])).Reload()
    given = {(event.step, tag): event.value for tag in read.Tags()["scalars"] for event in read.Scalars(tag)}
    stored = {(epoch, name): value for epoch, name, value in scalars(run)}

    assert given == pytest.approx(stored, rel=1e-6)  # TensorBoard's scalars are single precision
    assert stored[1, "dev/mcc"] == history_of(run)[0].dev_mcc
    for split, metrics in metrics_of(run).items():
        assert stored[run.best_epoch, f"final/{split}/accuracy"] == metrics.accuracy
    assert read.SummaryMetadata("spec").plugin_data.plugin_name == "text"
    assert run.spec.command.encode() in read.Tensors("spec")[0].tensor_proto.string_val[0]
    assert settings(run)["training.epochs"] == run.spec.training.epochs


def test_the_same_run_gives_the_same_bytes(trainings, tmp_path):
    """Neither the clock nor the host is in them."""
    run = trainings.alone()
    one, two = (exported(trainings, run, "tensorboard", tmp_path / name).files for name in ("a", "b"))

    assert one == two
    assert list(one) == [f"{run.key[:12]}/{EVENTS}"]


@pytest.fixture
def served(trainings, tmp_path):
    """Two runs, and the address of TensorBoard's server on the export of a name for both."""
    runs = [trainings.alone(seed=seed) for seed in (1, 2)]
    set_name(trainings.store, "both", [run.key for run in runs])
    export("both", "tensorboard", tmp_path / "out", ExportOptions(), trainings.store)
    options = ["--logdir", str(tmp_path / "out"), "--host", "127.0.0.1", "--port", "0", "--load_fast", "false"]
    command = [sys.executable, "-m", "tensorboard.main", *options]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as server:
        try:
            line = next(line for line in server.stderr if "http://127.0.0.1:" in line)
            yield runs, next(word for word in line.split() if word.startswith("http://")).rstrip("/")
        finally:
            server.kill()


@pytest.mark.slow
def test_its_server_shows_every_number(served):
    """Over HTTP: each run of a name under its key, with all its numbers."""
    runs, address = served
    for _ in range(600):  # it reads the folder after it has started to listen
        with urlopen(f"{address}/data/plugin/scalars/tags") as answer:
            tags = json.load(answer)
        if len(tags) == len(runs):
            break
        time.sleep(0.2)

    expected = {run.key[:12]: {name for _, name, _ in scalars(run)} for run in runs}
    assert {name: set(of_run) for name, of_run in tags.items()} == expected
