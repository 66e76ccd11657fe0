"""The recipes of examples/ablations: each is one, and goes through on a tiny corpus."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from colacli.cli.main import run
from colacli.workflows.recipe_file import read_recipe

FOLDER = Path(__file__).parents[1] / "examples" / "ablations"
RECIPES = sorted(FOLDER.glob("*.toml"))


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_a_recipe_is_one(path):
    """It has a title, a question, and claims about its arms; its teachers are arms of it."""
    recipe = read_recipe(path)

    assert recipe.title
    assert recipe.about
    assert recipe.claims
    assert {arm.teacher for arm in recipe.arms.values()} - {None} <= recipe.arms.keys()


def test_the_readme_names_every_recipe():
    """With its question."""
    page = (FOLDER / "README.md").read_text()

    assert [path.name for path in RECIPES if f"| `{path.name}` |" not in page] == []


def prepare_retained(text, base):
    """What they find in the working folder and in the store: two texts, and layers that have read one."""
    subjects, verbs = ("A cook", "The tall man", "Nobody"), ("sings", "sees it", "has slept here")
    text.write_text("".join(f"{subject} {verb}.\n" for subject in subjects for verb in verbs))
    shape = ["--cell", "gru", "--bidirectional", "--hidden", "140", "--layers", "2", "--epochs", "1"]
    assert run(["pretrain-student", "--text", str(text), "--base", str(base), *shape, "--name", "read"]) == 0
    (text.parent / "text2.txt").write_text(text.read_text().replace("sings", "waits"))


@pytest.mark.slow
@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_every_experiment_goes_through(path, store_home, tiny_base, tiny_corpus, tmp_path, monkeypatch):
    """All arms of two seeds, every claim judged; students are paired where they start alike."""
    monkeypatch.chdir(tmp_path)
    if path.stem in ("retained", "stages"):
        prepare_retained(tmp_path / "text.txt", tiny_base)
    quick = {"epochs": 1, "batch-size": 16}
    words = ["--base", tiny_base, "--data", tiny_corpus, "--seeds", 2, "--out", tmp_path / "out"]
    if path.stem in ("controls", "curve", "retained", "stages", "text", "transfer"):
        quick["transfer-size"] = 30
    words += [word for option, value in quick.items() for word in ("--set", f"{option}={value}")]

    assert run(["experiment", str(path), *map(str, words)]) == 0

    document = json.loads((tmp_path / "out" / "results.json").read_text())
    page = (tmp_path / "out" / "results.md").read_text()
    recipe = read_recipe(path)
    arms = [name for name in recipe.arms if name != "larger"]
    assert [arm["label"] for arm in document["arms"]] == arms
    claims = [list(pair) for pair in recipe.claims if "larger" not in pair]
    assert [[pair["a"], pair["b"]] for pair in document["pairs"]] == claims
    assert all(pair["verdict"] in page for pair in document["pairs"])
