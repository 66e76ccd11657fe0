"""What a search may try: lists, ranges, grids, random draws and Optuna's suggestions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from colacli.errors import UsageError
from colacli.workflows.samplers import Grid, RandomSampler, TpeSampler
from colacli.workflows.search_space import Choices, Range, parse_space

SPACE = {"lr": Range(1e-4, 1e-2, log=True), "hidden": Choices((64, 128)), "layers": Range(1, 3)}

ends = st.tuples(st.floats(1e-6, 1e3), st.floats(1e-6, 1e3)).map(sorted).filter(lambda pair: pair[0] < pair[1])
whole_ends = st.tuples(st.integers(1, 500), st.integers(501, 1000))


@given(ends | whole_ends, st.booleans(), st.floats(0, 1))
def test_a_draw_lies_in_its_range(pair, log, fraction):
    """Whole where both ends are, and never beyond either, whatever is rounded."""
    low, high = pair
    value = Range(low, high, log=log).at(fraction)

    assert low <= value <= high
    assert type(value) is type(low)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["low", "high", "log", "steps", "x"]), inner, max_size=4)
        ),
    )
)
def test_an_entry_is_read_or_refused(entry):
    """Whatever TOML has in it is a dimension or an error that names the file and the option."""
    try:
        (dimension,) = parse_space({"lr": entry}, "r.toml").values()
    except UsageError as error:
        message = error.message
    else:
        message = f"r.toml: [space] lr is {dimension.at(0.0)}"
    assert "r.toml: [space] lr" in message


@pytest.mark.parametrize(
    ("entry", "what"),
    [
        ([], "a list of values"),
        ({"low": 1}, "neither a list of values nor a range"),
        ({"low": 2, "high": 1}, "low is a number below high"),
        ({"low": 0, "high": 1, "log": True}, "above 0 where log = true"),
        ({"low": 0.0, "high": 1.0, "steps": 1}, "at least 2"),
        (3, "neither a list of values nor a range"),
    ],
)
def test_an_impossible_entry_is_named(entry, what):
    """Each with what is wrong."""
    with pytest.raises(UsageError, match=what):
        parse_space({"lr": entry}, "r.toml")


def test_a_grid_has_every_combination_once():
    """The last option changes first, and there is an end."""
    grid = Grid({"cell": Choices(("rnn", "gru")), "lr": Range(0.1, 0.3, steps=3)})

    settings = grid.ask(4) + grid.ask(4)

    assert settings == [{"cell": cell, "lr": lr} for cell in ("rnn", "gru") for lr in (0.1, 0.2, 0.3)]
    assert grid.ask(1) == []


def test_a_grid_of_a_range_needs_steps():
    """Else there is no telling how many values."""
    with pytest.raises(UsageError, match="needs the number of values"):
        Grid(SPACE)


@given(st.integers(0, 2**40), st.integers(1, 20), st.integers(1, 20))
def test_a_larger_budget_begins_with_the_smaller_ones_trials(seed, first, more):
    """So a search that goes on finds its first trials in the store."""
    asked = RandomSampler(SPACE, seed).ask(first)

    assert RandomSampler(SPACE, seed).ask(first + more)[:first] == asked
    assert len({tuple(setting.items()) for setting in asked}) == len(asked)


@pytest.mark.parametrize("make", [lambda space: RandomSampler(space, 0), lambda space: TpeSampler(space, 0)])
def test_a_finite_space_is_exhausted(make):
    """Of four settings, four are given and no fifth; each once."""
    sampler = make({"hidden": Choices((64, 128)), "bidirectional": Choices((True, False))})
    settings = []
    for _ in range(10):
        for setting in sampler.ask(3):
            settings.append(setting)
            sampler.tell(setting, 0.0)

    assert len(settings) == len({tuple(setting.items()) for setting in settings}) <= 4
    assert len(settings) >= 3  # Optuna may not come to the last one


def test_tpe_finds_what_is_better():
    """After thirty trials of a hill it has come nearer to the top than thirty random draws do at the median."""
    best = []
    for seed in range(3):
        sampler = TpeSampler({"x": Range(0.0, 1.0)}, seed)
        distances = []
        for _ in range(6):
            for setting in sampler.ask(5):
                distances.append(abs(setting["x"] - 0.7))
                sampler.tell(setting, -distances[-1])
        best.append(min(distances))

    assert (
        sorted(best)[1] < 0.02
    )  # the nearest of thirty uniform draws is 0.017 away on average; rounds of five cost some


def test_tpe_is_the_same_again():
    """Seed and answers decide, and a trial that failed is passed over."""

    def trials():
        sampler = TpeSampler(SPACE, 3)
        asked = []
        for turn in range(4):
            for setting in sampler.ask(4):
                asked.append(setting)
                sampler.tell(setting, None if turn == 1 else setting["lr"])
        return asked

    assert trials() == trials()
