"""Exported histories are read by trackio itself, and are what is stored."""

import json
import socket
import subprocess
import sys
from urllib.request import Request, urlopen

import pytest

from colacli.exports.curves import scalars, settings
from colacli.exports.kinds import ExportOptions
from colacli.exports.trackio import PROJECT
from colacli.store.refs import set_name
from colacli.workflows.export import export, verify_export
from factories.exporting import elsewhere, exported

pytest.importorskip("trackio", reason="the extra trackio is not installed")

READ = """
import json, os
os.environ["TRACKIO_DIR"], project = map(json.loads, sys.argv[1:])
from trackio import Api
from trackio.sqlite_storage import SQLiteStorage
print(json.dumps({
    run.name: {"config": run.config, "logs": SQLiteStorage.get_logs(project, run.name, run_id=run.id)}
    for run in Api().runs(project)
}))
"""
SERVE = """
import sys, trackio
trackio.show(project=sys.argv[1], open_browser=False, host="127.0.0.1", server_port=int(sys.argv[2]))
"""


def values_of(logs):
    """Every number by epoch and name."""
    names = {"step", "timestamp"}
    return {(log["step"], name): value for log in logs for name, value in log.items() if name not in names}


def stored(run):
    """The same, of a run."""
    return {(epoch, name): value for epoch, name, value in scalars(run)}


@pytest.fixture
def pair(trainings):
    """Two runs called `pair`."""
    runs = [trainings.alone(seed=seed, epochs=2) for seed in (1, 2)]
    set_name(trainings.store, "pair", [run.key for run in runs])
    return runs


def test_trackio_reads_what_is_stored(trainings, pair, tmp_path):
    """Every number of every run of a name in full precision, and its settings; the export is as it was afterwards."""
    export("pair", "trackio", tmp_path / "out", ExportOptions(), trainings.store)
    read = elsewhere(READ, str(tmp_path / "out"), PROJECT)

    assert {name: values_of(run["logs"]) for name, run in read.items()} == {run.key[:12]: stored(run) for run in pair}
    for run in pair:
        assert settings(run).items() <= read[run.key[:12]]["config"].items()
        assert read[run.key[:12]]["config"]["key"] == run.key
    assert verify_export(tmp_path / "out", trainings.store).faults == []


def test_the_same_run_gives_the_same_bytes(trainings, tmp_path, monkeypatch):
    """Neither the clock nor the user is in them; and a place that the environment names is left alone."""
    run = trainings.alone()
    monkeypatch.setenv("TRACKIO_DIR", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("TRACKIO_SERVER_URL", "http://127.0.0.1:1/")
    monkeypatch.setenv("TRACKIO_BUCKET_ID", "somebody/bucket")
    one, two = (exported(trainings, run, "trackio", tmp_path / name).files for name in ("a", "b"))

    assert one == two
    assert list(one) == [f"{PROJECT}.db", f"{PROJECT}.lock"]
    assert not (tmp_path / "elsewhere").exists()


@pytest.fixture
def served(trainings, pair, tmp_path, monkeypatch):
    """The address of trackio's own server on the export of two runs."""
    export("pair", "trackio", tmp_path / "out", ExportOptions(), trainings.store)
    monkeypatch.setenv("TRACKIO_DIR", str(tmp_path / "out"))
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-u", "-c", SERVE, PROJECT, str(port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            next(line for line in server.stdout if "launched at: http://127.0.0.1:" in line)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.kill()


def asked(address, name, **values):
    """An answer of trackio's API."""
    request = Request(f"{address}/api/{name}", json.dumps(values).encode(), {"Content-Type": "application/json"})
    with urlopen(request, timeout=200) as answer:
        return json.load(answer)["data"]


@pytest.mark.slow
def test_its_server_shows_every_number(pair, served):
    """Over HTTP, as its page asks for them."""
    assert asked(served, "get_all_projects") == [PROJECT]
    for run in pair:
        logs = asked(served, "get_logs", project=PROJECT, run=run.key[:12], run_id=run.key)
        assert values_of(logs) == stored(run)
