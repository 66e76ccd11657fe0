"""Figures for a page."""

from dataclasses import replace

import pytest

from colacli.data.corpus import Sentence
from colacli.errors import UnavailableError, UsageError
from colacli.render import figures
from colacli.render.figures import check_figure, save_comparison, save_evaluation
from colacli.statistics.calibration import calibrate
from colacli.store.refs import set_name
from colacli.workflows.breakdown import break_down
from colacli.workflows.compare import compare
from colacli.workflows.evaluate import Evaluation
from factories.runs import DEV, LABELS, answering, commit_run, make_spec


@pytest.fixture
def compared(store):
    """An arm of two seeds, and two single runs."""
    keys = [commit_run(store, make_spec(seed), predictions=answering([seed % 2, 1, 1, 1])).key for seed in range(4)]
    set_name(store, "seeds", keys[:2])
    set_name(store, "single", keys[2:3])
    return compare(["seeds", "single", keys[3]], DEV, store)


@pytest.fixture
def evaluated(store):
    """Two sources."""
    sentences = [Sentence("Yes.", label, source=f"<source $ {row % 2}>") for row, label in enumerate(LABELS)]
    predictions = answering([1, 1, 0, 1])
    calibration = calibrate(predictions.labels, predictions.logits)
    parts = break_down(sentences, predictions, None)
    return Evaluation(commit_run(store), "here", DEV, predictions.measure(), calibration, True, parts)


def test_a_comparison_is_drawn(compared, tmp_path):
    """Every arm and every pair is named in the figure, and the bytes are the same each time."""
    pytest.importorskip("matplotlib")
    for name in ("one.svg", "two.svg"):
        save_comparison(compared, tmp_path / name)
    drawn = (tmp_path / "one.svg").read_text()

    long = f"{compared.arms[2].label[:23]}…"
    assert all(f"<!-- {label} -->" in drawn for label in ("seeds", "single", long))
    assert all(f"<!-- {a} − {b} -->" in drawn for a, b in (("seeds", "single"), ("seeds", long), ("single", long)))
    assert (tmp_path / "two.svg").read_text() == drawn


def test_an_evaluation_is_drawn(evaluated, tmp_path):
    """PNG too; without a breakdown or a calibration there is less to draw, and that is no failure."""
    pytest.importorskip("matplotlib")
    save_evaluation(evaluated, tmp_path / "whole.PNG")
    save_evaluation(replace(evaluated, calibration=None, breakdown=None), tmp_path / "less.svg")

    assert (tmp_path / "whole.PNG").read_bytes().startswith(b"\x89PNG")
    assert "</svg>" in (tmp_path / "less.svg").read_text()


@pytest.mark.parametrize("name", ["figure.pdf", "figure"])
def test_other_formats_are_refused(store, tmp_path, name):
    """The suffix says what is wanted."""
    with pytest.raises(UsageError, match="SVG or PNG"):
        check_figure(tmp_path / name, store, force=False)


def test_a_place_that_can_not_be_written(store, tmp_path):
    """It is named before the work, with what the system says."""
    with pytest.raises(UsageError, match=r"figure.svg can't be written: No such file"):
        check_figure(tmp_path / "gone" / "figure.svg", store, force=False)


def test_a_figure_that_is_there_needs_force(store, tmp_path):
    """As every file that is written where the user says."""
    (tmp_path / "figure.svg").touch()
    with pytest.raises(UsageError, match="is there already"):
        check_figure(tmp_path / "figure.svg", store, force=False)

    assert check_figure(tmp_path / "figure.svg", store, force=True) is None


def test_without_matplotlib_the_way_to_get_it_is_said(store, tmp_path, monkeypatch):
    """It is an extra, and looked for before the work."""
    monkeypatch.setattr(figures, "find_spec", lambda _name: None)
    with pytest.raises(UnavailableError) as caught:
        check_figure(tmp_path / "figure.svg", store, force=False)

    assert "colacli[plots]" in caught.value.hint
