"""Recipes of experiments: what one says, and what is wrong with one that can't be."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from colacli.errors import UsageError
from colacli.workflows.recipe_file import read_recipe
from colacli.workflows.search_space import Choices, Range

GOOD = """
title = "Ranks"
claims = [["small", "large"]]
[finetune]
epochs = 2
lr = 1e-3
[arms.small]
command = "finetune"
rank = 1
[arms.large]
extends = "small"
rank = 16
seeds = 5
[baseline.ngrams]
validation = "holdout"
[arms.counts]
command = "baseline.ngrams"
"""


def recipe_of(folder, text):
    """The recipe with this text."""
    path = folder / "r.toml"
    path.write_text(text, encoding="utf-8")
    return read_recipe(path)


def test_an_arm_has_its_commands_settings_then_those_it_extends_then_its_own(tmp_path):
    """The nearest one counts."""
    recipe = recipe_of(tmp_path, GOOD)
    small, large, counts = recipe.arms.values()

    assert small.settings == {"epochs": 2, "lr": 1e-3, "rank": 1}
    assert large.settings == {"epochs": 2, "lr": 1e-3, "rank": 16}
    assert (small.command, large.command, large.seeds, small.seeds) == ("finetune", "finetune", 5, None)
    assert counts.settings == {"validation": "holdout"}
    assert recipe.claims == [("small", "large")]
    assert recipe.run_name("small") == "r-small"


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ('title = "Ranks"', "title = 3", "not a recipe"),
        ("rank = 1\n", "rnk = 1\n", r"\[arms.small\]: there is no option 'rnk'"),
        ("[finetune]", "[finetun]", "there is no command 'finetun'"),
        ("epochs = 2", "epoch = 2", r"\[finetune\]: there is no option 'epoch'"),
        ('extends = "small"', 'extends = "smal"', "there is no arm 'smal'"),
        ('extends = "small"', 'extends = "large"', "arms extend one another: large -> large"),
        ('[["small", "large"]]', '[["small", "big"]]', "claims: there is no arm 'big'"),
        ('[["small", "large"]]', '[["small", "small"]]', "compared with itself"),
        ("seeds = 5", "seeds = 0", "seeds is a whole number"),
        ('command = "finetune"', 'command = "tune"', "its command is one of"),
        ("[arms.small]", "[arms.'a b']", "can't be called so"),
        ("rank = 16", "name = 'x'", "there is no option 'name'"),
        ("rank = 16", "dry-run = true", "there is no option 'dry-run'"),
        ("rank = 16", "rank = ", "is not TOML"),
        ("[arms.counts]", f"[arms.{'x' * 92}]", "can't be called so"),
        ("[baseline.ngrams]", "[search]\narm = 'x'\n[baseline.ngrams]", "there is no arm 'x'"),
        ("[baseline.ngrams]", "[search]\narm = 'small'\n[baseline.ngrams]", r"\[space\] is empty"),
        ("[baseline.ngrams]", "[space]\nlr = [1]\n[baseline.ngrams]", r"\[space\] without \[search\]"),
    ],
)
def test_what_can_not_be_is_named(tmp_path, old, new, what):
    """File, table and option, and what there is instead."""
    assert old in GOOD
    with pytest.raises(UsageError, match=what) as caught:
        recipe_of(tmp_path, GOOD.replace(old, new, 1))

    assert "r.toml" in caught.value.message


SEARCH = """
[arms.held]
command = "train-student"
validation = "holdout"
[search]
arm = "held"
budget = 6
round = 2
[space]
lr = { low = 1e-4, high = 1e-2, log = true }
hidden = [64, 128]
"""


def test_a_recipe_has_an_arm(tmp_path):
    """Without one there is nothing to make."""
    with pytest.raises(UsageError, match=r"r\.toml has no arm"):
        recipe_of(tmp_path, 'title = "t"\n[arms]\n')


@pytest.mark.parametrize("option", ["name", "seeds", "jobs", "dry-run", "force"])
def test_the_experiments_own_options_are_not_set_for_arms(tmp_path, option):
    """They would be ignored, or name every run."""
    path = tmp_path / "r.toml"
    path.write_text(GOOD)
    with pytest.raises(UsageError, match=f"--set: there is no option '{option}'"):
        read_recipe(path, {option: 1})


def test_what_is_set_goes_before_the_file_and_is_checked_with_it(tmp_path):
    """For every arm whose command has the option; a search still needs sentences that are held out."""
    path = tmp_path / "r.toml"
    path.write_text(GOOD + SEARCH)
    recipe = read_recipe(path, {"rank": 8, "validation": "holdout"})

    assert [arm.settings.get("rank") for arm in recipe.arms.values()] == [8, 8, None, None]
    with pytest.raises(UsageError, match="held holds none out"):
        read_recipe(path, {"validation": "dev"})
    with pytest.raises(UsageError, match=r"--set lr: .* searches this option"):
        read_recipe(path, {"lr": 0.1})


def test_a_search_has_an_arm_and_a_space(tmp_path):
    """And the settings that it chose become the arm's."""
    recipe = recipe_of(tmp_path, GOOD + SEARCH)

    assert recipe.search.budget == 6
    assert recipe.space == {"lr": Range(1e-4, 1e-2, log=True), "hidden": Choices((64, 128))}
    settled = recipe.settled({"hidden": 64})
    assert settled.arms["held"].settings == {"validation": "holdout", "hidden": 64}
    assert settled.search is None


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ('validation = "holdout"\n[search]', "[search]", "held holds none out"),
        ("round = 2", "round = 0", "round = 0"),
        ("hidden", "hiden", "there is no option 'hiden'"),
        ("hidden = [64, 128]", "seed = [1, 2]", "there is no option 'seed'"),
        ("hidden = [64, 128]", "validation = ['dev', 'holdout']", "there is no option 'validation'"),
        ("[search]", '[arms.held-trials]\ncommand = "train-student"\n[search]', "what the trials of held are called"),
        ("[search]", 'seed = "one"\n[search]', "seed is a whole number"),
        ('arm = "held"', 'arm = "held"\nsampler = "grit"', "not a recipe"),
    ],
)
def test_a_search_that_can_not_be_is_named(tmp_path, old, new, what):
    """Before anything is made."""
    text = GOOD + SEARCH
    assert old in text
    with pytest.raises(UsageError, match=what):
        recipe_of(tmp_path, text.replace(old, new))


