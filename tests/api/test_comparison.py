"""A comparison: the command line's, as frames and as a table that shows itself."""

import json

import pytest

import colacli
from colacli.cli.main import run as command_line


@pytest.fixture(scope="module")
def comparison(made):
    """Of two arms of two seeds, and a run."""
    return made.store.compare(made.kd, made.nokd, made.teacher)


def test_it_is_what_the_command_line_says(made, comparison, capsys, monkeypatch):
    """The same document, but for what the command adds of sentences."""
    monkeypatch.setenv("COLACLI_HOME", str(made.store.path))
    arms = [",".join(run.key[:12] for run in made.kd), "nokd", "teacher"]
    assert command_line(["compare", *arms, "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)

    document = json.loads(json.dumps(comparison.document))
    assert {name: printed[name] for name in document} == document


def test_arms_have_their_names(made, comparison):
    """Where a name stands for the very runs; else their keys."""
    arms = comparison.arms

    assert list(arms.index) == [",".join(run.key[:12] for run in made.kd), "nokd", "teacher"]
    assert arms["runs"].tolist() == [2, 2, 1]
    nokd = made.nokd.metrics.xs("in_domain_dev", level="split")
    assert arms.loc["nokd", "accuracy"] == pytest.approx(nokd["accuracy"].mean())
    assert arms.loc["nokd", "mcc_sd"] == pytest.approx(nokd["mcc"].std())


def test_pairs_have_intervals(comparison):
    """A row a pair; what is not defined over seeds is missing."""
    pairs = comparison.pairs

    assert len(pairs) == 3
    assert (pairs["accuracy_low"] <= pairs["accuracy_difference"]).all()
    assert (pairs["accuracy_difference"] <= pairs["accuracy_high"]).all()
    assert pairs["p"].between(0, 1).all()
    assert len(comparison.verdicts) == 3


def test_students_retain_of_their_teacher(made, comparison):
    """A row an arm of students whose teacher is an arm too, with what the document says."""
    ((names, row),) = comparison.retained.iterrows()
    (document,) = comparison.document["retained"]

    assert names == (",".join(run.key[:12] for run in made.kd), "teacher")
    expected = document["mcc_ratio"] or {"value": None, "interval": [None, None]}
    assert [value if value == value else None for value in row] == [
        expected["value"], *expected["interval"], None, None, None, document["multiplications_ratio"],
    ]  # fmt: skip
    assert 0 < document["multiplications_ratio"] < 1
    assert document["ensemble_mcc_ratio"] is None, "one teaches"


def test_it_shows_itself(comparison):
    """The arms, the pairs, the verdicts."""
    text = comparison._repr_html_()

    assert text.count("<table>") == 2
    assert text.count("<p>") == 3
    assert repr(comparison) == "\n".join(comparison.verdicts)


def test_it_is_drawn(comparison):
    """Curves and differences."""
    pytest.importorskip("matplotlib")

    assert comparison.plot()._repr_svg_().startswith("<?xml")


def test_an_arm_may_be_handles_and_references(made):
    """Or a name."""
    mixed = made.store.compare([made.kd[0], made.kd[1].key[:12]], "nokd")

    assert list(mixed.arms.index) == [",".join(run.key[:12] for run in made.kd), "nokd"]
    with pytest.raises(colacli.UsageError, match="3 is not a run"):
        made.store.compare(3, "nokd")


def test_one_arm_is_too_few(made):
    """As on the command line."""
    with pytest.raises(colacli.UsageError, match="compare needs two runs or more"):
        made.store.compare(made.teacher)
