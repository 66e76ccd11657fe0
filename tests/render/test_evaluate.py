"""What `eval` shows beside the metrics: everything as JSON, the worst sources and a few tables to people."""

from dataclasses import replace

import pytest

from colacli.workflows.splits import measure_split
from factories.evaluations import document, drawn, evaluation, piped
from factories.runs import DEV, answering, commit_run

PART = {"source", "n", "accuracy", "mcc", "f1", "loss", "majority_accuracy", "constant_prediction", "confusion"}
COLUMNS = ["source", "n", "accuracy", "95 % interval", "MCC", "majority"]


@pytest.fixture
def run(store):
    """Any run: only its key and command are shown."""
    return commit_run(store)


def test_a_document_has_every_source(run):
    """The worst first, each with the metrics that a split has, and the interval's two ends."""
    first, second = document(evaluation(run, ["hard", "easy"]))["by_source"]
    low, high = first["interval"]

    assert (first["source"], second["source"]) == ("hard", "easy")
    assert set(first) == PART | {"interval"}
    assert (first["n"], first["accuracy"], first["majority_accuracy"]) == (4, 0.25, 0.75)
    assert 0 < low < 0.25 < high < 1


def test_a_document_without_a_breakdown_says_null(run):
    """The key is there, so that a program need not ask twice; the metrics are too."""
    evaluated = document(evaluation(run, ["a", "b"], missing="gone"))

    assert (evaluated["by_source"], evaluated["by_length"], evaluated["by_overlap"]) == (None, None, None)
    assert evaluated["metrics"]["n"] == 8


def test_a_document_has_a_single_source(run):
    """A list of one is a breakdown too, though people see none."""
    assert [part["source"] for part in document(evaluation(run, [""]))["by_source"]] == [""]


def test_a_pipe_gets_a_line_a_source(run):
    """After the overall metrics: title, column names, and as many cells a line; nothing is drawn."""
    lines = piped(evaluation(run, ["hard", "easy"]))

    assert lines[3] == "# by source, the least accurate first"
    assert [line.split("\t") for line in lines[4:]] == [
        COLUMNS,
        ["hard", "4", "25.00 %", "4.6 to 69.9 %", "-0.5774", "75.00 %"],
        ["easy", "4", "75.00 %", "30.1 to 95.4 %", "0.0000", "75.00 %"],
    ]


def test_a_pipe_gets_all_of_many_sources(run):
    """Five hundred sources are five hundred lines, and no remark among them."""
    rows = piped(evaluation(run, [f"source {number}" for number in range(500)]))[5:]

    assert len(rows) == 500
    assert {len(row.split("\t")) for row in rows} == {len(COLUMNS)}


@pytest.mark.parametrize("show", [piped, drawn])
def test_a_single_source_is_not_shown_again(run, show):
    """It would repeat the line above it."""
    assert not [line for line in show(evaluation(run, [""])) if "source" in line]


@pytest.mark.parametrize("show", [piped, drawn])
def test_the_reason_for_no_breakdown_is_shown(run, show):
    """One remark, below the overall metrics."""
    lines = show(evaluation(run, ["a", "b"], missing="CoLA is not here"))

    assert lines[-1] == "no breakdown by source: CoLA is not here"
    assert sum("source" in line for line in lines) == 1


@pytest.mark.parametrize("show", [piped, drawn])
def test_a_source_without_a_name_is_a_dash(run, show):
    """Some sentences may have none where others do."""
    assert [line for line in show(evaluation(run, ["", "named"])) if line.lstrip().startswith("—")]


def test_a_terminal_gets_a_table_and_bars(run):
    """The sources stand in one order in both, with the majority's mark on each bar."""
    lines = drawn(evaluation(run, ["hard", "easy"]))
    bars = lines.index("━━ accuracy   │ majority: always the source's more common label")

    assert [line.split()[0] for line in lines if line.startswith((" hard", " easy"))] == ["hard", "easy"]
    assert [line.split()[0] for line in lines[bars + 1 :]] == ["hard", "easy"]
    assert all(set("│┥┿") & set(line) for line in lines[bars + 1 :])


def test_a_terminal_gets_all_of_up_to_thirty_sources(run):
    """None of them is left out for the sake of a few lines."""
    lines = drawn(evaluation(run, [f"source-{number:03}" for number in range(30)]))

    assert sum("source-" in line for line in lines) == 2 * 30
    assert not [line for line in lines if "more sources" in line]


