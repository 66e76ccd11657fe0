"""A run's stored numbers need nothing but the run; their breakdown needs the corpus, and does without."""

import shutil
from pathlib import Path

import pytest

from colacli.data import cola, download
from colacli.results import metrics_of
from colacli.statistics.calibration import calibrate
from colacli.workflows.data import bring_in
from colacli.workflows.evaluate import EvaluateOptions, evaluate
from factories.judged import ANSWERS, LABELS, OWN, ROWS, judged, sources, write
from factories.runs import DEV, answering, commit_run


def test_an_imported_corpus_is_found_again_by_its_name(store, corpus):
    """What is in the store needs no path."""
    bring_in(store, corpus, "mine")
    judged(store, corpus, data="mine")
    shutil.rmtree(corpus)

    assert len(evaluate("run", OWN, store).breakdown.by_source) == 4


def test_a_corpus_that_has_changed_gives_no_breakdown(store, corpus):
    """Its sentences are not those that were judged: the stored numbers stand, and it is said why there is no more."""
    run = judged(store, corpus)
    write(corpus, [("island", 0, 0), *ROWS[1:-1], ("order", 0, 0)])
    result = evaluate("run", OWN, store)

    assert (result.metrics, result.breakdown) == (metrics_of(run)[DEV], None)
    assert f"{corpus} has changed since run {run.key[:12]} was made" in result.missing


def test_a_split_that_is_gone_is_a_change(store, corpus):
    """A corpus without the split has changed too."""
    judged(store, corpus)
    (corpus / "in_domain_dev.tsv").rename(corpus / "train.tsv")
    result = evaluate("run", OWN, store)

    assert result.breakdown is None
    assert f"its {DEV} has other sentences" in result.missing


def test_sources_that_changed_are_a_change(store, corpus):
    """The same sentences under other sources are not broken down by what was not trained with."""
    judged(store, corpus)
    write(corpus, [("elsewhere", label, answer) for _, label, answer in ROWS])

    assert evaluate("run", OWN, store).breakdown is None


def test_a_corpus_that_is_gone_gives_no_breakdown(store, corpus):
    """The stored numbers stand; where the corpus was is said, and how to name another place."""
    run = judged(store, corpus)
    shutil.rmtree(corpus)
    result = evaluate("run", OWN, store)

    assert (result.metrics, result.breakdown, result.cached) == (metrics_of(run)[DEV], None, True)
    assert str(corpus) in result.missing
    assert "--data" in result.missing


def test_a_corpus_that_can_not_be_read_gives_no_breakdown(store, corpus):
    """Damage of the corpus is no failure of `eval`."""
    judged(store, corpus)
    (corpus / "in_domain_dev.tsv").write_text("no\ttabs enough\n")

    assert f"{corpus}, can't be read here" in evaluate("run", OWN, store).missing


def test_a_folder_that_may_not_be_looked_into_gives_no_breakdown(store, corpus, monkeypatch):
    """A run may come from another user, whose folders are closed."""
    judged(store, corpus)

    def refuse(_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "exists", refuse)

    assert "can't be read here" in evaluate("run", OWN, store).missing


def test_a_run_that_names_no_corpus_gives_no_breakdown(store):
    """Its manifest may not say where its data was."""
    commit_run(store, name="run")

    assert "not known" in evaluate("run", OWN, store).missing


def test_cola_is_not_fetched_for_a_breakdown(store, corpus, store_home, monkeypatch):
    """Where it is not here the remark says how to get it, and nothing is asked of the network."""
    monkeypatch.setattr(download, "urlopen", lambda *_, **__: pytest.fail("the network was asked"))
    judged(store, corpus, data="cola")
    result = evaluate("run", OWN, store, lambda event: pytest.fail(f"told {event}"))

    assert result.breakdown is None
    assert result.missing == "CoLA is not here; `colacli data fetch cola` fetches it"


def test_cola_that_is_here_is_read(store, corpus, store_home):
    """It lies in the store's data folder."""
    judged(store, corpus, data="cola")
    shutil.copytree(corpus, store.data / "cola")

    assert len(evaluate("run", OWN, store).breakdown.by_source) == 4


def test_a_wrong_setting_for_cola_is_no_failure(store, corpus, store_home, monkeypatch, tmp_path):
    """The folder that the environment names may be gone; the stored numbers don't need it."""
    monkeypatch.setenv(cola.VARIABLE, str(tmp_path / "gone"))
    judged(store, corpus, data="cola")

    assert "cola, can't be read here" in evaluate("run", OWN, store).missing


def test_a_corpus_that_moved_can_be_named(store, corpus, tmp_path):
    """`--data` finds the stored predictions by their sentences' digest, and breaks them down."""
    judged(store, corpus)
    moved = corpus.rename(tmp_path / "moved")
    result = evaluate("run", EvaluateOptions(data=str(moved)), store)

    assert (result.cached, result.data) == (True, str(moved))
    assert sources(result) == ["island", "binding", "agreement", "order"]


def test_calibration_is_measured_from_what_is_stored(store, corpus):
    """It needs no corpus: the stored logits have all of it."""
    judged(store, corpus)
    shutil.rmtree(corpus)
    predictions = answering(ANSWERS, LABELS)

    assert evaluate("run", OWN, store).calibration == calibrate(predictions.labels, predictions.logits)
