"""What is written for a benchmark; the model's part is in tests/cli/test_end_to_end.py."""

import csv
import io
import json
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest
import torch

from colacli.errors import DataError, UsageError
from colacli.render.console import make_console
from colacli.render.submit import show_submission
from colacli.training import predictor
from colacli.workflows.data import bring_in
from colacli.workflows.evaluate import EvaluateOptions
from colacli.workflows.submit import submit
from factories.runs import commit_run


@pytest.fixture
def unanswered(tmp_path):
    """Three sentences with ids of their own."""
    path = tmp_path / "test.tsv"
    path.write_text("index\tsentence\n7\tIt rains.\n8\tRains it do.\n9\tIt snows.\n")
    return path


@pytest.fixture
def run(store, monkeypatch):
    """A run whose model accepts what begins with It."""

    def on_texts(texts, *_):
        return torch.tensor([[0.0, 1.0] if text.startswith("It") else [1.0, 0.0] for text in texts])

    monkeypatch.setattr(predictor, "load_predictor", lambda *_: SimpleNamespace(on_texts=on_texts))
    return commit_run(store, name="run")


@pytest.mark.parametrize(
    ("form", "content"),
    [("glue", "index\tprediction\n7\t1\n8\t0\n9\t1\n"), ("kaggle", "Id,Label\n7,1\n8,0\n9,1\n")],
)
def test_each_benchmark_has_its_form(store, run, unanswered, tmp_path, form, content):
    """A header and a line a sentence, by the test file's own ids and in its order."""
    made = submit("run", form, tmp_path / "answers", EvaluateOptions(data=str(unanswered)), store)

    assert (tmp_path / "answers").read_text() == content
    assert (made.run.key, made.n, made.acceptable) == (run.key, 3, 2)


def test_a_corpus_with_a_name_has_a_test_split(store, run, tmp_path):
    """Of any format, with the ids of its file; again with --force."""
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "train.tsv").write_text("s\t1\t\tIt rains.\n")
    frame = pd.DataFrame({"idx": [3, 4], "sentence": ["It rains.", "Rains it do."], "label": [-1, -1]})
    frame.to_parquet(tmp_path / "mine" / "test-00000-of-00001.parquet")
    bring_in(store, tmp_path / "mine", "mine")
    for force in (False, True):
        made = submit("run", "glue", tmp_path / "answers", EvaluateOptions(data="mine"), store, force=force)

    assert (tmp_path / "answers").read_text() == "index\tprediction\n3\t1\n4\t0\n"
    assert (made.n, made.acceptable) == (2, 1)


@pytest.mark.parametrize(
    ("form", "file", "options", "said"),
    [
        (None, "answers", {"data": "x.tsv"}, "--output is for --submission"),
        ("glue", None, {"data": "x.tsv"}, "needs a test file and a place"),
        ("glue", "answers", {}, "needs a test file and a place"),
        ("glue", "answers", {"data": "x.tsv", "split": "test"}, "exclude each other"),
    ],
)
def test_what_does_not_go_together(store, run, form, file, options, said):
    """A submission needs its form, a test file and a place, and has no split."""
    with pytest.raises(UsageError, match=said):
        submit("run", form, file and Path(file), EvaluateOptions(**options), store)


def test_a_place_that_can_not_be_written(store, run, unanswered, tmp_path):
    """The file is named, with what the system says."""
    with pytest.raises(UsageError, match="answers can't be written: No such file"):
        submit("run", "glue", tmp_path / "gone" / "answers", EvaluateOptions(data=str(unanswered)), store)


def test_what_is_shown(store, run, unanswered, tmp_path):
    """There are no metrics, for there are no labels; what was written where is said."""
    made = submit("run", "kaggle", tmp_path / "answers", EvaluateOptions(data=str(unanswered)), store)
    stream, found = io.StringIO(), {}

    def show(schema, document, view):
        found.update(json.loads(json.dumps(document)))
        view(make_console(stream))

    show_submission(made, show)

    assert (found["key"], found["split"], found["metrics"]) == (run.key, None, None)
    assert found["submission"] == {"form": "kaggle", "file": str(made.file), "n": 3, "acceptable": 2}
    assert stream.getvalue() == f"3 answers, 2 of them acceptable, are in {made.file}\n"


@pytest.mark.parametrize("name", ["=1+1", "+cmd|x", "-A1", "@SUM(1)", "\t=1"])
@pytest.mark.parametrize("form", ["glue", "kaggle"])
def test_an_id_that_a_spreadsheet_executes_is_refused(store, run, tmp_path, name, form):
    """With its line, before anything is judged; no quoting would stop it and leave the id what it is."""
    data = tmp_path / "test.csv"
    data.write_text(f'Id,Sentence\n"{name}",It rains.\n')
    with pytest.raises(DataError, match=r"test.csv, line 2: the id .* is a formula"):
        submit("run", form, tmp_path / "answers", EvaluateOptions(data=str(data)), store)

    assert not (tmp_path / "answers").exists()


def test_ids_are_quoted_as_csv_is_read(store, run, tmp_path):
    """A comma or a quotation mark in an id stays in its cell, and numbers with a sign are no formulas."""
    ids = ["-7", "a,b", 'c"d']
    data = tmp_path / "test.csv"
    with data.open("w", newline="") as file:
        csv.writer(file).writerows([("Id", "Sentence"), *((one, "It rains.") for one in ids)])
    submit("run", "kaggle", tmp_path / "answers", EvaluateOptions(data=str(data)), store)

    with (tmp_path / "answers").open(newline="") as file:
        assert [row["Id"] for row in csv.DictReader(file)] == ids


def test_answers_that_are_there_need_force(store, run, unanswered, tmp_path):
    """An existing file is replaced with --force alone, and the test file not even then."""
    options = EvaluateOptions(data=str(unanswered))
    (tmp_path / "answers").touch()
    with pytest.raises(UsageError, match="is there already"):
        submit("run", "glue", tmp_path / "answers", options, store)
    submit("run", "glue", tmp_path / "answers", options, store, force=True)
    with pytest.raises(UsageError, match="is what is read"):
        submit("run", "glue", unanswered, options, store, force=True)

    assert (tmp_path / "answers").read_text().startswith("index\tprediction\n")
    assert unanswered.read_text().startswith("index\tsentence\n")
