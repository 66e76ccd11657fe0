"""The commands that speak of constructions and of single sentences, as a user calls them."""

import json
import shutil
from pathlib import Path

import pytest

from colacli.cli.main import run
from colacli.store.store import Store
from factories.annotated import judged, several, text, write

MARGINS = [1, 3, 1, -1, 2, 2, -40, 1]
OTHERS = [-1, -1, -1, -1, 1, 2, 1, 1]


@pytest.fixture
def corpus(store_home, tmp_path, monkeypatch):
    """A working folder beside a store with `run-0`, `run-1` and `two`, which stands for two runs."""
    folder = write(tmp_path / "corpus")
    store = Store(store_home)
    judged(store, folder, MARGINS, 0)
    judged(store, folder, OTHERS, 1)
    several(store, folder, "two", [MARGINS, OTHERS], command="distil")
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    return folder


def document(capsys, *argv, status=0):
    """The JSON document of a command."""
    assert run([*argv, "--json"]) == status
    return json.loads(capsys.readouterr().out)


def test_eval_by_construction(corpus, capsys):
    """The worst first, with MCC where it is defined; what else was in the document is still there."""
    found = document(capsys, "eval", "run-0")

    assert [(part["construction"], part["n"], part["accuracy"]) for part in found["by_construction"]] == [
        ("Neg", 4, 0.25),
        ("Wh", 4, 0.5),
        ("Rare", 1, 1.0),
    ]
    assert [part["mcc"] is None for part in found["by_construction"]] == [False, True, True]
    assert (found["errors"], found["per_sentence"], len(found["by_source"])) == (None, None, 3)


def test_eval_shows_constructions_to_people(corpus, capsys):
    """A table below that of the sources."""
    assert run(["eval", "run-0"]) == 0
    shown = capsys.readouterr().out

    assert "# by construction, the least accurate first\nconstruction\tn\taccuracy" in shown
    assert "\nWh\t4\t50.00 %\t15.0 to 85.0 %\t—\t" in shown


def test_errors(corpus, capsys):
    """So many of each kind, for a program and for a person."""
    errors = document(capsys, "eval", "run-0", "--errors", "1")["errors"]

    assert [one["sentence"] for one in errors["accepted"]] == [text(1)]
    assert errors["rejected"][0]["source"] == "z"
    assert (errors["accepted_total"], errors["rejected_total"]) == (3, 2)
    assert run(["eval", "run-0", "--errors", "1"]) == 0
    assert "# accepted, but not acceptable: the surest 1 of 3\n" in capsys.readouterr().out


def test_per_sentence(corpus, capsys):
    """A file that is not replaced without --force."""
    found = document(capsys, "eval", "run-0", "--per-sentence", "out.csv")

    assert found["per_sentence"] == {"file": "out.csv", "n": 8}
    assert found["metrics"]["n"] == 8
    assert document(capsys, "eval", "run-0", "--per-sentence", "out.csv", status=2)["code"] == "usage"
    assert run(["eval", "run-0", "--per-sentence", "out.csv", "--force"]) == 0
    assert "8 sentences with the run's answers are in out.csv" in capsys.readouterr().out


def test_per_sentence_of_several_runs(corpus, capsys):
    """A name of several runs: the columns of each are named in the document."""
    found = document(capsys, "eval", "two", "--per-sentence", "out.csv")
    header = Path("out.csv").read_text(encoding="utf-8").splitlines()[0]

    assert (found["schema"], found["key"], [one["seed"] for one in found["runs"]]) == ("colacli.eval/1", None, [0, 1])
    assert all(f'"{column}"' in header for one in found["runs"] for column in one["columns"])
    assert document(capsys, "eval", "two", status=3)["code"] == "reference"
    assert document(capsys, "eval", "two", "--per-sentence", "b.csv", "--errors", "2", status=3)["code"] == "reference"
    assert run(["eval", "two", "--per-sentence", "b.csv"]) == 0
    assert "8 sentences with the answers of 2 runs are in b.csv" in capsys.readouterr().out


