"""The recipes of experiments: every option is one, every claim is about arms, and an experiment goes through."""

from __future__ import annotations

import json
import sys
import tomllib
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[1] / "examples" / "ablations"
RECIPES = sorted(FOLDER.glob("*.toml"))
VERBS = ("finetune", "train-student", "distil")


@pytest.fixture
def scripts(monkeypatch):
    """Imports one of the scripts, which import their helper by its bare name."""
    monkeypatch.syspath_prepend(str(FOLDER))
    yield lambda name: __import__(name)
    for name in ("experiment", *(path.stem for path in RECIPES)):
        sys.modules.pop(name, None)


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_a_recipe_says_what_the_command_line_knows(scripts, path):
    """Its commands and options are colacli's, its claims and teachers are arms of it, and a script stands beside it."""
    recipe, options_of = tomllib.loads(path.read_text()), scripts("experiment").options_of
    arms = recipe["arms"]

    assert path.with_suffix(".py").is_file()
    assert set(recipe) - {"title", "about", "claims", "arms"} <= set(VERBS)
    assert {name for pair in recipe["claims"] for name in pair} <= set(arms)
    for arm in arms.values():
        own = {**recipe.get(arm["command"], {}), **arm}
        assert set(own) - {"command"} <= options_of(own.pop("command"))
        assert own.get("teacher", next(iter(arms))) in arms


def test_there_is_a_recipe_for_every_script():
    """And the other way round, but for the helper."""
    assert {path.stem for path in FOLDER.glob("*.py")} - {"experiment"} == {path.stem for path in RECIPES}


def conducted(script, monkeypatch, tmp_path, *words):
    """What an experiment on the tiny base and corpus wrote: the document and the page."""
    out = tmp_path / "results"
    monkeypatch.setattr(sys, "argv", [script.__name__, "--out", str(out), *words])
    script.conduct(script.__file__, *([script.describe] if hasattr(script, "describe") else []))
    return json.loads((out / "results.json").read_text()), (out / "results.md").read_text()


@pytest.fixture
def tiny(store_home, tiny_base, tiny_corpus):
    """Options for two seeds of everything, quickly."""
    quick = [word for one in ("epochs=1", "batch-size=16") for word in ("--set", one)]
    return ["--base", str(tiny_base), "--data", str(tiny_corpus), "--seeds", "2", *quick]


def test_the_report_goes_through(scripts, monkeypatch, tmp_path, tiny, capsys):
    """Without a larger base its arm and its claim are left out; the rest is trained, compared and written."""
    document, page = conducted(scripts("report"), monkeypatch, tmp_path, *tiny)
    said = capsys.readouterr().out

    assert [arm["label"] for arm in document["arms"]] == ["teacher", "distilled", "alone"]
    assert [len(arm["seeds"]) for arm in document["arms"]] == [1, 2, 2]
    assert [(pair["a"], pair["b"]) for pair in document["pairs"]] == [("distilled", "alone"), ("teacher", "distilled")]
    assert document["pairs"][0]["over_seeds"]["paired"]
    for pair in document["pairs"]:
        assert f"- {pair['verdict']}" in page
        assert pair["verdict"] in " ".join(said.split())
    assert "colacli distil --name report-distilled" in page


def test_a_second_time_nothing_is_trained(scripts, monkeypatch, tmp_path, tiny):
    """The runs are in the store, so the same page is written at once."""
    report = scripts("report")
    first = conducted(report, monkeypatch, tmp_path, *tiny)
    monkeypatch.setattr("colacli.store.store.Store.attempt", lambda *_: pytest.fail("something was trained again"))

    assert conducted(report, monkeypatch, tmp_path, *tiny) == first


def test_claims_are_corrected_for_their_number(scripts, monkeypatch, tmp_path, tiny):
    """Holm's correction is over the planned pairs: the smallest of two p-values is doubled."""
    document, _ = conducted(scripts("report"), monkeypatch, tmp_path, *tiny)
    smallest = min(document["pairs"], key=lambda pair: pair["p"])

    assert smallest["holm_p"] == pytest.approx(min(1.0, 2 * smallest["p"]))


def test_an_arm_that_fails_stops_the_experiment(scripts, monkeypatch, tmp_path, tiny):
    """With what colacli says of it."""
    with pytest.raises(SystemExit, match=r"colacli\.error/1.*--epochs"):
        conducted(scripts("report"), monkeypatch, tmp_path, *tiny, "--set", "epochs=0")


@pytest.mark.slow
@pytest.mark.parametrize("name", ["controls", "curve", "rank", "transfer"])
def test_every_experiment_goes_through(scripts, monkeypatch, tmp_path, tiny, name):
    """All arms of two seeds, every claim judged; students are paired where they start alike."""
    document, page = conducted(scripts(name), monkeypatch, tmp_path, *tiny, "--set", "transfer-size=30")
    recipe = tomllib.loads((FOLDER / f"{name}.toml").read_text())

    assert [arm["label"] for arm in document["arms"]] == list(recipe["arms"])
    assert [[pair["a"], pair["b"]] for pair in document["pairs"]] == recipe["claims"]
    assert all(pair["verdict"] in page for pair in document["pairs"])
    assert all(pair["over_seeds"]["paired"] == (name != "rank") for pair in document["pairs"])


@pytest.mark.parametrize("setting", ["epochs", "epochs=", "nonsense=1"])
def test_a_setting_that_no_arm_has_is_refused(scripts, monkeypatch, tmp_path, setting):
    """Before anything is trained."""
    with pytest.raises(SystemExit):
        conducted(scripts("report"), monkeypatch, tmp_path, "--set", setting)


def test_selection_says_what_a_choice_is_worth(scripts, monkeypatch, tmp_path, tiny):
    """Beside the arms, how optimistic the best epoch is, and the best of all runs."""
    document, page = conducted(scripts("selection"), monkeypatch, tmp_path, *tiny)

    assert [arm["label"] for arm in document["arms"]] == [
        "on-dev",
        "on-holdout",
        "last",
        "by-mcc",
        "by-auc",
        "on-dev-by-mcc",
    ]
    assert "The best of these 12 runs" in page


def test_the_best_of_equal_runs_is_no_better_elsewhere(scripts):
    """Runs that guess have one accuracy; the best of them on a half is above it there, and not on the other half."""
    import random

    rng = random.Random(1)
    right = [[rng.random() < 0.7 for _ in range(200)] for _ in range(20)]
    chosen, fresh = scripts("selection").best_of(right)

    assert chosen - fresh > 0.03
    assert fresh == pytest.approx(0.7, abs=0.03)


def test_a_single_run_is_as_good_on_both_halves(scripts):
    """There is nothing to choose, so nothing is gained by it."""
    chosen, fresh = scripts("selection").best_of([[row % 3 > 0 for row in range(300)]])

    assert chosen == pytest.approx(fresh, abs=0.005)
