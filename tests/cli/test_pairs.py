"""`pairs` and `compare --pairs` as a user calls them."""

import json
import signal
import subprocess
import sys
import time

import pytest

from colacli.cli.main import run
from colacli.store.store import Store
from factories.interruptions import interruptible
from factories.output import environment
from factories.pair_scores import made_up_arm, write_pairs

PUBLISHED = [
    {"UID": "first", "linguistics_term": "order", "LSTM": 0.25},
    {"UID": "second", "linguistics_term": "order", "LSTM": 0.75},
]


@pytest.fixture
def pairs(folder, tiny_base):
    """What `pairs` is called with: the tiny base and thirty pairs in the working folder."""
    write_pairs(folder / "mine")
    return ["pairs", "--base", str(tiny_base), "--data", "mine"]


def error(capsys, *argv, status=1):
    """The message and hint of a command that fails."""
    assert run([*argv, "--json"]) == status
    found = json.loads(capsys.readouterr().out)
    assert found["schema"] == "colacli.error/1"
    return found["message"] + " " + found["hint"]


def test_a_table_for_people(pairs, capsys):
    """What was scored and how, ties, and each paradigm with its interval; in a pipe as cells."""
    assert run(pairs) == 0
    shown = capsys.readouterr().out
    assert "by sum, first token scored after the start token; fp32" in shown
    assert "each counted half; chance is 50 %" in shown
    assert "paradigm\tpairs\taccuracy\t95 % interval\tties\n" in shown


def test_a_document(pairs, capsys):
    """Counts, accuracies and intervals of every group, and the mean over paradigms."""
    assert run([*pairs, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["schema"], found["n"], found["score"], found["bos"]) == ("colacli.pairs/1", 30, "sum", True)
    assert {group["name"]: group["n"] for group in found["by_paradigm"]} == {"first": 15, "second": 15}
    assert found["mean"] == pytest.approx(sum(group["accuracy"] for group in found["by_paradigm"]) / 2)
    assert found["interval"][0] <= found["mean"] <= found["interval"][1]


def test_published_scores_stand_beside(pairs, folder, capsys):
    """Those of each paradigm."""
    (folder / "others.jsonl").write_text("".join(json.dumps(row) + "\n" for row in PUBLISHED))
    assert run([*pairs, "--beside", "others.jsonl", "--json"]) == 0
    groups = json.loads(capsys.readouterr().out)["by_paradigm"]
    assert {group["name"]: group["published"] for group in groups} == {
        "first": {"LSTM": 0.25},
        "second": {"LSTM": 0.75},
    }


def test_a_figure_is_saved(pairs, folder, capsys):
    """Once; a file that is there is replaced with --force alone."""
    assert run([*pairs, "--save", "bars.svg"]) == 0
    assert (folder / "bars.svg").read_text().lstrip().startswith("<")
    capsys.readouterr()
    assert "--force" in error(capsys, *pairs, "--save", "bars.svg", status=2)


def test_an_unknown_paradigm(pairs, capsys):
    """The message names it, and the hint those that there are."""
    message = error(capsys, *pairs, "--paradigm", "third", status=2)
    assert "third" in message
    assert "first, second" in message.replace("'", "").replace(" and ", ", ")


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"sentence_good": "", "sentence_bad": "No."}, "expected words"),
        ({"sentence_good": "Same.", "sentence_bad": "Same."}, "two different sentences"),
        ({"sentence_good": "One."}, "no column"),
    ],
)
def test_a_line_that_is_no_pair(pairs, folder, capsys, row, expected):
    """File and line are named, and what is wrong."""
    (folder / "odd.jsonl").write_text(
        json.dumps({"sentence_good": "A.", "sentence_bad": "B."}) + "\n" + json.dumps(row) + "\n"
    )
    message = error(capsys, *pairs[:3], "--data", "odd.jsonl")
    assert "odd.jsonl" in message
    assert "line 2" in message
    assert expected in message


def test_compare_shows_minimal_pairs(folder, store_home, capsys):
    """A row a phenomenon: mean credits, ties, and a sign test for single runs."""
    write_pairs(folder / "mine")
    store = Store(store_home)
    made_up_arm(store, folder / "mine", "good", [0], 0.95, "distil")
    made_up_arm(store, folder / "mine", "constant", [0], None)
    assert run(["compare", "good", "constant", "--pairs", "mine", "--json"]) == 0
    [row] = json.loads(capsys.readouterr().out)["minimal_pairs"]["phenomena"]
    assert (row["phenomenon"], row["n"], row["accuracies"][1], row["ties"]) == ("order", 30, 0.5, [0, 30])
    assert row["accuracy_difference"] == pytest.approx(row["accuracies"][0] - 0.5)
    assert row["a_better"] + row["b_better"] == 30
    assert set(row["sign_test"]) == {"exact_p", "mid_p"}
    assert run(["compare", "good", "constant", "--pairs", "mine"]) == 0
    assert "order: good is better than constant" in capsys.readouterr().out


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX's")
def test_ctrl_c_leaves_no_scores(pairs, folder, store_home):
    """SIGINT while sentences are scored: status 130, one document, and nothing of the scores in the cache."""
    rows = ({"sentence_good": f"The lamp {n} is old.", "sentence_bad": f"The lamp {n} are old."} for n in range(20_000))
    (folder / "many.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    argv = [*pairs[:3], "--data", "many.jsonl", "--batch-size", "1", "--json"]
    with interruptible():
        process = subprocess.Popen(
            [sys.executable, "-m", "colacli", *argv],
            env=environment(store_home, PYTHONUNBUFFERED="1"),
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )
    with process:
        while process.poll() is None and not (store_home / "cache" / "tokens").is_dir():
            time.sleep(0.05)  # tokens are stored just before sentences are scored
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=200)
    assert process.returncode == 130
    assert json.loads(out)["code"] == "interrupted"
    assert "Traceback" not in err
    assert not (store_home / "cache" / "pairs").exists()