def test_a_submission_has_no_labels(corpus, capsys):
    """So there are no mistakes to show, and it is said before anything is read."""
    argv = ["eval", "run-0", "--data", "test.tsv", "--submission", "glue", "-o", "out.tsv", "--errors", "1"]

    assert (
        document(capsys, *argv, status=2)["message"]
        == "--errors and --per-sentence need labels, and a test file has none"
    )


def test_compare_by_construction(corpus, capsys):
    """Without being asked; disagreements only where they are asked for."""
    found = document(capsys, "compare", "run-0", "run-1")
    (pair,) = found["by_construction"]

    assert (pair["a"], pair["b"], found["disagreements"]) == ("run-0", "run-1", None)
    neg = next(one for one in pair["constructions"] if one["construction"] == "Neg")
    assert (neg["n"], neg["a"]["accuracy"], neg["b"]["accuracy"], neg["accuracy_difference"]) == (4, 0.25, 1.0, -0.75)
    assert {"interval", "mcnemar", "p", "holm_p", "detectable_difference"} <= set(neg)
    assert run(["compare", "run-0", "run-1"]) == 0
    assert "in no construction is run-0 shown to differ from run-1" in capsys.readouterr().out


def test_disagreements(corpus, capsys):
    """What only one gets right, with both probabilities; `--most` shows the surest."""
    (pair,) = document(capsys, "compare", "run-0", "run-1", "--disagreements")["disagreements"]

    assert [one["sentence"] for one in pair["only_a_right"]] == [text(2)]
    assert [one["sentence"] for one in pair["only_b_right"]] == [text(6), text(1), text(0)]
    assert pair["only_b_right"][0]["probability"][0] < 1e-9
    (cut,) = document(capsys, "compare", "run-0", "run-1", "--most", "1")["disagreements"]
    assert (len(cut["only_b_right"]), cut["totals"]) == (1, [1, 3])
    assert run(["compare", "run-0", "run-1", "--disagreements", "--most", "1"]) == 0
    assert "# a: run-0, b: run-1; only run-1 is right: the surest 1 of 3\n" in capsys.readouterr().out


@pytest.mark.parametrize(
    "argv",
    [
        ["eval", "run-0", "--errors", "2"],
        ["eval", "run-0", "--per-sentence", "out.csv"],
        ["compare", "run-0", "run-1", "--disagreements"],
    ],
)
def test_without_the_corpus(corpus, capsys, argv, tmp_path):
    """Sentences that are not here are an error that says so; nothing is written, and the numbers still stand."""
    shutil.rmtree(corpus)
    error = document(capsys, *argv, status=1)

    assert error["code"] == "data"
    assert str(corpus) in error["message"]
    assert list((tmp_path / "here").iterdir()) == []
    assert run(argv[:2] if argv[0] == "eval" else argv[:3]) == 0


def test_importing_an_annotation(corpus, capsys, tmp_path):
    """What did not match stands in the document and on the screen."""
    (tmp_path / "features.tsv").write_text(f"sentence\tPassive\n{text(7)}\t1\nElse.\t0\n")
    found = document(
        capsys, "data", "import", str(corpus), "--name", "mine", "--features", str(tmp_path / "features.tsv")
    )

    assert found["features"]["constructions"] == ["Passive"]
    assert found["features"]["annotated"] == {"train": 0, "in_domain_dev": 1}
    assert [one["text"] for one in found["features"]["unmatched"]] == ["Else."]
    assert run(["data", "import", "--name", "mine", "--features", str(tmp_path / "features.tsv")]) == 0
    shown = capsys.readouterr().out
    assert "marks 1 construction in 2 sentences" in shown
    assert f"{tmp_path / 'features.tsv'}, line 3\tElse.\t—" in shown
    found = document(capsys, "eval", "run-0", "--data", "mine")
    assert {part["construction"] for part in found["by_construction"]} == {"Neg", "Wh", "Rare", "Passive"}
