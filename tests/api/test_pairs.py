"""Minimal pairs of a run, or of a base's language model."""

import pytest

import colacli


@pytest.fixture(scope="module")
def pairs(made):
    """A student on the bundled pairs."""
    return made.store.pairs(made.kd[0], data="sample", device="cpu")


def test_the_groups_are_frames(pairs):
    """The worst first; the mean is that of the paradigms."""
    paradigms = pairs.by_paradigm

    assert paradigms["n"].sum() == 370
    assert pairs.mean == pytest.approx(paradigms["accuracy"].mean())
    assert paradigms["accuracy"].is_monotonic_increasing
    assert (paradigms["low"] <= paradigms["accuracy"]).all()
    assert pairs.interval[0] <= pairs.mean <= pairs.interval[1]
    assert pairs.by_phenomenon["n"].sum() == 370
    assert pairs.by_field.empty  # the bundled pairs have none


def test_a_language_model_needs_no_run(made, tiny_base):
    """As `colacli pairs --base`."""
    measured = made.store.pairs(base=tiny_base, data="sample", score="mean", paradigm=["causative alternation"])

    assert measured.model.startswith("language model")
    assert len(measured.by_paradigm) == 1


def test_a_run_has_no_score_to_choose(made):
    """The error names the option as it is written."""
    with pytest.raises(colacli.UsageError) as caught:
        made.store.pairs(made.kd[0], data="sample", score="mean")

    assert "score=" in str(caught.value)


def test_it_shows_itself(pairs):
    """The mean, and a row a phenomenon."""
    assert pairs._repr_html_().count("<table>") == 1
    assert repr(pairs).startswith(f"{pairs.model} on sample: mean over 37 paradigms: ")


def test_it_is_drawn(pairs):
    """With intervals."""
    pytest.importorskip("matplotlib")

    assert pairs.plot()._repr_svg_().startswith("<?xml")
