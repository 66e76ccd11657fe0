"""The file of sentences is enough to compute every number of `eval` again."""

import math

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import accuracy_score, brier_score_loss, f1_score, matthews_corrcoef

from colacli.errors import DataError, UnknownReferenceError, UsageError
from colacli.store.refs import set_name
from colacli.workflows.evaluate import EvaluateOptions
from colacli.workflows.per_sentence import examine, run_columns
from factories.annotated import LABELS, ROWS, judged, several, text, write

OWN = EvaluateOptions()
MARGINS = [1.25, -3.0000001, 1 / 3, -1, 2, 2, -40, 1e-9]


@pytest.fixture
def corpus(tmp_path):
    """Eight sentences with constructions."""
    return write(tmp_path / "corpus")


def read(path):
    """The file as pandas reads it."""
    return pd.read_csv(path, keep_default_na=False)


def same(metrics, rows, answer="answer", margin="margin"):
    """Whether metrics are those of some lines of the file."""
    labels, answers = rows["label"], rows[answer]
    assert metrics.n == len(rows)
    assert metrics.accuracy == pytest.approx(accuracy_score(labels, answers), abs=1e-12)
    defined = min(labels.nunique(), answers.nunique()) > 1
    assert metrics.mcc == pytest.approx(matthews_corrcoef(labels, answers) if defined else 0, abs=1e-12)
    assert metrics.f1 == pytest.approx(f1_score(labels, answers, zero_division=0), abs=1e-12)
    loss = np.logaddexp(0, np.where(labels == 1, -rows[margin], rows[margin])).mean()
    assert metrics.loss == pytest.approx(loss, rel=1e-12)


def test_every_number_can_be_computed_again(store, corpus, tmp_path):
    """By pandas and scikit-learn: all metrics, whole, by source, by length, by construction and by overlap."""
    judged(store, corpus, MARGINS)
    (result,) = examine("run-0", OWN, tmp_path / "out.csv", store)
    frame, parts = read(tmp_path / "out.csv"), result.breakdown

    same(result.metrics, frame)
    assert result.calibration.brier == pytest.approx(brier_score_loss(frame["label"], frame["probability"]), abs=1e-12)
    by_source = dict(iter(frame.groupby("source")))
    assert {part.name for part in parts.by_source} == set(by_source)
    for part in parts.by_source:
        same(part.metrics, by_source[part.name])
    marked = frame.assign(construction=frame["constructions"].str.split(";")).explode("construction")
    by_construction = {name: rows for name, rows in marked.groupby("construction") if name}
    assert {part.name for part in parts.by_construction} == set(by_construction) == {"Neg", "Wh", "Rare"}
    for part in parts.by_construction:
        same(part.metrics, by_construction[part.name])
    words = frame["sentence"].str.split().str.len()
    bins = pd.cut(words, [0, 5, 8, 12, math.inf], labels=["1 to 5", "6 to 8", "9 to 12", "13 or more"])
    assert list(frame["length"]) == list(bins)
    for part in parts.by_length:
        same(part.metrics, frame[frame["length"] == part.name])
    for part in parts.by_overlap:
        same(part.metrics, frame[frame["in_train"] == int(part.name == "in train")])
    assert [part.name for part in parts.by_overlap] == ["new", "in train"]


def test_a_line_has_all_that_is_known_of_its_sentence(store, corpus, tmp_path):
    """In the split's order, quoted as CSV quotes; every digit of a number."""
    judged(store, corpus, MARGINS)
    examine("run-0", OWN, tmp_path / "out.csv", store)
    frame = read(tmp_path / "out.csv")

    assert list(frame["sentence"]) == [text(row) for row in range(len(ROWS))]
    assert list(frame["label"]) == LABELS
    assert list(frame["constructions"]) == [constructions.replace(" ", ";") for _, _, constructions in ROWS]
    assert list(frame["margin"]) == [margin / 2 - -margin / 2 for margin in MARGINS]


def test_several_runs_have_columns_of_their_own(store, corpus, tmp_path):
    """Named by seed and key; each run's numbers can be computed from its own."""
    runs = several(store, corpus, "three", [MARGINS, [-one for one in MARGINS], [1.0] * 8])
    results = examine("three", OWN, tmp_path / "out.csv", store)
    frame = read(tmp_path / "out.csv")

    assert [result.run.key for result in results] == [run.key for run in runs]
    assert f"answer[seed 1, {runs[1].key[:6]}]" in frame
    for result in results:
        answer, _, margin, *_ = run_columns(result.run)
        same(result.metrics, frame, answer, margin)


def test_where_one_run_is_asked_for_several_are_refused(store, corpus, tmp_path):
    """Nothing is written."""
    several(store, corpus, "two", [MARGINS, MARGINS])

    with pytest.raises(UnknownReferenceError, match="stands for 2 runs"):
        examine("two", OWN, tmp_path / "out.csv", store, alone=True)
    assert not (tmp_path / "out.csv").exists()


def test_runs_on_other_sentences_do_not_fit_in_one_file(store, tmp_path):
    """The message names both runs and the way out."""
    first = judged(store, write(tmp_path / "a"), MARGINS, 0)
    second = judged(store, write(tmp_path / "b", [(source, label, "") for source, label, _ in ROWS]), MARGINS, 1)
    (tmp_path / "c").mkdir()
    third = tmp_path / "c" / "dev.csv"
    third.write_text((tmp_path / "a" / "dev.csv").read_text().replace("Sentence", "Phrase"))
    other = judged(store, tmp_path / "c", MARGINS, 2)
    set_name(store, "alike", [first.key, second.key])
    set_name(store, "mixed", [first.key, other.key])

    assert len(examine("alike", OWN, tmp_path / "alike.csv", store)) == 2
    with pytest.raises(DataError, match="have other sentences on in_domain_dev"):
        examine("mixed", OWN, tmp_path / "mixed.csv", store)
    assert not (tmp_path / "mixed.csv").exists()


def test_a_file_is_replaced_only_where_it_may_be(store, corpus, tmp_path):
    """It is looked at before anything is computed."""
    (tmp_path / "out.csv").write_text("mine")

    with pytest.raises(UsageError, match="is there already"):
        examine("no such run", OWN, tmp_path / "out.csv", store)
    assert (tmp_path / "out.csv").read_text() == "mine"
