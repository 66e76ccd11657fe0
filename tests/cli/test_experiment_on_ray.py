"""`colacli experiment --on ray`: what it makes is what processes of this machine make."""

import json

import pytest

from colacli.cli.main import run
from colacli.store.store import Store
from factories.experiments import SMALL_RECIPE

pytest.importorskip("ray", reason="Ray is not installed: pip install 'colacli[ray]'")
pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


def contents(home):
    """The digest of every file of every run, but for the manifest, by key."""
    store = Store(home)
    return {key: store.find_run(key).content for key in store.run_keys()}


def test_ray_makes_the_bytes_of_this_machine(store_home, tiny_base, tiny_corpus, tmp_path, monkeypatch, capsys):
    """A teacher and two students: with a store that all see, and over a remote; a second time all are hits."""
    path = tmp_path / "study.toml"
    path.write_text(SMALL_RECIPE)
    words = ["experiment", str(path), "--base", str(tiny_base), "--data", str(tiny_corpus), "--device", "cpu"]
    words += ["--seeds", "1", "--set", "batch-size=16", "--threads", "1", "--json"]
    assert run(words) == 0
    made = contents(store_home)
    assert len(made) == 3

    monkeypatch.setenv("COLACLI_HOME", str(tmp_path / "shared"))
    assert run([*words, "--on", "ray", "--jobs", "2"]) == 0
    assert contents(tmp_path / "shared") == made
    capsys.readouterr()
    assert run([*words, "--on", "ray", "--jobs", "2"]) == 0
    assert json.loads(capsys.readouterr().out)["made"] == []

    (tmp_path / "remote").mkdir()
    monkeypatch.setenv("COLACLI_HOME", str(tmp_path / "own"))
    assert run([*words, "--on", "ray", "--jobs", "2", "--through", f"file://{tmp_path / 'remote'}"]) == 0
    assert contents(tmp_path / "own") == made
