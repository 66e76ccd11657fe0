"""A search: trials by held-out sentences, then the arms with what was chosen."""

import json

import pytest

from colacli.cli.main import run
from colacli.statistics.choice import expected_best
from colacli.store.store import open_store

SEARCH = """
title = "Searched"
claims = [["tuned", "plain"]]
[train-student]
epochs = 1
validation = "holdout"
[arms.plain]
command = "train-student"
hidden = 8
[arms.tuned]
extends = "plain"
[search]
arm = "tuned"
budget = 5
round = 2
[space]
hidden = [4, 8, 16]
lr = { low = 1e-3, high = 1e-1, log = true }
"""


@pytest.mark.slow
def test_a_search_from_the_command_line(store_home, tiny_base, tiny_corpus, tmp_path, capsys):
    """Five trials by held-out sentences, all stored; the chosen setting is the arm's; a second time all are hits."""
    path, out = tmp_path / "s.toml", tmp_path / "out"
    path.write_text(SEARCH)
    words = [
        "experiment",
        str(path),
        "--base",
        tiny_base,
        "--data",
        tiny_corpus,
        "--seeds",
        2,
        "--set",
        "batch-size=16",
    ]
    words = [*map(str, words), "--out", str(out), "--json"]
    assert run(words) == 0
    document = json.loads(capsys.readouterr().out)
    search = document["search"]
    values = [trial["value"] for trial in search["trials"]]

    assert len({trial["key"] for trial in search["trials"]}) == 5
    assert search["chosen"]["value"] == max(values)
    assert [best["mean"] for best in search["expected_best"]] == [best.mean for best in expected_best(values)]
    assert search["bias"]["bias"] == pytest.approx(search["bias"]["chosen"] - search["bias"]["fresh"])
    tuned = next(arm for arm in document["comparison"]["arms"] if arm["label"] == "tuned")
    assert not {one["key"] for one in tuned["runs"]} & {trial["key"] for trial in search["trials"]}
    assert "Bounds: hidden: 4, 8, 16; lr: 0.001 to 0.1, log" in (out / "results.md").read_text()

    assert run(words) == 0
    again = json.loads(capsys.readouterr().out)
    assert again["made"] == []
    assert again["search"] == search

    page = tmp_path / "report.md"
    assert run(["report", "s-plain", "s-tuned", "-o", str(page)]) == 0
    found = "tuned: hidden: 4, 8, 16; lr: 0.001 to 0.1, log; sampler random, seed 0, at most 5 trials; 5 were made"
    assert found in page.read_text().replace("\\", "")


def test_trials_have_other_seeds_than_the_runs_that_are_compared(command):
    """Also where the seed is set for all."""
    document = command(SEARCH.replace("budget = 5", "budget = 2"), "--set", "seed=7", seeds=2)
    compared = {run["seed"] for arm in document["plan"] for run in arm["runs"]}
    trials = {trial["key"] for trial in document["search"]["trials"]}

    assert compared == {7, 8}
    assert {open_store().find_run(key).spec.training.seed for key in trials} == {100_007}


def test_a_dry_run_of_a_search_plans_its_next_round(command, store_home):
    """Not the arms, whose settings are not known yet; once all trials are stored, the arms with what was chosen."""
    text = SEARCH.replace("budget = 5", "budget = 2").replace("round = 2", "")
    first = command(text, "--dry-run")
    assert [(arm["arm"], len(arm["runs"])) for arm in first["plan"]] == [("tuned-trials", 2)]
    assert first["search"]["budget"] == 2
    assert not (store_home / "runs").exists()

    made = command(text)
    again = command(text, "--dry-run")
    assert again["search"] is None
    assert all(run["cached"] for arm in again["plan"] for run in arm["runs"])
    assert [arm["runs"] for arm in again["plan"]] == [
        [{**run, "cached": True} for run in arm["runs"]] for arm in made["plan"]
    ]


@pytest.mark.parametrize(
    ("entry", "what"),
    [
        ("dropout = [0.1, 1.5]", "[space] dropout: --dropout must be below 1"),
        ("dropout = { low = 0.1, high = 1.5 }", "[space] dropout: --dropout must be below 1"),
        ('hidden = [8, "eight"]', "[space] hidden: hidden='eight' is not an integer"),
    ],
)
def test_a_space_outside_of_an_options_limits_is_refused_before_the_first_trial(command, entry, what):
    """Not when it is drawn, after hours."""
    document = command(SEARCH.partition("[space]")[0] + "[space]\n" + entry + "\n", status=2)

    assert what in document["message"]