VALUES = ['"a"', "3", "[]", "[[]]", '[["a", "a"]]', "{}", "{ a = {} }", '{ a = { command = "finetune" } }']


@given(
    st.dictionaries(
        st.sampled_from(["about", "claims", "search", "space", "finetune", "baseline", "x"]), st.sampled_from(VALUES)
    ),
    st.dictionaries(st.sampled_from(["command", "extends", "teacher", "seeds", "rank"]), st.sampled_from(VALUES)),
)
def test_whatever_is_toml_is_read_or_refused(tmp_path_factory, tables, arm):
    """With an error for the user, whatever is where."""
    tables = {"title": '"t"', **tables}
    text = "".join(f"{name} = {value}\n" for name, value in tables.items()) + "[arms.b]\n"
    text += "".join(f"{name} = {value}\n" for name, value in arm.items())
    try:
        title = recipe_of(tmp_path_factory.mktemp("recipe"), text).title
    except UsageError as error:
        title = error.message
    assert title


@given(st.text(alphabet=string.printable, max_size=40))
def test_whatever_is_text_is_read_or_refused(tmp_path_factory, text):
    """With an error that names the file."""
    with pytest.raises(UsageError, match=r"r\.toml"):
        recipe_of(tmp_path_factory.mktemp("recipe"), text)
