"""Several runs are a sequence, with frames of all."""

import pytest

import colacli


def test_they_are_a_sequence(made):
    """Of handles; a slice is one too."""
    assert len(made.nokd) == 2
    assert made.nokd[1] == list(made.nokd)[1]
    assert isinstance(made.nokd[:1], colacli.Runs)
    assert made.nokd[1] in made.nokd


def test_frames_have_all_of_them(made):
    """Told apart by key, command and seed."""
    metrics = made.nokd.metrics

    assert metrics.index.names == ["run", "command", "seed", "split"]
    assert len(metrics) == 4
    assert metrics.xs(1, level="seed")["mcc"].tolist() == made.nokd[1].metrics["mcc"].tolist()
    assert made.nokd.history.index.names == ["run", "command", "seed", "epoch"]
    assert len(made.nokd.history) == 4


def test_nothing_is_an_empty_frame(tmp_path):
    """Of an empty store."""
    runs = colacli.open(tmp_path).runs()

    assert runs.metrics.empty
    assert runs.history.empty


def test_they_show_themselves(made):
    """A row a run."""
    text = made.nokd._repr_html_()

    assert text.count("<tr>") == 3
    assert all(run.key[:12] in text for run in made.nokd)
    assert repr(made.nokd[:1]) == f"<Runs: [{made.nokd[0]!r}]>"


def test_their_curves_are_means(made):
    """In the band of their range."""
    pytest.importorskip("matplotlib")

    assert made.nokd.plot()._repr_svg_().startswith("<?xml")