@pytest.mark.parametrize(("count", "more"), [(31, 11), (500, 480)])
def test_a_terminal_gets_the_worst_of_many_sources(run, count, more):
    """Twenty, in table and bars alike; a line says how many more there are, and where."""
    lines = drawn(evaluation(run, [f"source-{number:03}" for number in range(count)]))

    assert sum("source-" in line for line in lines) == 2 * 20
    assert sum("source-000" in line for line in lines) == 2
    assert lines[-1] == f"{more} more sources are at least as accurate; --json gives all"


@pytest.mark.parametrize("width", [40, 60, 80, 100])
def test_no_line_is_wider_than_the_terminal(run, width):
    """However long a source's name, the table and the bars keep to the width."""
    lines = drawn(evaluation(run, ["a-phenomenon-with-a-very-long-name" * 3, "easy"]), width, briefly=False)

    assert max(map(len, lines)) <= width


def test_a_document_has_every_length_and_the_overlap_with_train(run):
    """By words and by whether train has the sentence, with the metrics of each."""
    evaluated = document(evaluation(run, ["a", "b"]))
    lengths, overlap = evaluated["by_length"], evaluated["by_overlap"]

    assert [(part["words"], part["n"]) for part in lengths] == [("1 to 5", 4), ("9 to 12", 4)]
    assert [(part["overlap"], part["n"]) for part in overlap] == [("new", 4), ("in train", 4)]
    assert all(set(part) == PART - {"source"} | {"words", "interval"} for part in lengths)


def test_a_document_has_standard_errors_and_calibration(run):
    """Standard errors, balanced accuracy and calibration stand beside the metrics, which are as they are stored."""
    result = evaluation(run, ["a", "b"])
    evaluated = document(result)
    counts = result.metrics.confusion

    assert set(evaluated["metrics"]) == PART - {"source"}
    assert evaluated["standard_errors"] == {"accuracy": counts.accuracy_error, "mcc": counts.mcc_error}
    assert evaluated["balanced_accuracy"] == counts.balanced_accuracy
    assert set(evaluated["calibration"]) == {"brier", "expected_error", "floor", "bins"}
    assert sum(bin_["n"] for bin_ in evaluated["calibration"]["bins"]) == 8


def test_a_document_has_every_split(run):
    """Each with its metrics, and with the measures that need no threshold: value, interval, and why one is null."""
    first, other = measure_split(answering([1, 0, 0, 1], [1, 0, 1, 1])), measure_split(answering([1, 1], [1, 1]))
    result = replace(evaluation(run, ["a", "b"]), splits={DEV: first, "pooled_dev": other})
    splits = document(result)["splits"]

    assert list(splits) == [DEV, "pooled_dev"]
    assert splits[DEV]["metrics"]["n"] == 4
    assert splits[DEV]["threshold_free"]["auc"] == {
        "value": pytest.approx(5 / 6),
        "interval": None,
        "reason": "fewer than two sentences of one label",
    }
    assert splits["pooled_dev"]["threshold_free"]["auc"]["value"] is None


@pytest.mark.parametrize("show", [piped, drawn])
def test_why_a_measure_is_missing_is_shown(run, show):
    """A dash in the table, and a line that says why."""
    constant = replace(evaluation(run, ["a"]), splits={DEV: measure_split(answering([1, 1], [1, 1]))})

    why = f"{DEV}: no ROC AUC, average precision, point-biserial r: all sentences have one label"
    assert why in " ".join(show(constant, briefly=False))


def test_a_constant_answer_has_no_standard_error_of_mcc(run):
    """It is null in the document and a dash for people."""
    result = evaluation(run, ["b", "b"])
    predictions = answering([1] * 4)
    constant = replace(result, metrics=predictions.measure())

    assert document(constant)["standard_errors"]["mcc"] is None
    assert [line.split("\t")[1] for line in piped(constant, briefly=False) if line.count("\t") == 5][1] == "—"


def test_a_pipe_gets_every_table(run):
    """Titles of all of them, in order."""
    titles = [line for line in piped(evaluation(run, ["a", "b"]), briefly=False) if line.startswith("# ")]

    assert [title.split(",")[0] for title in titles[1:]] == [
        "# without a threshold",
        "# uncertainty and calibration on in_domain_dev",
        "# by source",
        "# by length in words",
        "# by overlap with the training sentences",
        "# calibration",
    ]


def test_a_terminal_gets_a_reliability_diagram(run):
    """A bar a bin, named by its probability, with a mark where it should end."""
    lines = drawn(evaluation(run, ["a", "b"]), briefly=False)
    start = lines.index("━━ fraction that is acceptable   │ predicted P(acceptable)")

    assert [line.split()[0] for line in lines[start + 1 :]] == [
        "0.40",
        "0.40",
        "0.60",
        "0.60",
        "0.60",
        "0.60",
        "0.60",
        "0.60",
    ]
    assert all(set("│┥┿") & set(line) for line in lines[start + 1 :])
